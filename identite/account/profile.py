"""What a person writes of themself."""

from uuid import UUID

from django.http import HttpRequest
from django.utils import timezone

from identite.models import User
from identite.sign_in import session
from identite.traces import Trace
from proconnect.kernel.traces import record


def complete(
    request: HttpRequest,
    user: User,
    *,
    journey_id: UUID,
    given_name: str = "",
    usual_name: str = "",
    password: str = "",
) -> None:
    """Only what was missing is given: a name or a password already there is not replaced."""
    if given_name and usual_name and not (user.given_name and user.usual_name):
        user.given_name, user.usual_name = given_name, usual_name
        record(Trace.NAMES_GIVEN, journey_id=journey_id, user=user.pk)
    is_first_password = bool(password) and not user.has_usable_password()
    if is_first_password:
        user.set_password(password)
        record(Trace.PASSWORD_SET, journey_id=journey_id, user=user.pk)
    user.save(update_fields=["given_name", "usual_name", "password"])
    if is_first_password:
        session.keep_after_password_change(request, user)
        session.add_factor(request, "pwd", now=timezone.now())
