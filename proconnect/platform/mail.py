"""Mails: written when asked for, sent by the outbox."""

from collections.abc import Mapping
from datetime import datetime
from email.utils import make_msgid
from smtplib import SMTPRecipientsRefused
from typing import Any

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template import Context, Engine
from django.template.loader import render_to_string

from proconnect.platform import outbox


def send_mail_later(
    template: str,
    to: str,
    context: Mapping[str, Any],
    *,
    not_after: datetime | None = None,
    key: str | None = None,
) -> None:
    """From ``templates/mail/<template>.subject.txt``, ``.txt`` and ``.html``, in the caller's transaction.

    Not sent after ``not_after``; with a ``key`` already asked for, not sent again.
    """
    known = {"site_url": settings.ENV.site_url, "support_email": settings.ENV.support_email, **context}
    payload = {
        "to": to,
        "subject": " ".join(_plain(f"mail/{template}.subject.txt", known).split()),
        "text": _plain(f"mail/{template}.txt", known),
        "html": render_to_string(f"mail/{template}.html", known),
        "message_id": make_msgid(domain=settings.ENV.host),  # the same if sent twice, so mailboxes show one
    }
    outbox.enqueue("mail.send", payload, not_after=not_after, key=key, is_awaited=True)


@outbox.task("mail.send")
def send(payload: dict[str, Any]) -> None:
    mail = EmailMultiAlternatives(
        payload["subject"], payload["text"], to=[payload["to"]], headers={"Message-ID": payload["message_id"]}
    )
    mail.attach_alternative(payload["html"], "text/html")
    try:
        mail.send()
    except ValueError as error:  # a header that would break its line
        raise outbox.GiveUp from error
    except SMTPRecipientsRefused as error:
        if all(code >= 500 for code, _ in error.recipients.values()):  # RFC 5321 4.2.1: permanent
            raise outbox.GiveUp from error
        raise


def _plain(template: str, known: dict[str, Any]) -> str:
    """Plain text has nothing to escape: « l’été » must not read « l&#x27;été »."""
    return Engine.get_default().get_template(template).render(Context(known, autoescape=False))
