"""Which network addresses may be called (pure): the defence against calls turned towards ourselves (SSRF)."""

from enum import Enum, auto
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address

Address = IPv4Address | IPv6Address

# Cloud metadata services that live on an address otherwise public or private.
METADATA = frozenset(
    ip_address(text) for text in ("168.63.129.16", "100.100.100.200", "fd00:ec2::254", "fd20:ce::254")
)
NAT64 = IPv6Network("64:ff9b::/96")  # RFC 6052: an IPv4 address in the last 32 bits
TUNNELS = (
    IPv6Network("2002::/16"),
    IPv6Network("2001::/32"),
)  # 6to4 and Teredo lead to an IPv4 address we cannot see


class Reach(Enum):
    """How far a call may go."""

    PUBLIC = auto()  # the Internet
    PRIVATE_NETWORKS = auto()  # and the ministries' own network (RIE)
    ANYWHERE = auto()  # and this machine: demo and tests


def may_call(address: Address, reach: Reach) -> bool:
    address = _unwrapped(address)
    if reach is Reach.ANYWHERE:
        return True
    if address in METADATA or address.is_link_local or address.is_loopback or _leads_nowhere(address):
        return False
    return address.is_global or reach is Reach.PRIVATE_NETWORKS


def is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return _unwrapped(ip_address(host)).is_loopback
    except ValueError:
        return False


def _unwrapped(address: Address) -> Address:
    """The IPv4 address that an IPv6 one stands for, when it does."""
    if isinstance(address, IPv4Address):
        return address
    if address in NAT64:
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address


def _leads_nowhere(address: Address) -> bool:
    return (
        address.is_multicast
        or address.is_unspecified
        or address.is_reserved
        or any(address in tunnel for tunnel in TUNNELS)
    )
