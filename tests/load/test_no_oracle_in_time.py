"""S-094: a form takes as long for an address that somebody owns as for one that nobody owns, within 10 %."""

import statistics
import time
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.hashers import make_password
from django.utils import timezone

from identite.models import User
from proconnect.platform.models import RateWindow
from tests.identite.visitor import Visitor

pytestmark = [pytest.mark.load, pytest.mark.django_db]

PAIRS = 60  # of one address known and one unknown, one after the other
WARM_UP = 5
TOLERATED = 0.10

Act = Callable[[Visitor], Any]


@pytest.fixture(autouse=True)
def people(db: None) -> None:
    password = make_password("sept grenouilles chantent")
    User.objects.bulk_create(
        User(email=address(number, known=True), password=password, email_verified_at=timezone.now())
        for number in range(PAIRS + WARM_UP)
    )


def address(number: int, *, known: bool) -> str:
    return f"{'connue' if known else 'absent'}-{number:03}@logiciels-ponant.example"


def sends_again(visitor: Visitor) -> None:
    RateWindow.objects.all().delete()
    visitor.client.post(visitor.url("send-code"))


def posts(page: str, **typed: str) -> Act:
    return lambda visitor: visitor.client.post(visitor.url(page), typed)


def nothing(visitor: Visitor) -> None:
    pass


def asked_for_a_code(visitor: Visitor) -> None:
    visitor.client.post(visitor.url("send-code"))


@pytest.mark.parametrize(
    ("before", "act"),
    [
        pytest.param(nothing, posts("sign-in", password="pas le bon mot de passe"), id="sign-in"),
        pytest.param(nothing, posts("send-code"), id="sign-up"),
        pytest.param(asked_for_a_code, sends_again, id="resend"),
        pytest.param(asked_for_a_code, posts("code", code="0000000000"), id="wrong code"),
        pytest.param(nothing, posts("forgotten-password"), id="reset"),
    ],
)
def test_s094_known_and_unknown_addresses_take_as_long(before: Act, act: Act) -> None:
    known: list[float] = []
    unknown: list[float] = []
    for number in range(PAIRS + WARM_UP):
        for durations, is_known in ((known, True), (unknown, False)):
            durations.append(duration(before, act, address(number, known=is_known)))
    medians = statistics.median(known[WARM_UP:]), statistics.median(unknown[WARM_UP:])
    gap = abs(medians[0] - medians[1]) / max(medians)
    print(f"\nknown {medians[0] * 1000:.1f} ms, unknown {medians[1] * 1000:.1f} ms: {gap:.1%} apart")  # noqa: T201
    assert gap <= TOLERATED


def duration(before: Act, act: Act, email: str) -> float:
    RateWindow.objects.all().delete()
    visitor = Visitor(login_hint=email)
    before(visitor)
    began = time.perf_counter()
    act(visitor)
    return time.perf_counter() - began
