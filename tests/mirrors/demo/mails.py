"""The mails the demo sent, newest first, read from the files they are."""

import email
from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import EmailMessage
from email.policy import default
from email.utils import parsedate_to_datetime
from pathlib import Path
from urllib.parse import unquote, urlsplit

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

SHOWN = 50
MESSAGES_OF_A_FILE = b"-" * 79 + b"\n"  # written after each message by Django's file backend


@dataclass(frozen=True, slots=True)
class Mail:
    key: str
    subject: str
    recipients: str
    sent_at: datetime
    text: str


@require_GET
def mails(request: HttpRequest) -> HttpResponse:
    return render(request, "demo/mails.html", {"mails": _sent()[:SHOWN]})


@require_GET
def mail(request: HttpRequest, key: str) -> HttpResponse:
    found = next((each for each in _sent() if each.key == key), None)
    if found is None:
        raise Http404
    return render(request, "demo/mail.html", {"mail": found})


def mail_directory() -> Path:
    return Path(unquote(urlsplit(settings.ENV.mail_url).path))


def _sent() -> list[Mail]:
    return mails_in(mail_directory())


def mails_in(directory: Path) -> list[Mail]:
    """Newest first."""
    found = [mail for file in sorted(directory.glob("*.log")) for mail in _messages(file)]
    return sorted(found, key=lambda each: (each.sent_at, each.key), reverse=True)


def _messages(file: Path) -> list[Mail]:
    parts = [part for part in file.read_bytes().split(MESSAGES_OF_A_FILE) if part.strip()]
    return [_read(f"{file.stem}-{rank}", part) for rank, part in enumerate(parts)]


def _read(key: str, source: bytes) -> Mail:
    message: EmailMessage = email.message_from_bytes(source.lstrip(), policy=default)
    body = message.get_body(preferencelist=("plain", "html"))
    return Mail(
        key=key,
        subject=str(message["subject"] or ""),
        recipients=str(message["to"] or ""),
        sent_at=parsedate_to_datetime(message["date"]).replace(tzinfo=UTC),  # Django dates its mails in UTC
        text=str(body.get_content()) if body else "",
    )
