"""The page where partners read what comes of each fault: ``python -m tests.federation.faults`` writes it."""

from collections.abc import Iterable, Iterator
from itertools import groupby
from pathlib import Path

from tests.federation.faults.fault import Fault, Place
from tests.federation.faults.rows.transport import ENDPOINTS
from tests.federation.faults.table import FAULTS

PAGE = Path(__file__).resolve().parents[3] / "docs/partenaires/fautes-des-fi.md"
HEAD = """\
# Ce que ProConnect fait des fautes d’un FI

Pour qui administre un fournisseur d’identité (FI).

Chaque ligne est une faute qu’un FI peut commettre, et ce qui en résulte.
Un essai les joue toutes, et cette page est écrite d’après sa table.

Dans tous les cas :

- la personne a une réponse en moins de 12 secondes ;
- une page d’erreur dit à la personne qui peut corriger ;
- aucun code, jeton, secret ni adresse e-mail n’entre dans nos journaux ;
- les autres FI ne s’aperçoivent de rien.

Une page d’erreur n’ouvre ni session ni compte.
"""
NAMES = {"discovery": "Découverte", "jwks": "Clés", "token": "Jeton", "userinfo": "Userinfo"}


def page() -> str:
    return "\n".join((HEAD, *_sections()))


def _sections() -> Iterator[str]:
    for place in Place:
        rows = [fault for fault in FAULTS if fault.place is place]
        table = _by_endpoint(rows) if place is Place.TRANSPORT else _two_columns(rows)
        yield "\n".join((f"## {place.value}", "", *table, ""))


def _two_columns(rows: Iterable[Fault]) -> Iterator[str]:
    yield from ("| Ce que fait le FI | Ce qui en résulte |", "|---|---|")
    for fault in rows:
        yield f"| {_cell(fault.told)} | {_cell(str(fault.outcome))} |"


def _by_endpoint(rows: Iterable[Fault]) -> Iterator[str]:
    yield f"| Ce que fait le FI | {' | '.join(NAMES[name] for name in ENDPOINTS)} |"
    yield f"|---|{'---|' * len(ENDPOINTS)}"
    for told, faults in groupby(rows, key=lambda fault: fault.told):
        outcomes = {fault.endpoint: str(fault.outcome) for fault in faults}
        yield f"| {_cell(told)} | {' | '.join(_cell(outcomes[name]) for name in ENDPOINTS)} |"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")
