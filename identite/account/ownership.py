"""Who owns an e-mail address: the person who gave back a code sent to it, and nobody before them."""

from datetime import datetime
from uuid import UUID

from django.contrib.auth.hashers import make_password
from django.db import transaction
from django_otp import devices_for_user

from identite.errors import IdentiteError
from identite.models import Moderation, User
from identite.traces import Trace
from proconnect.kernel.error_page import Refused
from proconnect.kernel.traces import record


@transaction.atomic
def claim(email: str, *, journey_id: UUID, now: datetime) -> User:
    """The account of who has just proved this address: theirs, emptied if anyone filled it before, or a new one.

    The only writer of ``email_verified_at`` (S-117). Raises Refused(ACCOUNT_CLOSED).
    """
    new = {"email_verified_at": now, "password": make_password(None)}  # none yet
    user, is_new = User.objects.select_for_update().get_or_create(email=email, defaults=new)
    if not user.is_active:
        raise Refused(IdentiteError.ACCOUNT_CLOSED)
    if is_new:
        record(Trace.USER_CREATED, journey_id=journey_id, user=user.pk)
    elif user.email_verified_at is None:
        _empty(user, now=now)
        record(Trace.USER_RECLAIMED, journey_id=journey_id, user=user.pk)
    return user


def _empty(user: User, *, now: datetime) -> None:
    """Whatever was set before proof may be an attacker's (S-116). Roles stay: operators alone give them."""
    user.set_unusable_password()  # drawn anew: sessions opened with the former one die too
    user.given_name = user.usual_name = ""
    user.email_verified_at = now
    user.save(update_fields=["password", "given_name", "usual_name", "email_verified_at"])
    for device in devices_for_user(user, confirmed=None):
        device.delete()
    user.memberships.current().update(ended_at=now)
    user.moderations.pending().update(status=Moderation.Status.CANCELLED, decided_at=now)
