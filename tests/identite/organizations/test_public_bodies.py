"""Lists of public companies, imported from what is published."""

import io
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from proconnect.kernel.public_bodies import FILE, PublicBodies, public_bodies


def imported(tmp_path: Path, text: str) -> tuple[PublicBodies, str]:
    source, to, told = tmp_path / "published.csv", tmp_path / "lists.json", io.StringIO()
    source.write_text(text, encoding="utf-8")
    call_command(
        "public_bodies",
        "import",
        "state_operators",
        str(source),
        "--dated=2027-01-01",
        "--source=Jaune 2027",
        f"--to={to}",
        stdout=told,
    )
    return PublicBodies.read(to.read_text(encoding="utf-8")), told.getvalue()


@pytest.mark.parametrize(
    "text",
    [
        "nom,n° SIREN\nCNRS,180 089 013\nDINUM,130025265\n,\n",
        "\ufeffSiren;nom\n180089013;CNRS\n130025265;DINUM\n",
    ],
)
def test_a_list_is_replaced_and_the_others_stay(tmp_path: Path, text: str) -> None:
    new, told = imported(tmp_path, text)
    assert new.state_operators == {"180089013", "130025265"}
    assert (new.public, new.not_public) == (public_bodies().public, public_bodies().not_public)
    assert (new.dated, new.sources["state_operators"]) == ("2027-01-01", "Jaune 2027")
    assert told == "state_operators: 2, 1 new, 16 gone\n"


@pytest.mark.parametrize(
    ("text", "why"), [("siren\n130025266\n", "not a SIREN: 130025266"), ("nom\nCNRS\n", "no column of SIREN")]
)
def test_a_wrong_file_writes_nothing(tmp_path: Path, text: str, why: str) -> None:
    with pytest.raises(CommandError, match=why):
        imported(tmp_path, text)
    assert not (tmp_path / "lists.json").exists()


def test_the_delivered_file_is_as_the_command_writes_it() -> None:
    assert FILE.read_text(encoding="utf-8") == public_bodies().written()


def test_the_lists_are_told() -> None:
    told = io.StringIO()
    call_command("public_bodies", "list", stdout=told)
    assert "state_operators: 17" in told.getvalue()
    assert "dated 2026-01-01" in told.getvalue()
