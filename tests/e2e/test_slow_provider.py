"""F-16, R-22: a FI that is slow, and stormed, holds few of the server's threads; people of another FI do not wait."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import httpx
import pytest

from tests.e2e.trips import OwnService, new_verifier, sign_in_at_the_ministry
from tests.mirrors.browser import Browser, Page
from tests.mirrors.stack import Stack

STORM = 24  # returns at once; the site has sixteen threads
ANSWERS_IN = 4.5  # seconds
RESTING = "Y020031"


@pytest.fixture
def slow_ministry(stack: Stack) -> Iterator[Stack]:
    stack.order(stack.ministry, faults={"trouble": {"token": {"kind": "slow", "value": ANSWERS_IN}}})
    yield stack
    stack.order(stack.ministry, faults=None)
    stack.kill_workers()  # those that take their place remember nothing of a slow FI
    deadline = time.monotonic() + 20
    while not _is_ready(stack) and time.monotonic() < deadline:
        time.sleep(0.1)


def _is_ready(stack: Stack) -> bool:
    try:
        return httpx.get(f"{stack.site}/readyz").status_code == 200
    except httpx.HTTPError:
        return False


def on_the_way_back(browser: Browser, stack: Stack) -> str:
    """Somebody authenticated at the ministry: the address of ours that it sends them to."""
    page = browser.open(OwnService.of(stack).authorization_url(new_verifier()))
    return sign_in_at_the_ministry(browser, page, stop_before=f"{stack.issuer}/oidc-callback").url


def timed(browser: Browser, callback: str, service: str) -> tuple[Page, float]:
    began = time.monotonic()
    page = browser.open(callback, stop_before=service)
    return page, time.monotonic() - began


def signs_in_at_the_agency(stack: Stack) -> float:
    with Browser() as browser:
        began = time.monotonic()
        page = browser.open(f"{stack.agents}/connexion")
        page = browser.submit(page, email="charlie.roux@essais.gouv.fr")
        page = browser.submit(page, button="Charlie Roux")
        assert page.url == f"{stack.agents}/moi", page.words[:2000]
        return time.monotonic() - began


def test_f16_a_slow_provider_holds_few_threads_and_says_so_at_once(slow_ministry: Stack) -> None:
    stack = slow_ministry
    service = OwnService.of(stack).redirect_uri
    with ExitStack() as open_ones, ThreadPoolExecutor(STORM) as hands:
        browsers = [open_ones.enter_context(Browser()) for _ in range(STORM)]
        callbacks = [on_the_way_back(browser, stack) for browser in browsers]
        storm = hands.map(timed, browsers, callbacks, [service] * STORM)
        time.sleep(1)
        others = [signs_in_at_the_agency(stack) for _ in range(3)]
        ends = list(storm)
    refused = [seconds for page, seconds in ends if RESTING in page.text]
    entered = [seconds for page, seconds in ends if page.url.startswith(service)]
    assert len(refused) + len(entered) == STORM
    assert entered, "the slow FI still serves some"
    assert len(refused) >= STORM / 2
    assert max(refused) < ANSWERS_IN
    assert max(others) < ANSWERS_IN / 2, "nobody of another FI waited for its threads"
