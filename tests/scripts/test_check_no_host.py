from pathlib import Path

import pytest

from scripts import check_no_host
from scripts.check_no_host import main, wrongs_of


@pytest.fixture
def write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(check_no_host, "ROOT", tmp_path)

    def write(name: str, text: str) -> Path:
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
        return path

    return write


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("README.md", "see https://pypi" + ".org/x"),
        ("Makefile", "\n\npip --index" + "-url=https://mirror.example"),
        ("docs/a.md", "cd /wo" + "rk/main"),
        ("requirements/base.txt", "django @ https" + "://mirror.example/django.whl"),
    ],
)
def test_a_host_or_a_machine_is_told_with_its_line(write, name, text):
    (wrong,) = wrongs_of(write(name, text))
    assert wrong.startswith(f"{name}:{text.count(chr(10)) + 1}: ")


def test_an_address_is_fine_out_of_lock_files(write):
    assert list(wrongs_of(write("README.md", "https://www.proconnect.gouv.fr"))) == []


def test_this_repository_names_none(capsys: pytest.CaptureFixture[str]):
    assert main() == 0, capsys.readouterr().out
