"""Signing keys of one issuer of the demo FI, and what it publishes of them."""

import secrets
from collections.abc import Callable, Mapping
from typing import Any

from tests.mirrors.provider import forgery
from tests.mirrors.provider.faults import Publication, Signature
from tests.mirrors.provider.forgery import Key, Wanted, encoded, generate


class Keys:
    """One active key by algorithm; a rotation may keep the former ones published or withdraw them."""

    def __init__(self) -> None:
        self._published: list[Key] = []
        self._active: dict[str, Key] = {}
        self.rotate(keep_published=False)

    def rotate(self, *, keep_published: bool) -> None:
        fresh = {"ES256": generate("ES256"), "RS256": generate("RS256")}
        self._published = [*fresh.values(), *(self._published if keep_published else [])]
        self._active = fresh

    def active(self, algorithm: str) -> Key:
        return self._active[algorithm]

    def jwks(self, how: Publication = "honest") -> dict[str, Any]:
        return {"keys": PUBLICATIONS[how](self._published)}

    def sign(
        self,
        claims: Mapping[str, Any],
        header: Mapping[str, Any],
        algorithm: str,
        how: Signature,
    ) -> str:
        usual = {"alg": algorithm, "kid": self.active(algorithm).kid, "typ": "JWT"}
        wanted = Wanted(header={**usual, **header}, claims=claims, algorithm=algorithm, keys=self._active)
        return forgery.made(how, wanted)


# What a JWKS may hold; each takes the keys an honest FI would publish

Entries = list[dict[str, Any]]


def _public(keys: list[Key]) -> Entries:
    return [dict(key.as_dict(private=False)) for key in keys]


def _among_a_thousand(keys: list[Key]) -> Entries:
    """The honest ones come last."""
    strangers = [{**_public(keys)[0], "kid": f"stranger-{number}"} for number in range(1000)]
    return [*strangers, *_public(keys)]


def _symmetric(keys: list[Key]) -> Entries:
    """The public key of each, offered as a secret."""
    return [
        {"kty": "oct", "k": encoded(key.as_pem(private=False)), "kid": key.kid, "alg": "HS256"}
        for key in keys
    ]


def _strangers(keys: list[Key]) -> Entries:
    return [{**dict(generate("ES256").as_dict(private=False)), "kid": secrets.token_hex(4)} for _ in keys]


def _changed(**members: Any) -> Callable[[list[Key]], Entries]:
    return lambda keys: [{**entry, **members} for entry in _public(keys)]


def _broken(keys: list[Key]) -> Entries:
    """The point is on no curve, the modulus is no number."""
    return [{**entry, "y": "AAAA", "n": "!"} for entry in _public(keys)]


PUBLICATIONS: Mapping[Publication, Callable[[list[Key]], Entries]] = {
    "honest": _public,
    "empty": lambda keys: [],
    "strangers": _strangers,
    "among_a_thousand": _among_a_thousand,
    "symmetric": _symmetric,
    "symmetric_beside": lambda keys: [*_symmetric(keys), *_public(keys)],
    "private": lambda keys: [dict(key.as_dict(private=True)) for key in keys],
    "for_encryption": _changed(use="enc"),
    "same_kid": _changed(kid="one"),
    "without_kid": lambda keys: [
        {name: value for name, value in entry.items() if name != "kid"} for entry in _public(keys)
    ],
    "broken": _broken,
    "not_objects": lambda keys: [42, None, "key", []],  # type: ignore[list-item]
    "other_algorithm": _changed(alg="ES384"),
}
