import smtplib
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core import mail as outgoing
from django.core.mail.backends.base import BaseEmailBackend
from django.template import TemplateDoesNotExist
from pytest_django import Settings

from proconnect.platform import outbox
from proconnect.platform.mail import send_mail_later
from proconnect.platform.models import OutboxMessage

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def these_templates(settings: Settings) -> None:
    engine = settings.TEMPLATES[0]
    settings.TEMPLATES = [{**engine, "DIRS": [*engine["DIRS"], Path(__file__).parent / "templates"]}]


class Refusing(BaseEmailBackend):
    """An SMTP server that knows no such recipient, for ever or for now."""

    code = 550

    def send_messages(self, email_messages: Any) -> int:
        raise smtplib.SMTPRecipientsRefused({"agent@interieur.gouv.fr": (self.code, b"no")})


class Greylisting(Refusing):
    code = 451


def ask(name: str = "L’été d’Aïcha <b>", code: str = "1234567890", **options: Any) -> None:
    send_mail_later("test_code", "agent@interieur.gouv.fr", {"name": name, "code": code}, **options)


def test_a_mail_is_sent_by_the_outbox_in_text_and_html() -> None:
    ask()
    assert not outgoing.outbox
    outbox.drain()
    (sent,) = outgoing.outbox
    assert isinstance(sent, outgoing.EmailMultiAlternatives)
    assert sent.to == ["agent@interieur.gouv.fr"]
    assert sent.subject == "Votre code : 1234567890"
    assert sent.body.startswith("Bonjour L’été d’Aïcha <b>, voici l'adresse : http")
    assert "Aïcha &lt;b&gt;" in str(sent.alternatives[0][0])


def test_what_a_mail_says_is_never_in_clear_in_the_database() -> None:
    ask()
    payload = OutboxMessage.objects.get().payload
    assert "1234567890" not in payload
    assert "interieur" not in payload


def test_a_mail_whose_code_has_expired_is_not_sent() -> None:
    ask(not_after=datetime.now(UTC) - timedelta(seconds=1))
    outbox.drain()
    assert not outgoing.outbox


def test_a_mail_sent_twice_is_the_same_mail() -> None:
    ask()
    OutboxMessage.objects.update(not_before=datetime.now(UTC) - timedelta(minutes=1))
    payload = OutboxMessage.objects.get().payload
    outbox.drain()
    OutboxMessage.objects.update(done_at=None, payload=payload)
    outbox.drain()
    first, second = outgoing.outbox
    assert first.extra_headers["Message-ID"] == second.extra_headers["Message-ID"]


def test_s123_a_line_break_cannot_add_a_header() -> None:
    ask(code="1234\r\nBcc: thief@example.org")
    outbox.drain()
    (sent,) = outgoing.outbox
    assert "\n" not in sent.subject
    assert sent.recipients() == ["agent@interieur.gouv.fr"]


def test_s123_an_address_with_a_line_break_is_never_written_to() -> None:
    send_mail_later("test_code", "agent@interieur.gouv.fr\nBcc: thief@example.org", {})
    outbox.drain()
    assert not outgoing.outbox
    assert OutboxMessage.objects.get().dead_at is not None


def test_a_recipient_refused_for_ever_is_not_tried_again(settings: Settings) -> None:
    settings.EMAIL_BACKEND = f"{__name__}.Refusing"
    ask()
    outbox.drain()
    assert OutboxMessage.objects.get().dead_at is not None


def test_a_recipient_refused_for_now_is_tried_again(settings: Settings) -> None:
    settings.EMAIL_BACKEND = f"{__name__}.Greylisting"
    ask()
    outbox.drain()
    assert OutboxMessage.objects.get().dead_at is None


def test_a_template_that_does_not_exist_is_known_when_asked_for() -> None:
    with pytest.raises(TemplateDoesNotExist):
        send_mail_later("nowhere", "agent@interieur.gouv.fr", {})
