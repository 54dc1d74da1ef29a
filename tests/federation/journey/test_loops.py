"""F-31: a FS that loops is stopped by a page that explains; people who click are not."""

from datetime import timedelta

import pytest
import time_machine
from django.core import mail
from django.utils import timezone

from federation import registry
from federation.models import Client
from proconnect.platform import outbox
from tests.factories.federation import fs
from tests.federation.journey.conftest import DOMAIN, authorize_url, registered
from tests.federation.journey.trip import AGENT
from tests.mirrors.provider.double import DemoProvider
from tests.security.surfer import Surfer


@pytest.fixture
def surfer(service: Client, demo_provider: DemoProvider) -> Surfer:
    """A browser with an open session."""
    registered(demo_provider, domains=[DOMAIN])
    surfer = Surfer()
    surfer.goes_to(fs(), AGENT)
    surfer.open(demo_provider.sign_in(surfer.left_for))
    return surfer


@pytest.fixture
def loops(surfer: Surfer, service: Client) -> Surfer:
    for _ in range(5):
        surfer.open(authorize_url(service))
        assert surfer.told["code"]
    return surfer


def test_f31_the_sixth_passage_in_thirty_seconds_ends_on_a_page(loops: Surfer, service: Client) -> None:
    loops.open(authorize_url(service))
    assert loops.error_code == "Y030429"
    assert loops.response.status_code == 429
    assert service.name in loops.text


def test_f31_the_service_is_told_once_a_day(loops: Surfer, service: Client) -> None:
    Client.objects.filter(pk=service.pk).update(support_email="aide@service.exemple.fr")
    registry.look_again()
    for _ in range(3):
        loops.open(authorize_url(service))
    outbox.drain()
    assert [message.to for message in mail.outbox] == [["aide@service.exemple.fr"]]


def test_f31_half_a_minute_later_the_person_enters(loops: Surfer, service: Client) -> None:
    with time_machine.travel(timezone.now() + timedelta(seconds=31), tick=False):
        loops.open(authorize_url(service))
    assert loops.told["code"]


def test_f31_another_service_is_not_counted_with_it(loops: Surfer) -> None:
    loops.open(authorize_url(fs()))
    assert loops.told["code"]


def test_f31_another_browser_is_not_counted_with_it(loops: Surfer, service: Client) -> None:
    other = Surfer()
    other.open(authorize_url(service))
    assert other.response.status_code == 200


def test_f31_l4_a_silent_request_never_shows_the_page(loops: Surfer, service: Client) -> None:
    for _ in range(3):
        loops.open(authorize_url(service, prompt="none"))
        assert loops.told["code"]


@pytest.mark.parametrize(
    "forged", ["", "999", "x.y", "-1.1", "9999.9999999999", "5.9999999999", "5.0000000001"]
)
def test_f31_a_forged_count_harms_nobody(surfer: Surfer, service: Client, forged: str) -> None:
    surfer.open(authorize_url(service))
    name = next(name for name in surfer.browser.cookies if "passages" in name)
    surfer.browser.cookies[name] = forged
    surfer.open(authorize_url(service))
    assert surfer.told["code"]
