"""A forgotten password: a link by e-mail, good once, for an hour, until a newer one is asked for."""

import hashlib
import secrets
from datetime import datetime
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.crypto import constant_time_compare

from identite.errors import IdentiteError
from identite.models import User
from identite.sign_in.sign_in import SignIn
from identite.traces import Trace
from proconnect.kernel.error_page import Refused
from proconnect.kernel.traces import record
from proconnect.platform import limiter, one_time, outbox
from proconnect.platform.mail import send_mail_later

KIND = "identite.reset"
TASK = "identite.send_reset_link"


def ask(request: HttpRequest, sign_in: SignIn, *, now: datetime) -> None:
    """The same work for everybody: whether someone owns the address is looked up later, by the outbox (S-094).

    Raises Exhausted.
    """
    limiter.hit("mail-code.ip", limiter.client_network(request), limiter.CODE_SENDS_PER_IP)
    limiter.hit("identite.reset", sign_in.email, limiter.RESETS_PER_EMAIL)
    payload = {
        "email": sign_in.email,
        "sign_in": str(sign_in.id),
        "client_name": sign_in.ask.client_name,
        "at": now.isoformat(),
    }
    outbox.enqueue(TASK, payload, not_after=now + settings.ENV.reset_link_lifetime)
    record(Trace.RESET_ASKED, journey_id=sign_in.ask.journey_id)


def send_link(payload: dict[str, Any]) -> None:
    """Kept under the user: a newer link takes the place of the former."""
    users = User.objects.filter(email=payload["email"], is_active=True, email_verified_at__isnull=False)
    user = users.first()
    if user is None:
        return
    secret = secrets.token_urlsafe(32)
    kept = {"hash": _hash(secret), "sign_in": payload["sign_in"]}
    one_time.put(KIND, str(user.pk), kept, settings.ENV.reset_link_lifetime)
    send_mail_later(
        "identite/reset",
        user.email,
        {
            "href": _link(f"{user.pk}.{secret}"),
            "client_name": payload["client_name"],
            "at": datetime.fromisoformat(payload["at"]),
        },
        not_after=timezone.now() + settings.ENV.reset_link_lifetime,
    )


def owner_of(link: str) -> tuple[User, UUID]:
    """Whose password this link changes, and the passage that asked for it. Raises Refused(RESET_LINK_DEAD)."""
    user_id, _dot, secret = link.partition(".")
    kept = one_time.read(KIND, user_id) if _is_uuid(user_id) else None
    if kept is None or not constant_time_compare(kept["hash"], _hash(secret)):
        raise Refused(IdentiteError.RESET_LINK_DEAD)
    user = User.objects.filter(pk=user_id, is_active=True).first()
    if user is None:
        raise Refused(IdentiteError.RESET_LINK_DEAD)
    return user, UUID(kept["sign_in"])


def change(link: str, password: str, *, now: datetime) -> None:
    """Every session opened with the former password ends. Raises Refused(RESET_LINK_DEAD) when used meanwhile."""
    user, _sign_in = owner_of(link)
    if one_time.take(KIND, str(user.pk)) is None:
        raise Refused(IdentiteError.RESET_LINK_DEAD)
    with transaction.atomic():
        user.set_password(password)
        user.save(update_fields=["password"])
        send_mail_later("identite/password_changed", user.email, {"at": now})
    record(Trace.PASSWORD_RESET, user=user.pk)


def _link(secret: str) -> str:
    """From the configured site, never from a request (S-112). In the query: paths are written in our logs."""
    return f"{settings.ENV.site_url}{reverse('identite:reset')}?{urlencode({'jeton': secret})}"


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def _is_uuid(text: str) -> bool:
    try:
        return str(UUID(text)) == text
    except ValueError:
        return False
