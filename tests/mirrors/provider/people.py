"""Saved personas of the demo FI, and the identity a tester typed."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

# The claims a tester may type, in the order of the form; an empty field is a claim left out.
CLAIMS = (
    "sub",
    "uid",
    "email",
    "given_name",
    "usual_name",
    "siret",
    "phone_number",
    "organizational_unit",
    "belonging_population",
)


@dataclass(frozen=True, slots=True)
class Identity:
    """What the FI will say of someone: claims of the userinfo, and the level of this very login."""

    claims: Mapping[str, Any]
    acr: str = ""
    amr: tuple[str, ...] = ()

    @property
    def sub(self) -> str:
        return str(self.claims.get("sub", ""))


@dataclass(frozen=True, slots=True)
class Persona:
    """Someone a tester may be in one click."""

    key: str
    label: str
    identity: Identity = field(default_factory=lambda: Identity({}))

    @classmethod
    def read(cls, saved: Mapping[str, Any]) -> "Persona":
        identity = Identity(saved["claims"], saved.get("acr", ""), tuple(saved.get("amr", ())))
        return cls(saved["key"], saved["label"], identity)


class UnreadableIdentity(ValueError):
    """The form holds a value the FI cannot assert; the text is shown to the tester."""


def typed(form: Mapping[str, str]) -> Identity:
    claims: dict[str, Any] = {name: form[name].strip() for name in CLAIMS if form.get(name, "").strip()}
    claims |= _more_claims(form.get("more_claims", ""))
    amr = tuple(form.get("amr", "").replace(",", " ").split())
    return Identity(claims, form.get("acr", "").strip(), amr)


def _more_claims(text: str) -> dict[str, Any]:
    if not text.strip():
        return {}
    try:
        more = json.loads(text)
    except ValueError:
        raise UnreadableIdentity("« Autres informations » doit être un objet JSON.") from None
    if not isinstance(more, dict):
        raise UnreadableIdentity("« Autres informations » doit être un objet JSON.")
    return more


def suggested(login_hint: str) -> Identity:
    """A plausible identity for an address nobody saved: the same address always gives the same ``sub``."""
    local_part = login_hint.partition("@")[0]
    given_name, _, usual_name = local_part.partition(".")
    key = hashlib.sha256(login_hint.lower().encode()).hexdigest()[:20] if login_hint else ""
    claims = {
        "sub": key,
        "uid": key,
        "email": login_hint,
        "given_name": given_name.title() or "Camille",
        "usual_name": usual_name.title() or "Martin",
        "siret": "13002526500013",
    }
    return Identity(claims, "eidas1", ("pwd",))
