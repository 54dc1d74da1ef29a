"""Which addresses a partner may register (pure). Compared byte for byte ever after, so nothing is normalised here."""

import ipaddress
import re
from enum import Enum, auto, unique
from urllib.parse import SplitResult, urlsplit

LONGEST = 2000
LOOPBACK_NAMES = frozenset(("localhost", "127.0.0.1"))

_ALLOWED_CHARACTERS = re.compile(r"[A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=%]+")  # RFC 3986 2
_HOST_LABEL = re.compile(r"[A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?")


@unique
class UriProblem(Enum):
    EMPTY = auto()
    TOO_LONG = auto()
    WRONG_CHARACTER = auto()
    NOT_ABSOLUTE = auto()
    NOT_HTTPS = auto()
    WILDCARD = auto()
    FRAGMENT = auto()
    USERINFO = auto()
    WRONG_HOST = auto()
    WRONG_PORT = auto()
    LOOPBACK = auto()
    IP_ADDRESS = auto()


def problem_with(uri: str, *, loopback_allowed: bool, longest: int = LONGEST) -> UriProblem | None:
    """What is wrong with this address, or None. Loopback addresses are for integration and the demo (RFC 8252 8.3)."""
    if problem := _problem_with_text(uri, longest):
        return problem
    try:
        parts = urlsplit(uri)
    except ValueError:
        return UriProblem.WRONG_HOST
    return (
        _problem_with_form(uri, parts)
        or _problem_with_place(parts, loopback_allowed)
        or _problem_with_scheme(parts)
    )


def _problem_with_text(uri: str, longest: int) -> UriProblem | None:
    if not uri:
        return UriProblem.EMPTY
    if len(uri) > longest:
        return UriProblem.TOO_LONG
    if "*" in uri:
        return UriProblem.WILDCARD
    return None if _ALLOWED_CHARACTERS.fullmatch(uri) else UriProblem.WRONG_CHARACTER


def _problem_with_form(uri: str, parts: SplitResult) -> UriProblem | None:
    if not parts.scheme or not parts.netloc:
        return UriProblem.NOT_ABSOLUTE
    if "#" in uri:
        return UriProblem.FRAGMENT
    if "@" in parts.netloc:
        return UriProblem.USERINFO
    return _problem_with_port(parts)


def _problem_with_port(parts: SplitResult) -> UriProblem | None:
    try:
        port = parts.port
    except ValueError:
        return UriProblem.WRONG_PORT
    return UriProblem.WRONG_PORT if port == 0 or parts.netloc.endswith(":") else None


def _problem_with_place(parts: SplitResult, loopback_allowed: bool) -> UriProblem | None:
    host = parts.hostname or ""
    if _is_loopback(host):
        return None if loopback_allowed else UriProblem.LOOPBACK
    if _is_ip_address(host):
        return UriProblem.IP_ADDRESS
    return None if _is_host_name(host) else UriProblem.WRONG_HOST


def _problem_with_scheme(parts: SplitResult) -> UriProblem | None:
    if parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOOPBACK_NAMES):
        return None
    return UriProblem.NOT_HTTPS


def _is_loopback(host: str) -> bool:
    bare = host.rstrip(".")
    return bare in LOOPBACK_NAMES or bare.endswith(".localhost") or bare == "::1" or bare.startswith("127.")


def _is_ip_address(host: str) -> bool:
    """Browsers also read 2130706433 and 0x7f.1 as IPv4 (WHATWG URL, host parsing): a last label that is a number."""
    last_label = host.rstrip(".").rpartition(".")[2]
    if re.fullmatch(r"[0-9]+|0x[0-9a-f]*", last_label):
        return True
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _is_host_name(host: str) -> bool:
    labels = host.split(".")
    return len(host) <= 253 and len(labels) > 1 and all(_HOST_LABEL.fullmatch(label) for label in labels)
