import re
from pathlib import Path

SETTINGS = Path(__file__).resolve().parents[2] / "proconnect" / "settings"


def test_no_invented_organisation_is_wired_where_production_reads():
    for name in ("base.py", "production.py"):
        assert not re.search(r"Sample|sample", (SETTINGS / name).read_text())
