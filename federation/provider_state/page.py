"""What anybody may know of how each FI does. Read from the tables twice a minute at most, by each process."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Lock
from time import monotonic
from typing import Any
from uuid import UUID

from django.http import HttpRequest, JsonResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from federation.models import Provider, ProviderMinute
from federation.provider_state import counts
from federation.provider_state.alarm import lately
from federation.provider_state.rules import State, Tally, state, wrong_since

KEPT = timedelta(seconds=30)
REMEMBERED = timedelta(hours=48)
PUBLIC = {"Access-Control-Allow-Origin": "*", "Cache-Control": f"public, max-age={int(KEPT.total_seconds())}"}


@require_safe
def providers_state(request: HttpRequest) -> JsonResponse:
    return JsonResponse(_page.current(), headers=PUBLIC)


def described(now: datetime) -> dict[str, Any]:
    """The FI that are offered, by title: no address, no count, nothing of those in acceptance."""
    tallies = lately(now)
    offered = Provider.objects.open().filter(is_routed=True).order_by("title")
    return {
        "at": now.isoformat(timespec="seconds"),
        "providers": [_line(uid, title, tallies, now) for uid, title in offered.values_list("uid", "title")],
    }


def _line(uid: UUID, title: str, tallies: dict[UUID, Tally], now: datetime) -> dict[str, Any]:
    its_state = state(tallies.get(uid, Tally()))
    since = _since(uid, now) if its_state is not State.OK else None
    return {
        "title": title,
        "state": its_state,
        "since": since.isoformat(timespec="seconds") if since else None,
    }


def _since(uid: UUID, now: datetime) -> datetime | None:
    rows = ProviderMinute.objects.filter(provider=uid, minute__gt=now - REMEMBERED).order_by("minute")
    told = rows.values_list("minute", "succeeded", "refused", "unreachable")
    return wrong_since(
        [
            (minute, Tally(succeeded=succeeded, refused=refused, unreachable=unreachable))
            for minute, succeeded, refused, unreachable in told
        ]
    )


@dataclass(slots=True)
class _Page:
    _content: dict[str, Any] | None = None
    _until: float = 0.0

    def current(self) -> dict[str, Any]:
        with _reading:
            if self._content is None or monotonic() >= self._until:
                counts.flush()
                self._content = described(timezone.now())
                self._until = monotonic() + KEPT.total_seconds()
            return self._content

    def forget(self) -> None:
        self._content = None


_reading = Lock()
_page = _Page()
forget = _page.forget
