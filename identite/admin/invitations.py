"""How an operator comes to be: invited by another one, they prove their address and choose their password."""

import hashlib
import secrets
from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode

from django.conf import settings
from django.db import transaction
from django.http import HttpRequest
from django.urls import reverse

from identite.models import User
from proconnect.platform import one_time
from proconnect.platform.audit import audit
from proconnect.platform.mail import send_mail_later

LIFETIME = timedelta(hours=48)
KIND = "staff-invitation"


def invite(user: User) -> None:
    """In the caller's transaction. A later invitation does not close an earlier one: each opens once.

    The token is in the query: paths are written in our logs (S-167).
    """
    token = secrets.token_urlsafe(32)
    one_time.put(KIND, _hashed(token), {"user_id": str(user.pk)}, LIFETIME)
    link = f"{settings.ENV.site_url}{reverse('admin:invitation')}?{urlencode({'jeton': token})}"
    context = {"link": link, "hours": int(LIFETIME / timedelta(hours=1))}
    send_mail_later("staff_invitation", user.email, context, not_after=datetime.now(UTC) + LIFETIME)


def invited(token: str) -> User | None:
    """Who this link was sent to; None when it expired or was used."""
    kept = one_time.read(KIND, _hashed(token))
    staff = User.objects.filter(is_active=True, is_staff=True)
    return staff.filter(pk=kept["user_id"]).first() if kept else None


@transaction.atomic
def accept(token: str, user: User, password: str, *, request: HttpRequest) -> bool:
    """False when another request took the link first. The link was read in the mailbox: it proves the address."""
    if one_time.take(KIND, _hashed(token)) is None:
        return False
    user.set_password(password)
    user.email_verified_at = user.email_verified_at or datetime.now(UTC)
    user.save(update_fields=["password", "email_verified_at"])
    audit(user, "staff.accept_invitation", user, request=request)
    return True


def _hashed(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
