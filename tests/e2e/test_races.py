"""What only real processes show: many requests at the same instant."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import httpx

from tests.e2e.trips import OwnService, new_verifier
from tests.mirrors.browser import Browser
from tests.mirrors.stack import Stack

RUNNERS = 20


def test_s042_twenty_exchanges_of_one_code_give_one_token_that_a_replay_kills(stack: Stack) -> None:
    service, verifier, start = OwnService.of(stack), new_verifier(), Barrier(RUNNERS)
    with Browser() as browser:
        code = service.code(browser, verifier)

    def exchange(_: int) -> httpx.Response:
        with httpx.Client(timeout=30) as http:
            http.get(f"{stack.site}/livez")  # the connection is open before the race starts
            start.wait()
            return service.exchange(http, code, verifier)

    with ThreadPoolExecutor(RUNNERS) as runners:
        answers = list(runners.map(exchange, range(RUNNERS)))

    assert sorted(answer.status_code for answer in answers) == [200] + [400] * (RUNNERS - 1)
    assert {answer.json()["error"] for answer in answers if answer.status_code == 400} == {"invalid_grant"}
    (winner,) = (answer.json() for answer in answers if answer.status_code == 200)
    with httpx.Client() as http:
        assert service.userinfo(http, winner["access_token"]).status_code == 401


def test_one_callback_visited_twice_at_once_answers_once(stack: Stack) -> None:
    """A double click at the FI must not make two sessions, nor an error the person sees as theirs."""
    service, verifier, start = OwnService.of(stack), new_verifier(), Barrier(2)
    with Browser() as browser:
        page = browser.open(service.authorization_url(verifier))
        login = browser.submit(page, email="camille.durand@exemples.gouv.fr")
        callback = browser.submit(
            login, button="Camille Durand", stop_before=f"{stack.issuer}/oidc-callback"
        ).url

        def visit(_: int) -> httpx.Response:
            start.wait()
            return browser.client.get(callback)

        with ThreadPoolExecutor(2) as runners:
            answers = list(runners.map(visit, range(2)))

    answered = [
        answer for answer in answers if answer.headers.get("location", "").startswith(service.redirect_uri)
    ]
    assert len(answered) == 1
    assert all(answer.status_code < 500 for answer in answers)
