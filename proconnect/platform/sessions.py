"""One session cookie per area of the site, and what a session store may know.

The store keeps the SHA-256 of the session's key, never the cookie's value, and the data sealed for that key: reading
the store opens no session and names nobody. A session ends at an absolute time after its key was last drawn (at
every login); in the operators' area, earlier if left idle.
"""

import hashlib
import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from django.conf import settings
from django.contrib.sessions.backends.base import VALID_KEY_CHARS, SessionBase, UpdateError
from django.contrib.sessions.exceptions import SessionInterrupted
from django.contrib.sessions.middleware import SessionMiddleware
from django.http import HttpRequest, HttpResponse
from django.utils.cache import patch_vary_headers
from django.utils.crypto import get_random_string

from proconnect.kernel.encryption import CannotUnseal, seal, unseal
from proconnect.platform.availability import OUTAGES, outage_page

OPENED_AT = "_opened_at"  # seconds since the epoch, as SEEN_AT
SEEN_AT = "_seen_at"
SEEN_EVERY = timedelta(minutes=1)  # how precisely an idle time is known


@dataclass(frozen=True, slots=True)
class Area:
    prefix: str  # of the path
    cookie: str
    csrf_cookie: str
    lifetime: timedelta  # absolute
    idle: timedelta | None = None  # longest time between two requests


def area_of(path: str) -> Area:
    return next(area for area in areas() if path.startswith(area.prefix))


def areas() -> tuple[Area, ...]:
    """The last one takes what no other claims: the federation's pages."""
    return _areas(
        settings.ENV.sso_lifetime,
        (settings.ADMIN_SESSION_COOKIE_NAME, settings.ADMIN_CSRF_COOKIE_NAME),
        (settings.IDENTITE_SESSION_COOKIE_NAME, settings.IDENTITE_CSRF_COOKIE_NAME),
        (settings.SESSION_COOKIE_NAME, settings.CSRF_COOKIE_NAME),
    )


Cookies = tuple[str, str]  # of the session, and against forged requests


@cache
def _areas(
    sso_lifetime: timedelta, admin: Cookies, identite: Cookies, federation: Cookies
) -> tuple[Area, ...]:
    return (
        Area("/admin/", *admin, lifetime=timedelta(hours=8), idle=timedelta(minutes=30)),
        Area("/identite/", *identite, lifetime=sso_lifetime),
        Area("", *federation, lifetime=sso_lifetime),
    )


class SealedSession(SessionBase):
    """What both stores share. A key is drawn without asking the store: 165 random bits do not meet."""

    area: Area
    _is_new = False

    def __init__(self, session_key: str | None = None) -> None:
        super().__init__(session_key)
        self.area = areas()[-1]

    @property
    def stored_key(self) -> str:
        return stored_key(self.session_key or "")

    def create(self) -> None:
        self._session_key = self._get_new_session_key()
        self._is_new = True
        self.modified = True

    def cycle_key(self) -> None:
        """A login opens a new session: its absolute end is counted from now (S-152)."""
        self.pop(OPENED_AT, None)
        super().cycle_key()

    def encode(self, session_dict: dict[str, Any]) -> str:
        session_dict.setdefault(OPENED_AT, _now())
        return seal(json.dumps(session_dict), context=self._context)

    def decode(self, session_data: str | bytes) -> dict[str, Any]:
        """Empty when the session is over, or sealed for another key or by a key since retired."""
        try:
            held: dict[str, Any] = json.loads(unseal(str(session_data), context=self._context))
        except CannotUnseal:
            return {}
        return held if self._is_open(held) else {}

    def note_presence(self) -> None:
        if self.area.idle and self.accessed and _now() - self.get(SEEN_AT, 0) > SEEN_EVERY.total_seconds():
            self[SEEN_AT] = _now()

    def _is_open(self, held: dict[str, Any]) -> bool:
        if _now() >= held[OPENED_AT] + self.area.lifetime.total_seconds():
            return False
        idle_since = held.get(SEEN_AT)
        return not (self.area.idle and idle_since and _now() >= idle_since + self.area.idle.total_seconds())

    def _opened(self, sealed: str | None) -> dict[str, Any]:
        """A key the store does not know is never kept: a pre-set cookie opens nothing (S-152)."""
        held = self.decode(sealed) if sealed else {}
        if not held:
            self._session_key = None
        return held

    def _get_new_session_key(self) -> str:
        return get_random_string(32, VALID_KEY_CHARS)

    def _data(self) -> dict[str, Any]:
        """What to save. A session just created has nothing to load first."""
        data: dict[str, Any] = self._get_session(no_load=self._is_new)  # type: ignore[attr-defined]
        return data

    @property
    def _context(self) -> str:
        """The area too: a session of Identité put in the operators' cookie opens nothing."""
        return f"session:{self.area.prefix}:{self.stored_key}"


def stored_key(session_key: str) -> str:
    """160 bits of SHA-256: as wide as Django's column."""
    return hashlib.sha256(session_key.encode()).hexdigest()[:40]


class AreaSessionMiddleware(SessionMiddleware):
    """Reads and writes nothing for a view that never looks at ``request.session``."""

    def process_request(self, request: HttpRequest) -> None:
        area = area_of(request.path_info)
        session = self.SessionStore(request.COOKIES.get(area.cookie))
        assert isinstance(session, SealedSession)
        session.area = area
        request.session = session

    def process_response(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        session = request.session
        assert isinstance(session, SealedSession)
        if session.accessed:
            patch_vary_headers(response, ("Cookie",))
        if session.is_empty():
            _drop_cookie(request, response, session.area)
            return response
        if response.status_code >= 500:  # what a failed request left half done is not kept
            return response
        try:
            return _keep(session, response)
        except UpdateError:
            raise SessionInterrupted("Closed by another request meanwhile.") from None
        except OUTAGES as outage:
            return outage_page(request, outage)


def _keep(session: SealedSession, response: HttpResponse) -> HttpResponse:
    session.note_presence()
    if session.modified:
        session.save()
        response.set_cookie(
            session.area.cookie,
            session.session_key or "",
            path="/",
            secure=settings.SESSION_COOKIE_SECURE,
            httponly=True,
            samesite="Lax",
        )
    return response


def _drop_cookie(request: HttpRequest, response: HttpResponse, area: Area) -> None:
    if area.cookie in request.COOKIES:
        response.delete_cookie(area.cookie, path="/", samesite="Lax")
        patch_vary_headers(response, ("Cookie",))


def _now() -> float:
    return datetime.now(UTC).timestamp()
