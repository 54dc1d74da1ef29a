"""What partners read of our refusals is what the code says: a page per code, a section per OAuth error."""

import ast
import re
from collections.abc import Iterator
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command

from federation.errors import FederationError, OAuthAnswer
from proconnect.kernel.error_page import ErrorPage, ServiceError
from proconnect.pages.error_documentation import INDEX, documents, rows

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs/erreurs"
SOURCES = [
    path
    for folder in ("federation", "identite", "proconnect", "templates")
    for path in (ROOT / folder).rglob("*")
    if path.suffix in (".py", ".html") and "__pycache__" not in path.parts
]
PAGES = rows(ErrorPage)
SERVICE_ERRORS = rows(ServiceError)
ACTORS = ("développeur du FS", "responsable du FS", "administrateur d", "DINUM", "personne")


def test_the_published_pages_say_what_the_catalogues_say():
    wanted = documents((DOCS / INDEX).read_text())
    stale = [name for name, text in wanted.items() if _held(DOCS / name) != text]
    assert stale == [], "run manage.py errors document"


def test_every_code_of_the_source_has_its_page_and_every_page_its_code():
    in_source = {code for path in SOURCES for code in re.findall(r"\bY[0-9]{6}\b", path.read_text())}
    assert len(in_source) > 30
    assert {path.stem for path in DOCS.glob("Y*.md")} == in_source == set(PAGES)


def test_the_command_writes_the_pages_and_takes_away_those_of_codes_that_are_no_more(tmp_path):
    (tmp_path / INDEX).write_text("Avant.\n<!-- table : début -->\n<!-- table : fin -->\nAprès.\n")
    (tmp_path / "Y999999.md").write_text("un code d’autrefois")
    call_command("errors", "document", directory=tmp_path, stdout=StringIO())
    assert {path.name for path in tmp_path.iterdir()} == {path.name for path in DOCS.glob("[YRo]*.md")}
    index = (tmp_path / INDEX).read_text()
    assert index.startswith("Avant.\n")
    assert index.endswith("Après.\n")
    assert index.count("| [Y") == len(PAGES)


def test_a_code_said_absent_is_absent():
    _, _, absent = (DOCS / INDEX).read_text().partition("## Codes du ProConnect d’origine")
    rows_of_absent = [
        line for line in absent.partition("## Statuts")[0].splitlines() if line.startswith("| Y")
    ]
    named = {code for line in rows_of_absent for code in re.findall(r"Y[0-9]{6}", line.split("|")[1])}
    assert len(named) > 15
    assert not named & set(PAGES)


@pytest.mark.parametrize("row", [*PAGES.values(), *SERVICE_ERRORS.values()], ids=[*PAGES, *SERVICE_ERRORS])
def test_cause_and_remedy_are_short_sentences_and_the_remedy_says_who_acts(row):
    for text in (row.cause, row.remedy):
        assert text.endswith(".")
        assert "'" not in text
        assert max(len(sentence.split()) for sentence in re.split(r"[.:;]\s", text)) <= 20, text
    assert any(actor in row.remedy for actor in ACTORS), row.remedy


# What the product's own documentation promises: code, HTTP status, OAuth error of who goes back to the FS.
PROMISED = [
    ("Y000400", 400, ""),
    ("Y000404", 404, ""),
    ("Y000500", 500, "server_error"),
    ("Y020017", 400, "server_error"),
    ("Y020019", 400, "server_error"),
    ("Y020026", 400, "invalid_request"),
    ("Y020027", 502, "server_error"),
    ("Y020030", 502, "server_error"),
    ("Y020031", 502, "server_error"),
    ("Y020032", 502, "invalid_request"),
    ("Y030031", 400, ""),
    ("Y030111", 400, ""),
    ("Y030118", 400, ""),
    ("Y190001", 401, "access_denied"),
    ("Y190012", 401, "access_denied"),
    ("Y500001", 400, "server_error"),
    ("Y500006", 400, "server_error"),
    ("Y500015", 400, "access_denied"),
    ("Y500024", 400, "access_denied"),
    ("Y500025", 400, "access_denied"),
    ("Y500027", 400, "server_error"),
]


@pytest.mark.parametrize(("code", "status", "oauth_error"), PROMISED, ids=[code for code, _, _ in PROMISED])
def test_a_code_of_today_s_product_keeps_its_status_and_its_oauth_error(code, status, oauth_error):
    assert (PAGES[code].status, PAGES[code].oauth_error) == (status, oauth_error)


# OAuth errors: those of the code are those of the table

RAISED_BY = {"Fault": 0, "OAuthError": 0, "AnswerError": 0, "answer_error": 1, "error_url": 1}
WHERE = {
    "federation/op/request.py": "authorize",
    "federation/op/token.py": "token",
    "federation/op/userinfo.py": "userinfo",
    "federation/op/introspection.py": "introspection",
    "federation/op/revocation.py": "revocation",
}


def test_every_oauth_error_of_the_code_is_documented_and_the_reverse():
    used = set(
        _errors_in([*(ROOT / "federation/op").glob("*.py"), *(ROOT / "federation/journey").glob("*.py")])
    )
    used |= {row.oauth_error for row in PAGES.values() if row.oauth_error}
    assert used == set(SERVICE_ERRORS)


@pytest.mark.parametrize(("source", "endpoint"), WHERE.items())
def test_an_oauth_error_is_documented_where_it_is_given(source, endpoint):
    used = set(_errors_in([ROOT / source]))
    assert used <= {row.error for row in SERVICE_ERRORS.values() if endpoint in row.given_at}


def test_the_error_of_a_page_is_one_that_authorize_gives():
    given = {answer.value.error for answer in OAuthAnswer if "authorize" in answer.value.given_at}
    assert {error.value.oauth_error for error in FederationError} - {""} <= given


def _errors_in(paths: list[Path]) -> Iterator[str]:
    for path in paths:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and (name := _name(node.func)) in RAISED_BY:
                yield from _texts(node.args[RAISED_BY[name]])


def _texts(argument: ast.expr) -> Iterator[str]:
    """Of ``"an_error"``, and of ``f"{name}_not_supported"`` for the names the code gives."""
    match argument:
        case ast.Constant(value=str(text)):
            yield text
        case ast.JoinedStr():
            yield from (f"{name}_not_supported" for name in ("request", "request_uri", "registration"))


def _name(function: ast.expr) -> str:
    match function:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
    return ""


def _held(path: Path) -> str:
    return path.read_text() if path.exists() else ""
