"""Identité's own session: who authenticated in this browser, by what and when."""

from datetime import datetime
from importlib import import_module

from django.conf import settings
from django.contrib.auth import login, update_session_auth_hash
from django.db.models import F
from django.http import HttpRequest

from identite.models import User

FACTORS = "factors"
BACKEND = "django.contrib.auth.backends.ModelBackend"


def open_for(request: HttpRequest, user: User, factor: str, *, now: datetime) -> None:
    """``factor`` is an amr value (RFC 8176). Django keeps the key of who signs in again: a flush draws another (S-152)."""
    request.session.flush()
    login(request, user, backend=BACKEND)
    request.session[FACTORS] = {factor: now.isoformat()}
    User.objects.filter(pk=user.pk).update(sign_in_count=F("sign_in_count") + 1)


def add_factor(request: HttpRequest, factor: str, *, now: datetime) -> None:
    """One more, by who is already signed in."""
    request.session[FACTORS] = {**request.session.get(FACTORS, {}), factor: now.isoformat()}


def user_of(request: HttpRequest) -> User | None:
    """None too once the account is closed, or its password has changed since."""
    user = request.user
    return user if isinstance(user, User) and user.is_active and user.email_verified_at else None


def factors(request: HttpRequest) -> dict[str, datetime]:
    """amr value → when it was proved."""
    held = request.session.get(FACTORS, {})
    return {factor: datetime.fromisoformat(at) for factor, at in held.items()}


def close_from_elsewhere(request: HttpRequest) -> bool:
    """Ends it from a page of another area, which has another session. False when none was there."""
    key = request.COOKIES.get(settings.IDENTITE_SESSION_COOKIE_NAME)
    if not key:
        return False
    import_module(settings.SESSION_ENGINE).SessionStore().delete(key)
    return True


def keep_after_password_change(request: HttpRequest, user: User) -> None:
    """This session goes on under a new key; the others end."""
    update_session_auth_hash(request, user)
