"""Who is calling: the address written by the last proxy we trust, and nothing the caller can invent."""

from functools import lru_cache
from ipaddress import IPv6Address, ip_address, ip_network

from django.conf import settings
from django.http import HttpRequest

UNKNOWN = "0.0.0.0"  # noqa: S104  # no peer address: a Unix socket


def client_ip(request: HttpRequest) -> str:
    """From X-Forwarded-For, the entry our outermost trusted proxy appended; else the peer itself."""
    peer = _address_or_none(request.META.get("REMOTE_ADDR", "")) or UNKNOWN
    if not (trusted := settings.ENV.trusted_proxy_count):
        return peer
    hops = request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")
    if len(hops) < trusted:
        return peer
    return _address_or_none(hops[-trusted]) or peer


def client_network(request: HttpRequest) -> str:
    """What to limit by: an IPv4 address, or the /64 an IPv6 subscriber moves in freely."""
    address = client_ip(request)
    return str(ip_network(f"{address}/64", strict=False)) if ":" in address else address


@lru_cache(4096)  # the same proxies, the same browsers
def _address_or_none(text: str) -> str | None:
    try:
        address = ip_address(text.strip())
    except ValueError:
        return None
    if isinstance(address, IPv6Address) and address.ipv4_mapped:
        return str(address.ipv4_mapped)
    return str(address)
