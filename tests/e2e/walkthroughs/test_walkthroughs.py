"""Each guide's own files complete the trip. The one for Node is run by scripts/walkthrough-node."""

import sys
from pathlib import Path

import pytest

from tests.e2e.walkthroughs.guides import FILES, TWO_FACTORS, Partner, running_script
from tests.mirrors.browser import Browser
from tests.mirrors.stack import Stack

pytestmark = [pytest.mark.e2e, pytest.mark.at_length]


@pytest.mark.parametrize("library", ["authlib", "mozilla_django_oidc"])
def test_a_service_written_as_the_guide_says_completes_the_trip(
    library: str, stack: Stack, tmp_path: Path
) -> None:
    partner = Partner.named(f"parcours-{library.replace('_', '-')}", stack, tmp_path)
    partner.register()
    with partner.serving([sys.executable, FILES / library / "service.py"]):
        partner.whole_trip()


@pytest.mark.needs("curl")
@pytest.mark.parametrize(("options", "form"), [((), "JSON"), (("--userinfo-signe",), "JWT signé")])
def test_curl_alone_completes_the_trip(
    options: tuple[str, ...], form: str, stack: Stack, tmp_path: Path
) -> None:
    partner = Partner.named("parcours-curl", stack, tmp_path)
    partner.register(*options)
    said = curl_trip(partner)
    assert "acr : eidas1-mfa" in said
    assert f"userinfo : {form}" in said
    assert "en JSON : True, parcours-curl:lire" in said
    assert said[-1] == "Parcours terminé."


def curl_trip(partner: Partner) -> list[str]:
    """Runs the script, opens what it says to open; every line it said."""
    said = []
    with running_script(partner) as script, Browser() as browser:
        for line in script:
            said.append(line)
            if line.startswith("Ouvrez : "):
                page = browser.open(line.removeprefix("Ouvrez : "))
                if page.forms:
                    partner.be(browser, page, *TWO_FACTORS)
    return said
