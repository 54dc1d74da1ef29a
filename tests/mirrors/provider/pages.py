"""Pages of the demo FI. They use Django's template language, and none of its settings."""

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from django.template import Context, Engine

from tests.mirrors.provider.issuer import Issuer, ProtocolError
from tests.mirrors.provider.people import CLAIMS, Identity, Persona, suggested

HERE = Path(__file__).parent
SITE = "Fournisseur d’identité"
LABELS = {
    "sub": ("Identifiant", "sub"),
    "uid": ("Identifiant technique", "uid"),
    "email": ("Adresse électronique", "email"),
    "given_name": ("Prénoms", "given_name"),
    "usual_name": ("Nom d’usage", "usual_name"),
    "siret": ("SIRET", "siret"),
    "phone_number": ("Téléphone", "phone_number"),
    "organizational_unit": ("Service", "organizational_unit"),
    "belonging_population": (
        "Population",
        "belonging_population, par exemple : agent, prestataire, stagiaire",
    ),
}
LEVELS = {
    "": "Ne rien déclarer",
    "eidas0": "eidas0",
    "eidas0-mfa": "eidas0-mfa",
    "eidas1": "eidas1",
    "eidas1-mfa": "eidas1-mfa",
    "eidas2": "eidas2",
    "eidas3": "eidas3",
    "https://example.org/unknown-level": "Un niveau inconnu",
}


@cache
def _engine() -> Engine:
    return Engine(dirs=[str(HERE / "templates"), str(HERE.parent / "templates")])


def _render(template: str, context: Mapping[str, Any]) -> str:
    return _engine().get_template(template).render(Context(dict(context), use_l10n=False))


def login(
    issuer: Issuer,
    asked: Mapping[str, str],
    *,
    typed_values: Mapping[str, str] | None = None,
    problem: str = "",
) -> str:
    hint = asked.get("login_hint", "")
    known = next(
        (each for each in issuer.personas.values() if each.identity.claims.get("email") == hint), None
    )
    shown = known.identity if known else suggested(hint)
    values = typed_values if typed_values is not None else _values(shown)
    return _render(
        "login.html",
        {
            "site": issuer.title,
            "home": issuer.url + "/",
            "action": f"{issuer.path}/sign-in?{urlencode(asked)}",
            "service": asked.get("sp_name", ""),
            "demanded": demanded_levels(asked),
            "problem": problem,
            "personas": [_choice(persona, known) for persona in issuer.personas.values()],
            "fields": [_field(name, values) for name in (*CLAIMS, "amr")],
            "levels": [
                {"value": value, "label": label, "is_chosen": value == values.get("acr", "")}
                for value, label in LEVELS.items()
            ],
            "more_claims": values.get("more_claims", ""),
            "open_form": bool(problem) or not issuer.personas or (bool(hint) and known is None),
        },
    )


def _choice(persona: Persona, known: Persona | None) -> dict[str, Any]:
    return {"key": persona.key, "label": persona.label, "is_hinted": persona is known}


def _values(identity: Identity) -> dict[str, str]:
    others = {name: value for name, value in identity.claims.items() if name not in CLAIMS}
    return {
        **{name: str(value) for name, value in identity.claims.items() if name in CLAIMS},
        "acr": identity.acr,
        "amr": " ".join(identity.amr),
        "more_claims": json.dumps(others, ensure_ascii=False) if others else "",
    }


def _field(name: str, values: Mapping[str, str]) -> dict[str, str]:
    label, hint = LABELS.get(
        name, ("Moyens utilisés", "amr, séparés par des espaces, par exemple : pwd otp mfa")
    )
    return {"name": name, "label": label, "hint": hint, "value": values.get(name, "")}


def demanded_levels(asked: Mapping[str, str]) -> str:
    """What the caller wants of the level, essential or not, for the tester to see."""
    try:
        wanted = json.loads(asked.get("claims", "{}")).get("id_token", {}).get("acr") or {}
        values = wanted.get("values") or [wanted["value"]] if "value" in wanted else wanted.get("values", [])
    except (ValueError, AttributeError):
        values = []
    return ", ".join(values) or asked.get("acr_values", "").replace(" ", ", ")


def home(issuer: Issuer) -> str:
    return _render(
        "message.html",
        {
            "site": issuer.title,
            "home": issuer.url + "/",
            "heading": issuer.title,
            "text": f"Ce fournisseur d’identité répond à l’adresse {issuer.url}.",
            "personas": list(issuer.personas.values()),
        },
    )


def refusal(issuer: Issuer, refused: ProtocolError) -> str:
    text = f"{refused.description} ({refused.error})"
    return _render("message.html", {"site": issuer.title, "heading": "Demande refusée", "text": text})


def signed_out(issuer: Issuer) -> str:
    text = "Votre session est fermée chez ce fournisseur d’identité."
    return _render("message.html", {"site": issuer.title, "heading": "Vous êtes déconnecté", "text": text})


def not_found() -> str:
    return _render(
        "message.html", {"site": SITE, "heading": "Page inconnue", "text": "Cette page n’existe pas."}
    )
