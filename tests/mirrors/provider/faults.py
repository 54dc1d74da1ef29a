"""What the demo FI may be ordered to do wrong, and how its answers are spoilt.

Each dictionary replaces entries of an honest answer; ``None`` removes the entry.
"""

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, fields
from typing import Any, Literal, get_args

from tests.mirrors.provider.http import Response, as_json, content, html, redirect

Endpoint = Literal["discovery", "jwks", "authorize", "token", "userinfo", "end_session"]
Signature = Literal[
    "honest", "none", "hs256_with_public_key", "other_key", "unknown_kid", "no_kid", "tampered", "absent"
]
Kind = Literal["status", "html", "garbage", "empty", "truncated", "huge", "slow", "drip", "redirect", "json"]


class UnknownFault(ValueError):
    """An order the demo FI does not understand."""


@dataclass(frozen=True, slots=True)
class Trouble:
    """What one endpoint answers in place of (or, when slow, before) its honest answer.

    ``value`` is a status for ``status``; bytes for ``huge``; seconds for ``slow``; seconds between two
    bytes for ``drip``; a URL for ``redirect``; the body for ``json``.
    """

    kind: Kind
    value: Any = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Faults:
    discovery: Mapping[str, Any] = field(default_factory=dict)
    jwks: Mapping[str, Any] = field(default_factory=dict)
    callback: Mapping[str, str | None] = field(default_factory=dict)
    token: Mapping[str, Any] = field(default_factory=dict)
    id_token: Mapping[str, Any] = field(default_factory=dict)
    id_token_header: Mapping[str, Any] = field(default_factory=dict)
    id_token_signature: Signature = "honest"
    userinfo: Mapping[str, Any] = field(default_factory=dict)
    userinfo_header: Mapping[str, Any] = field(default_factory=dict)
    userinfo_signature: Signature = "honest"
    clock_skew: int = 0
    trouble: Mapping[Endpoint, Trouble] = field(default_factory=dict)

    @classmethod
    def read(cls, order: Mapping[str, Any]) -> "Faults":
        """Raises UnknownFault, so that a misspelt order never passes for an honest FI."""
        known = {each.name for each in fields(cls)}
        if unknown := set(order) - known:
            raise UnknownFault(f"unknown fault: {', '.join(sorted(unknown))}")
        for name in ("id_token_signature", "userinfo_signature"):
            if name in order and order[name] not in get_args(Signature):
                raise UnknownFault(f"{name}: {order[name]!r} is not one of {get_args(Signature)}")
        trouble = {name: _trouble(name, each) for name, each in order.get("trouble", {}).items()}
        return cls(**{**order, "trouble": trouble})


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


def answer_in_trouble(trouble: Trouble, honest: Response) -> Response:
    return TROUBLES[trouble.kind](trouble.value, honest)


def _status(value: Any, honest: Response) -> Response:
    return as_json({"error": "server_error"}, int(value or 500))


def _html(value: Any, honest: Response) -> Response:
    return html("<!doctype html><title>Portail captif</title><p>Veuillez patienter.</p>")


def _garbage(value: Any, honest: Response) -> Response:
    return content(b"\x00\xff{not json", "application/json")


def _empty(value: Any, honest: Response) -> Response:
    return content(b"", "application/json")


def _truncated(value: Any, honest: Response) -> Response:
    return Response(honest.status, [b"{"], [*_headers_but_length(honest), ("Content-Length", "4096")])


def _huge(value: Any, honest: Response) -> Response:
    return Response(200, _filler(int(value or 50_000_000)), [("Content-Type", "application/json")])


def _slow(value: Any, honest: Response) -> Response:
    time.sleep(float(value or 30))
    return honest


def _drip(value: Any, honest: Response) -> Response:
    return Response(
        honest.status, _drops(b"".join(honest.body), float(value or 1)), _headers_but_length(honest)
    )


def _redirect(value: Any, honest: Response) -> Response:
    return redirect(str(value))


def _json(value: Any, honest: Response) -> Response:
    return as_json(value)


TROUBLES: Mapping[Kind, Callable[[Any, Response], Response]] = {
    "status": _status,
    "html": _html,
    "garbage": _garbage,
    "empty": _empty,
    "truncated": _truncated,
    "huge": _huge,
    "slow": _slow,
    "drip": _drip,
    "redirect": _redirect,
    "json": _json,
}


def _headers_but_length(honest: Response) -> list[tuple[str, str]]:
    return [(name, value) for name, value in honest.headers if name != "Content-Length"]


def _filler(size: int) -> Iterator[bytes]:
    yield b'{"filler": "'
    for _ in range(size // 65536 + 1):
        yield b"a" * 65536
    yield b'"}'


def _drops(body: bytes, pause: float) -> Iterator[bytes]:
    for byte in body:
        yield bytes([byte])
        time.sleep(pause)
