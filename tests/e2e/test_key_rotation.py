"""Keys rotate while people sign in: no FS ever meets a signature it cannot verify."""

import time
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from threading import Event
from typing import Any

import httpx
from joserfc import jws, jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from tests.e2e.trips import OwnService, new_verifier
from tests.mirrors.browser import Browser
from tests.mirrors.stack import Stack

LOGINS_PER_SECOND = 10
BETWEEN_ROTATIONS = 4.0  # seconds; workers look at the configuration every two


@dataclass(slots=True)
class CarefulService:
    """A FS that keeps our JWKS, and asks for it again only when told: what one that caches it for hours sees."""

    issuer: str
    keys: KeySet = field(init=False)

    def __post_init__(self) -> None:
        self.learn()

    def learn(self) -> None:
        self.keys = KeySet.import_key_set(httpx.get(f"{self.issuer}/jwks").json())

    def kid_of(self, token: str) -> str:
        kid: str = jws.extract_compact(token.encode()).headers()["kid"]
        return kid

    def verifies(self, token: str) -> bool:
        try:
            jwt.decode(token, self.keys, algorithms=["ES256", "RS256"])
        except (JoseError, ValueError):
            return False
        return True


def test_rotating_twice_under_ten_logins_a_second_fails_no_verification(stack: Stack) -> None:
    service, verifier = OwnService.of(stack), new_verifier()
    careful = CarefulService(stack.issuer)
    stop, tokens = Event(), list[str]()

    with Browser() as browser, ThreadPoolExecutor(4) as runners:
        service.code(browser, verifier)  # signs in, once

        def sign_in() -> str:
            with httpx.Client(cookies=browser.client.cookies, follow_redirects=False, timeout=20) as http:
                left = http.get(service.authorization_url(verifier, prompt="none")).headers["location"]
                answer = service.exchange(http, httpx.URL(left).params["code"], verifier)
                assert answer.status_code == 200, answer.text
                id_token: str = answer.json()["id_token"]
                assert careful.verifies(id_token), jws.extract_compact(id_token.encode()).headers()
                return id_token

        def keep_on() -> None:
            asked: list[Future[str]] = []
            while not stop.is_set():
                asked.append(runners.submit(sign_in))
                time.sleep(1 / LOGINS_PER_SECOND)
            tokens.extend(each.result() for each in asked)

        with ThreadPoolExecutor(1) as pacing:
            going = pacing.submit(keep_on)
            time.sleep(1)
            for _ in range(2):
                stack.manage("keys", "rotate", "--at-once")
                time.sleep(BETWEEN_ROTATIONS)
                careful.learn()
            stop.set()
            going.result()

    assert len({careful.kid_of(token) for token in tokens}) == 3
    assert all(careful.verifies(token) for token in tokens), "tokens of retired keys still verify"


def test_the_list_of_keys_tells_their_states(stack: Stack) -> None:
    told = stack.manage("keys", "list")
    published: dict[str, Any] = httpx.get(f"{stack.issuer}/jwks").json()
    assert all(key["kid"] in told for key in published["keys"])
    assert all(state in told for state in ("active", "next"))
