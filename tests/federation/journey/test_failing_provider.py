"""F-15, F-16: a FI that is down or slow, as a person of its domain and a person of another see it."""

import time
from collections.abc import Callable, Iterator
from contextlib import closing
from typing import Any

import pytest
from django.db.models import Sum

from federation import provider_state
from federation.models import Client, Provider, ProviderMinute
from federation.provider_state import Outcome
from federation.rp import metadata
from proconnect.kernel import outbound
from proconnect.kernel.outbound import bulkhead
from proconnect.kernel.outbound.breaker import FAILURES_TOLERATED
from tests.factories.federation import fi
from tests.federation.journey.conftest import DOMAIN, OTHER_DOMAIN, registered
from tests.federation.journey.trip import AGENT, code_on
from tests.mirrors.provider.double import DemoProvider
from tests.security.surfer import Surfer

DISCOVERY_FAILED = "Y020031"


@pytest.fixture(autouse=True)
def nothing_remembered() -> Iterator[None]:
    metadata.forget()
    with closing(outbound.gate()):
        yield
    outbound.gate.cache_clear()
    metadata.forget()


class Clock:
    ahead = 0.0

    def __call__(self) -> float:
        return time.monotonic() + self.ahead


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(bulkhead, "monotonic", clock)
    return clock


@pytest.fixture
def goes(service: Client) -> Callable[[str], tuple[Any, float]]:
    """What somebody of this domain is answered, and in how many seconds."""

    def go(domain: str) -> tuple[Any, float]:
        began = time.monotonic()
        answer = Surfer().goes_to(service, f"camille.durand@{domain}")
        return answer, time.monotonic() - began

    return go


def test_f15_a_fi_that_refuses_connections_is_named_with_its_support_within_three_seconds(
    goes: Callable[[str], tuple[Any, float]],
) -> None:
    fi(
        issuer="http://127.0.0.1:9",
        domains=[DOMAIN],
        title="Ministère des Exemples",
        support_email="aide@exemples.gouv.fr",
    )
    page, seconds = goes(DOMAIN)
    text = page.content.decode()
    assert code_on(page) == DISCOVERY_FAILED
    assert page.status_code == 502
    assert "Ministère des Exemples" in text
    assert "Ou écrivez à aide@exemples.gouv.fr." in text
    assert seconds <= 3


def test_f15_it_is_left_alone_for_thirty_seconds_then_tried_once_and_no_other_fi_suffers(
    goes: Callable[[str], tuple[Any, float]],
    clock: Clock,
    demo_provider: DemoProvider,
    other_provider: DemoProvider,
) -> None:
    registered(demo_provider, domains=[DOMAIN], title="Ministère des Exemples")
    registered(other_provider, domains=[OTHER_DOMAIN], title="Agence des Essais")
    demo_provider.misbehave(trouble={"discovery": {"kind": "truncated"}})
    for _ in range(FAILURES_TOLERATED + 3):
        page, _ = goes(DOMAIN)
        assert code_on(page) == DISCOVERY_FAILED
    assert len(demo_provider.received("discovery")) == FAILURES_TOLERATED
    answer, _ = goes(OTHER_DOMAIN)
    assert answer["Location"].startswith(other_provider.issuer)

    demo_provider.behave()
    page, _ = goes(DOMAIN)
    assert code_on(page) == DISCOVERY_FAILED
    clock.ahead = 30
    answer, _ = goes(DOMAIN)
    assert answer["Location"].startswith(demo_provider.issuer)


def counted(provider: Provider) -> tuple[int, int, int]:
    provider_state.flush()
    rows = ProviderMinute.objects.filter(provider=provider)
    sums = rows.aggregate(*(Sum(outcome.value) for outcome in Outcome))
    return sums["succeeded__sum"] or 0, sums["refused__sum"] or 0, sums["unreachable__sum"] or 0


def test_each_return_from_a_fi_is_counted(
    service: Client, ministry: Provider, demo_provider: DemoProvider
) -> None:
    def comes_back(**faults: Any) -> Surfer:
        demo_provider.misbehave(**faults)
        surfer = Surfer()
        surfer.goes_to(service, AGENT)
        surfer.open(demo_provider.sign_in(surfer.left_for))
        return surfer

    surfer = comes_back()
    assert counted(ministry) == (1, 0, 0)
    surfer.open(surfer.answers[-1].request["PATH_INFO"] + "?" + surfer.answers[-1].request["QUERY_STRING"])
    assert counted(ministry) == (1, 0, 0)  # a page that is reloaded is no return
    comes_back(id_token={"nonce": "another"})
    assert counted(ministry) == (1, 1, 0)
    comes_back(trouble={"token": {"kind": "html"}})
    assert counted(ministry) == (1, 1, 1)
