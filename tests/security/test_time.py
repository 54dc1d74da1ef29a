"""No text of a permitted length takes long to read, whoever wrote it: a pattern that backtracks is a way to stop the site."""

import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest
from django.test import Client as Browser

from federation.models import Client
from federation.op.request import read_claims
from federation.registry.uris import problem_with
from identite.models import User
from identite.organizations.search import look_up
from identite.sign_in.forms import AccountForm
from proconnect.kernel.email_address import EmailAddress
from proconnect.kernel.siret import Siret
from proconnect.observability.redaction import redacted_text
from tests.federation.journey.conftest import authorize_url

LONGEST_PATH = 7900
ALLOWED = 0.2  # seconds; what backtracks takes a hundred times longer

TEXTS = [
    each * (LONGEST_PATH // len(each))
    for each in (
        "_", "a", "a_", "-", "A1a", "eyJ.", "eyJ-", "code:", "code=", "Basic ", "token", "token_", "password:",
        "a.", "a@", "\u0301", "ﷺ", " ", "'", "\"code", "%", "0", "é", "&a=", "[{", "(", "x:b", "DETAIL:",
    )
]  # fmt: skip


def seconds(act: Callable[[], Any]) -> float:
    began = time.process_time()
    with suppress(Exception):  # a refusal is an answer; only its time counts here
        act()
    return time.process_time() - began


@pytest.mark.parametrize("text", TEXTS, ids=lambda text: repr(text[:9]))
def test_s174_no_text_takes_long_to_read(text: str) -> None:
    readers: dict[str, Callable[[], Any]] = {
        "log": lambda: redacted_text(text),
        "log of a path": lambda: redacted_text(f"/{text}/"),
        "e-mail": lambda: EmailAddress.parse(text[:254]),
        "long e-mail": lambda: EmailAddress.parse(text),
        "domain": lambda: EmailAddress.parse(f"a@{text[:250]}"),
        "siret": lambda: Siret.parse(text),
        "claims": lambda: read_claims(text),
        "address of return": lambda: problem_with(f"https://{text[:1900]}.fr/", loopback_allowed=False),
        "organisation": lambda: look_up(text[:120]),
    }
    slow = {name: taken for name, act in readers.items() if (taken := seconds(act)) > ALLOWED}
    assert slow == {}


def test_s174_no_path_holds_a_worker(service: Client) -> None:
    for text in ("_", "a_", "token_", "code:", "eyJ-"):
        path = "/" + text * (LONGEST_PATH // len(text))
        assert seconds(lambda path=path: Browser().get(path)) < 1, text  # type: ignore[misc]


def test_s174_no_parameter_holds_a_worker(service: Client) -> None:
    for name in ("claims", "state", "login_hint", "id_token_hint", "acr_values", "scope", "prompt"):
        for text in ("_", "a.", "[", "eyJ.", "é "):
            url = authorize_url(service, **{name: text * (3000 // len(text))})
            assert seconds(lambda url=url: Browser().get(url)) < 1, (name, text)  # type: ignore[misc]


def test_a_name_of_any_letters_is_read_at_once() -> None:
    for text in TEXTS:
        form = AccountForm({"given_name": text[:100], "usual_name": text[:100]}, user=User(email="a@b.fr"))
        assert seconds(form.is_valid) < ALLOWED
