"""Nobody learns from us who has an account (S-094)."""

import re

import pytest
from django.core import mail

from identite.account.hashers import Argon2id
from proconnect.platform import outbox
from tests.factories.identite import SOFTWARE_COMPANY, user
from tests.identite.visitor import Visitor

pytestmark = pytest.mark.django_db

KNOWN, UNKNOWN = "camille@logiciels-ponant.example", "inconnue@logiciels-ponant.example"


@pytest.fixture(autouse=True)
def somebody():
    user(email=KNOWN, sirets=(SOFTWARE_COMPANY,))


def without_what_always_differs(text: str, email: str) -> str:
    text = re.sub(r'(csrfmiddlewaretoken" value=")[^"]+', r"\1", text)
    return re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}", "", text.replace(email, ""))


def answers(act):
    for email in (KNOWN, UNKNOWN):
        visitor = Visitor(login_hint=email)
        act(visitor)
        yield visitor.response.status_code, visitor.page, without_what_always_differs(visitor.text, email)


@pytest.mark.parametrize(
    "act",
    [
        lambda visitor: None,
        lambda visitor: visitor.signs_in("pas le bon mot de passe"),
        lambda visitor: visitor.post("send-code"),
        lambda visitor: visitor.post("forgotten-password"),
    ],
    ids=["the first page", "a wrong password", "asking for an account", "asking for a reset"],
)
def test_s094_known_and_unknown_addresses_read_the_same(act):
    known, unknown = answers(act)
    assert known == unknown


def test_s094_the_limits_are_the_same_too():
    def too_often(visitor):
        for _ in range(11):
            visitor.signs_in("pas le bon mot de passe")

    known, unknown = answers(too_often)
    assert known == unknown
    assert known[0] == 429


@pytest.mark.parametrize("email", [KNOWN, UNKNOWN])
def test_s094_a_wrong_password_is_hashed_for_nobody_as_for_somebody(monkeypatch, email):
    """The work is the same; its time is measured apart, on a quiet machine (tests/load)."""
    hashed = []

    def counted(real):
        def verb(*sent):
            hashed.append(email)
            return real(*sent)

        return verb

    for name in ("encode", "verify"):
        monkeypatch.setattr(Argon2id, name, counted(getattr(Argon2id, name)))
    Visitor(login_hint=email).signs_in("pas le bon mot de passe")
    assert len(hashed) == 1


def test_s094_only_the_mail_tells_and_only_its_owner_reads_it():
    for email in (KNOWN, UNKNOWN):
        Visitor(login_hint=email).post("send-code")
    outbox.drain()
    told = {message.to[0]: "déjà un compte" in message.body for message in mail.outbox}
    assert told == {KNOWN: True, UNKNOWN: False}
