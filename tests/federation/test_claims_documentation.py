"""docs/partenaires/donnees.md says what the tables of claims say."""

import re

from django.conf import settings

from federation import claims_documentation
from federation.claims import CLAIMS, GENERIC_OIDC, IDENTITE, PROFILES

PAGE = settings.ROOT / "docs/partenaires/donnees.md"


def test_the_page_for_partners_holds_the_tables_as_they_are() -> None:
    """Otherwise: ``manage.py claims document``."""
    page = PAGE.read_text(encoding="utf-8")
    assert claims_documentation.with_tables(page) == page


def test_each_claim_has_its_line_in_the_table_of_its_profile() -> None:
    page = PAGE.read_text(encoding="utf-8")
    for name, claims in (("proconnect", CLAIMS), ("generic_oidc", GENERIC_OIDC), ("identite", IDENTITE)):
        [table] = re.findall(rf"<!-- table {name} -->(.*)<!-- fin {name} -->", page, re.DOTALL)
        for claim in claims:
            assert f"| `{claim.scope}` | `{claim.name}` |" in table


def test_every_profile_is_explained() -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert [name for name in PROFILES if f"`{name}`" not in page] == ["proconnect"]
