"""The tables of claims that partners read, drawn from the tables that do the work (pure)."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from federation.claims import CLAIMS, GENERIC_OIDC, IDENTITE, Claim, Giver

GIVERS: Mapping[Giver, str] = {
    Giver.FI: "FI",
    Giver.FEDERATION: "fédération",
    Giver.DIRECTORY: "registres publics",
}
TABLES: Mapping[str, Sequence[Claim]] = {
    "proconnect": CLAIMS,
    "generic_oidc": GENERIC_OIDC,
    "identite": IDENTITE,
}
HEADER = "| Scope | Donnée (claim) | Donnée par | Toujours présente | Forme |\n|---|---|---|---|---|"


def write(path: Path) -> None:
    path.write_text(with_tables(path.read_text(encoding="utf-8")), encoding="utf-8")


def with_tables(page: str) -> str:
    """The page, each of its tables written again between its two marks."""
    for name, claims in TABLES.items():
        opening, closing = f"<!-- table {name} -->\n", f"<!-- fin {name} -->"
        before, _, rest = page.partition(opening)
        _, _, after = rest.partition(closing)
        page = f"{before}{opening}{table(claims)}\n{closing}{after}"
    return page


def table(claims: Sequence[Claim]) -> str:
    return "\n".join([HEADER, *map(_row, claims)])


def _row(claim: Claim) -> str:
    always = "oui" if claim.is_always_there else "non"
    return f"| `{claim.scope}` | `{claim.name}` | {GIVERS[claim.giver]} | {always} | {claim.form} |"
