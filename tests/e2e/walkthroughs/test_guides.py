"""What the guides show is what is run, and their tables are what the code says."""

import re
from pathlib import Path

import pytest

from federation.op.request import LONGEST, PROMPTS
from proconnect.kernel.assurance import DIRECTLY_BELOW, TODAY
from tests.e2e.walkthroughs.guides import FILES, GUIDES

PAGES = sorted([*FILES.rglob("*.md"), GUIDES / "README.md", GUIDES / "brancher-un-service.md"])
BLOCK = re.compile(r"^```(?P<language>\w+)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)
RUN = {"python": "*.py", "js": "*.mjs", "bash": "*.sh"}


def named(guide: Path) -> str:
    return str(guide.relative_to(GUIDES))


@pytest.mark.parametrize("guide", PAGES, ids=named)
def test_code_shown_is_code_that_is_run(guide: Path) -> None:
    for block in BLOCK.finditer(guide.read_text()):
        if pattern := RUN.get(block["language"]):
            assert any(block["text"] in file.read_text() for file in guide.parent.glob(pattern)), block[
                "text"
            ]


@pytest.mark.parametrize("guide", PAGES, ids=named)
def test_every_link_leads_somewhere(guide: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+)\)", guide.read_text()):
        assert (guide.parent / target).exists(), target


@pytest.mark.parametrize("guide", PAGES, ids=named)
def test_files_named_in_commands_exist(guide: Path) -> None:
    for path in re.findall(r"docs/partenaires/[\w/.]+", guide.read_text()):
        assert (GUIDES.parents[1] / path).exists(), path


def test_the_table_of_parameters_is_the_one_of_the_code() -> None:
    told = re.findall(r"^\| `(\w+)` \| (\d+) \|", _text(), re.MULTILINE)
    assert {name: int(longest) for name, longest in told} == dict(LONGEST)


def test_each_prompt_is_told() -> None:
    section = _text().partition("### `prompt`")[2].partition("\n## ")[0]
    assert set(re.findall(r"^\| `(\w+)` \|", section, re.MULTILINE)) == set(PROMPTS)


def test_the_order_of_levels_is_the_one_of_the_code() -> None:
    section = _text().partition("## Les niveaux")[2].partition("### ")[0]
    rows = re.findall(r"^\| `([^`]+)` \| (.+) \|$", section, re.MULTILINE)
    told = {level: tuple(re.findall(r"`([^`]+)`", below)) for level, below in rows}
    assert told == {level.value: tuple(map(str, below)) for level, below in DIRECTLY_BELOW.items()}


def test_each_retired_word_is_told_with_todays() -> None:
    section = _text().partition("### Les anciens noms")[2].partition("\n## ")[0]
    rows = re.findall(r"^\| `([^`]+)` \| `([^`]+)`", section, re.MULTILINE)
    assert dict(rows) == {retired.value: level.value for retired, level in TODAY.items()}


def _text() -> str:
    return (GUIDES / "brancher-un-service.md").read_text()
