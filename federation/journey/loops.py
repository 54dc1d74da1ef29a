"""A FS that sends one browser back again and again, faster than any person clicks.

Counted in the browser itself, by a cookie of half a minute: nothing is asked of a store. Who deletes it only
shows themselves the loop again.
"""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from federation.registry.records import ClientRecord
from federation.traces import Trace
from proconnect.kernel.traces import record
from proconnect.platform.mail import send_mail_later

WINDOW = timedelta(seconds=30)
MOST = 5  # passages in a window


@dataclass(frozen=True, slots=True)
class Passages:
    """Of one browser from one FS: how many since when, in seconds of the epoch."""

    count: int
    since: int

    @property
    def are_a_loop(self) -> bool:
        return self.count > MOST


def count(request: HttpRequest, client: ClientRecord, *, now: datetime) -> Passages:
    """This one included."""
    instant = int(now.timestamp())
    kept = re.fullmatch(r"([0-9]{1,3})\.([0-9]{10})", request.COOKIES.get(_cookie(client), ""))
    if kept and 0 <= instant - int(kept[2]) < WINDOW.total_seconds():
        return Passages(int(kept[1]) + 1, int(kept[2]))
    return Passages(1, instant)


def remember(response: HttpResponseBase, client: ClientRecord, passages: Passages) -> None:
    response.set_cookie(
        _cookie(client),
        f"{passages.count}.{passages.since}",
        max_age=WINDOW,
        secure=settings.ENV.is_https,
        httponly=True,
        samesite="Lax",
    )


def raise_alarm(client: ClientRecord, *, now: datetime) -> None:
    """Tells the FS's own support, once a day at most."""
    record(Trace.FS_LOOPS, client_id=client.client_id)
    if client.support_email:
        send_mail_later(
            "federation/loop",
            client.support_email,
            {"client_name": client.name, "at": now},
            key=f"loop:{client.client_id}:{now:%Y-%m-%d}",
        )


def _cookie(client: ClientRecord) -> str:
    return f"{settings.PASSAGES_COOKIE_NAME}-{sha256(client.client_id.encode()).hexdigest()[:8]}"
