"""The guide for openid-client. Run by scripts/walkthrough-node, which installs the library; never by ``make test``."""

import os
import shutil
from pathlib import Path

import pytest

from tests.e2e.walkthroughs.guides import FILES, Partner
from tests.mirrors.stack import Stack

NODE_MODULES = os.environ.get("WALKTHROUGH_NODE_MODULES", "")


@pytest.mark.e2e
@pytest.mark.load  # what `make test` leaves out: it has no Node
def test_a_service_on_openid_client_written_as_the_guide_says_completes_the_trip(
    stack: Stack, tmp_path: Path
) -> None:
    assert NODE_MODULES, "run by scripts/walkthrough-node, which installs openid-client first"
    partner = Partner.named("parcours-openid-client", stack, tmp_path)
    partner.register()
    for file in (FILES / "openid_client").glob("*.mjs"):
        shutil.copy(file, tmp_path)  # Node looks for modules beside the file
    (tmp_path / "node_modules").symlink_to(NODE_MODULES)
    with partner.serving(["node", "service.mjs"]):
        partner.whole_trip()
