"""What is published of every refusal, written from the catalogues: a page per code, one for OAuth errors, an index."""

import re
from collections.abc import Iterator, Mapping
from enum import Enum
from importlib import import_module
from pathlib import Path
from typing import TypeVar

from django.apps import apps
from django.utils.module_loading import module_has_submodule

from proconnect.kernel.error_page import Contact, ErrorPage, ServiceError

Row = TypeVar("Row", ErrorPage, ServiceError)

INDEX = "README.md"
OAUTH = "oauth.md"
TABLE = re.compile(r"(?<=<!-- table : début -->\n).*(?=<!-- table : fin -->)", re.DOTALL)

WHO = {
    Contact.NOBODY: "la personne",
    Contact.SUPPORT: "la DINUM",
    Contact.CLIENT: "le FS",
    Contact.PROVIDER: "le FI",
}

# What each fact of a text may look like.
EXAMPLES = {
    "allowed": "exemples.gouv.fr, essais.gouv.fr",
    "claim": "given_name",
    "client": "Démarches pour tous",
    "domain": "exemples.fr",
    "email": "camille.durand@exemples.fr",
    "organization": "Logiciels du Ponant",
    "problem": "redirect_uri manque",
    "provider": "Ministère des Exemples",
    "reason": "access_denied",
    "wait": "5 minutes",
}

GENERATED = "<!-- Écrit par `manage.py errors document` : corrigez le catalogue, pas cette page. -->"


def catalogues() -> Iterator[Enum]:
    """Each refusal of each installed app: the members of the enums of its module ``errors``."""
    for app in apps.get_app_configs():
        if app.module and module_has_submodule(app.module, "errors"):
            for value in vars(import_module(f"{app.name}.errors")).values():
                if isinstance(value, type) and issubclass(value, Enum):
                    yield from value


def rows(kind: type[Row]) -> Mapping[str, Row]:
    """By code, or by OAuth error, in alphabetical order."""
    found = [member.value for member in catalogues() if isinstance(member.value, kind)]
    named = {row.code if isinstance(row, ErrorPage) else row.error: row for row in found}
    return dict(sorted(named.items()))


def documents(index: str) -> Mapping[str, str]:
    """Name of each file, and what it holds. ``index``: the present one, of which the table alone is written anew."""
    pages, service_errors = rows(ErrorPage), rows(ServiceError)
    return {
        **{f"{code}.md": page_of(row) for code, row in pages.items()},
        OAUTH: oauth_page(service_errors),
        INDEX: TABLE.sub(lambda _: table(pages), index),
    }


def write(directory: Path) -> list[Path]:
    """Removes the page of a code that is no more. What was written, and what was removed."""
    wanted = documents((directory / INDEX).read_text(encoding="utf-8"))
    stale = [path for path in directory.glob("Y*.md") if path.name not in wanted]
    for path in stale:
        path.unlink()
    for name, text in wanted.items():
        (directory / name).write_text(text, encoding="utf-8")
    return [*stale, *(directory / name for name in wanted)]


def table(pages: Mapping[str, ErrorPage]) -> str:
    lines = ["| Code | Titre | HTTP | Erreur OAuth | Qui peut corriger |", "|---|---|---|---|---|"]
    lines += [
        f"| [{code}]({code}.md) | {row.title} | {row.status} | {_oauth_error(row)} | {WHO[row.contact]} |"
        for code, row in pages.items()
    ]
    return "\n".join(lines) + "\n"


def page_of(row: ErrorPage) -> str:
    return f"""{GENERATED}
# {row.code} : {row.title[0].lower()}{row.title[1:]}

| | |
|---|---|
| Statut HTTP | {row.status} |
| Erreur OAuth, si la personne retourne au FS | {_oauth_error(row)} |
| Qui peut corriger | {WHO[row.contact]} |

## Ce que lit la personne

> {row.text.format(**EXAMPLES)}

## Cause

{row.cause}

## Remède

{row.remedy}

[Toutes les erreurs]({INDEX}) · [Erreurs OAuth]({OAUTH})
"""


def oauth_page(service_errors: Mapping[str, ServiceError]) -> str:
    sections = "\n".join(_section(row) for row in service_errors.values())
    return f"""{GENERATED}
# Les erreurs OAuth

L’autorisation les rend à l’adresse de retour du FS, dans `error` et `error_description`, avec `state` et `iss`.
Les autres points d’accès les rendent en JSON. Aucune personne ne les lit : `error_description` est en anglais.
Quand `error_description` est un code `Y…`, la page de ce code dit ce qui s’est passé.

{sections}
[Toutes les erreurs]({INDEX})
"""


def _section(row: ServiceError) -> str:
    places = ", ".join(f"`{place}`" for place in row.given_at)
    return f"""## `{row.error}`

- Rendue par : {places}
- Cause : {row.cause}
- Remède : {row.remedy}
"""


def _oauth_error(row: ErrorPage) -> str:
    return f"`{row.oauth_error}`" if row.oauth_error else "aucune"
