"""The guides about FI say what the code does."""

import re

from django.conf import settings
from django.urls import reverse

from federation.registry.ownership import PREFIX
from federation.rp.authorization import SCOPE
from federation.rp.identity import FIELDS, Presence
from federation.rp.self_test.checks import CHECKS
from federation.traces import Trace

GUIDE = (settings.ROOT / "docs/partenaires/brancher-un-fournisseur.md").read_text(encoding="utf-8")
RUNBOOK = (settings.ROOT / "docs/exploitation/fournisseurs.md").read_text(encoding="utf-8")
ADDRESSES = (
    "oidc-callback",
    "logout-callback",
    "backchannel-logout",
    "frontchannel-logout",
    "keys-for-providers",
    "providers-state",
)
TITLES = {
    "obligatoires": Presence.MANDATORY,
    "attendus": Presence.EXPECTED,
    "facultatifs": Presence.OPTIONAL,
}


def test_our_addresses_are_the_true_ones() -> None:
    for name in ADDRESSES:
        assert f"`{{site}}{reverse(f'federation:{name}')}`" in GUIDE, name


def test_the_scope_is_the_one_asked() -> None:
    assert f"`{SCOPE}`" in GUIDE


def test_each_claim_is_told_with_its_presence() -> None:
    said = {
        claim: TITLES[title]
        for title, claims in re.findall(r"^- (\w+) : (`.*)[;.]$", GUIDE, re.MULTILINE)
        for claim in re.findall(r"`([^`]+)`", claims)
    }
    assert said == {field.claim: field.presence for field in FIELDS} | {"siret": Presence.EXPECTED}


def test_the_record_of_a_domain_is_the_one_looked_for() -> None:
    assert f"{PREFIX}<uid>" in GUIDE
    assert f"{PREFIX}<uid>" in RUNBOOK


def test_every_check_and_trace_is_told() -> None:
    cells = set(re.findall(r"`(\w+)`", RUNBOOK))
    assert CHECKS.keys() - {"service"} <= cells
    told = {name for name in cells if name.startswith(("FI_", "DOMAIN_"))}
    assert told == {"FI_CHECKED"} | {trace.name for trace in Trace if trace.name.startswith("DOMAIN_")}


def test_links_lead_somewhere() -> None:
    for folder, page in (("docs/partenaires", GUIDE), ("docs/exploitation", RUNBOOK)):
        for link in re.findall(r"\]\(([^)#]+)", page):
            assert (settings.ROOT / folder / link).is_file(), link
