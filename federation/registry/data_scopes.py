"""The scopes of a FD: names of its own, under which it serves data and which FS are granted one by one (pure)."""

import re

from federation.claims import ALL_SCOPES

RESERVED = frozenset(
    {*ALL_SCOPES, "address", "offline_access"}
)  # of ours, or of OpenID Connect (OIDC Core 5.4, 11)
RULE = "2 to 64 characters among a-z, 0-9 and _ . : -, the first a letter"
_NAME = re.compile(r"[a-z][a-z0-9_.:-]{1,63}")


def is_good_name(scope: str) -> bool:
    return _NAME.fullmatch(scope) is not None


def is_reserved(scope: str) -> bool:
    return scope in RESERVED
