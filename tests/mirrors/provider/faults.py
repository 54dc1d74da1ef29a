"""What the demo FI may be ordered to do wrong.

Each dictionary replaces entries of an honest answer; ``None`` removes the entry.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any, Literal, get_args

Endpoint = Literal["discovery", "jwks", "authorize", "token", "userinfo", "end_session"]
Signature = Literal[
    "honest",
    # without the FI's key
    "absent", "none", "none_in_capitals", "none_in_mixed_case", "hs256_with_public_key",
    "hs256_with_public_jwk", "hs256_with_empty_secret", "hs256_with_an_empty_file", "stripped", "psychic",
    "other_key", "unknown_kid", "tampered", "embedded_jwk", "embedded_x5c", "jku", "x5u",
    "jwe_of_a_plain_token", "jwe_of_claims", "jwe_by_password",
    # with it, in a way that was not agreed or makes no sense
    "no_kid", "kid_of_the_other_key", "kid_of_sql", "kid_in_a_list", "kid_of_100_000_signs", "crit",
    "crit_empty", "b64_false", "rs256", "ps256", "rs512", "ps256_said_rs256", "rs256_said_es256",
    "es256_said_rs256", "other_curve", "asn1", "duplicated_alg", "duplicated_alg_last", "duplicated_claims",
    "duplicated_claims_last", "nan_claim", "lone_surrogate", "deep_claims", "deep_header",
    "claims_in_a_list", "claims_of_text", "in_json", "nested", "padded", "split_over_lines",
    "one_part_more",
]  # fmt: skip
Publication = Literal[
    "honest", "empty", "strangers", "among_a_thousand", "symmetric", "symmetric_beside", "private",
    "for_encryption", "same_kid", "without_kid", "broken", "not_objects", "other_algorithm",
]  # fmt: skip
Kind = Literal[
    # an answer in form
    "status", "html", "garbage", "empty", "truncated", "huge", "slow", "drip", "redirect", "json", "text",
    "extra", "first", "deep", "latin1", "bom", "utf16", "content_type", "header", "gzip", "gzip_bomb",
    # what is done with the connection itself
    "reset", "early_close", "hang", "half_a_header", "chunks_of_nonsense", "chunks_of_nothing",
    "many_headers", "long_header", "long_status", "two_lengths", "wrong_length", "without_length",
    "other_protocol", "continues",
]  # fmt: skip


class UnknownFault(ValueError):
    """An order the demo FI does not understand."""


@dataclass(frozen=True, slots=True)
class Trouble:
    """What one endpoint answers in place of (or, when slow, before) its honest answer.

    ``value`` is a status for ``status``; bytes for ``huge``; seconds for ``slow`` and ``hang``; seconds between
    two bytes for ``drip``; a URL for ``redirect``; the body for ``json`` and ``text``; members written after
    the honest ones for ``extra``, before them for ``first``; a content type; a name and a value for ``header``.
    ``status`` is the status of a ``redirect`` (303 unless told).
    """

    kind: Kind
    value: Any = None
    status: int = 303


@dataclass(frozen=True, slots=True, kw_only=True)
class Faults:
    """``callback`` and ``logout`` change the parameters the browser brings back; a list is sent as so many."""

    discovery: Mapping[str, Any] = field(default_factory=dict)
    jwks: Mapping[str, Any] = field(default_factory=dict)
    published_keys: Publication = "honest"
    callback: Mapping[str, Any] = field(default_factory=dict)
    token: Mapping[str, Any] = field(default_factory=dict)
    id_token: Mapping[str, Any] = field(default_factory=dict)
    id_token_header: Mapping[str, Any] = field(default_factory=dict)
    id_token_signature: Signature = "honest"
    userinfo: Mapping[str, Any] = field(default_factory=dict)
    userinfo_header: Mapping[str, Any] = field(default_factory=dict)
    userinfo_signature: Signature = "honest"
    logout: Mapping[str, Any] = field(default_factory=dict)
    clock_skew: int = 0
    trouble: Mapping[Endpoint, Trouble] = field(default_factory=dict)

    @classmethod
    def read(cls, order: Mapping[str, Any]) -> "Faults":
        """Raises UnknownFault, so that a misspelt order never passes for an honest FI."""
        known = {each.name for each in fields(cls)}
        if unknown := set(order) - known:
            raise UnknownFault(f"unknown fault: {', '.join(sorted(unknown))}")
        for name, words in WORDS.items():
            if name in order and order[name] not in words:
                raise UnknownFault(f"{name}: {order[name]!r} is not one of {words}")
        trouble = {name: _trouble(name, each) for name, each in order.get("trouble", {}).items()}
        return cls(**{**order, "trouble": trouble})


WORDS = {
    "id_token_signature": get_args(Signature),
    "userinfo_signature": get_args(Signature),
    "published_keys": get_args(Publication),
}


def _trouble(endpoint: str, order: Any) -> Trouble:
    if endpoint not in get_args(Endpoint):
        raise UnknownFault(f"trouble: no endpoint {endpoint!r}")
    trouble = order if isinstance(order, Trouble) else Trouble(**order)
    if trouble.kind not in get_args(Kind):
        raise UnknownFault(f"trouble: no kind {trouble.kind!r}")
    return trouble


HONEST = Faults()


def spoil(honest: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    merged = {**honest, **changes}
    return {name: value for name, value in merged.items() if value is not None}
