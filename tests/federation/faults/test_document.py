"""Partners read of the faults what the tests play."""

import re

from tests.federation.faults.document import PAGE, page
from tests.federation.faults.table import FAULTS


def test_the_published_page_says_what_the_table_says() -> None:
    assert PAGE.read_text() == page(), "run python -m tests.federation.faults"


def test_what_partners_read_is_short_and_french() -> None:
    for fault in FAULTS:
        assert "'" not in fault.told.replace("`", ""), fault.told
        assert not fault.told.endswith(".")
        assert len(fault.told.split()) <= 20


def test_the_page_leads_to_pages_that_exist() -> None:
    targets = re.findall(r"\]\(([^)]+)\)", page())
    assert targets
    assert [target for target in targets if not (PAGE.parent / target).exists()] == []
