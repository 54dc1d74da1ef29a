import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_every_variable_has_its_line_in_the_operators_table():
    read = re.findall(r"(?:value|store)\(\s*\"([A-Z_]+)\"", (ROOT / "proconnect/settings/env.py").read_text())
    table = (ROOT / "docs/exploitation/variables.md").read_text()
    assert len(read) > 30
    assert [name for name in read if f"`{name}`" not in table] == []
