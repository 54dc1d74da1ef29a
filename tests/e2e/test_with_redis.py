"""The same trips where the stores are in Redis; elsewhere in this folder PostgreSQL holds them all."""

import os
from collections.abc import Iterator
from uuid import uuid4

import pytest

from tests.e2e.trips import AGENT, OwnService, new_verifier, sign_in_at_the_ministry
from tests.mirrors.browser import Browser
from tests.mirrors.stack import Stack, own_database, running_stack

pytestmark = pytest.mark.needs("redis-server")


@pytest.fixture(scope="module")
def stack_with_redis(redis_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    with (
        own_database(os.environ["DATABASE_URL"], f"redis_stack_{os.getpid()}") as database_url,
        running_stack(tmp_path_factory.mktemp("redis"), database_url, redis_url) as stack,
    ):
        yield stack


def test_an_agent_signs_in_enters_a_second_service_and_signs_out(stack_with_redis: Stack) -> None:
    stack = stack_with_redis
    with Browser() as browser:
        page = sign_in_at_the_ministry(browser, browser.open(f"{stack.everybody}/connexion"))
        assert page.url == f"{stack.everybody}/moi"
        assert f">{AGENT}<" in page.text
        assert browser.open(f"{stack.agents}/connexion").url == f"{stack.agents}/moi"
        page = browser.submit(browser.open(f"{stack.everybody}/moi"), button="Se déconnecter")
        assert page.url.startswith(f"{stack.everybody}/deconnexion/retour?state=")
        assert browser.open(f"{stack.agents}/connexion").url.startswith(stack.issuer)


def test_a_newcomer_opens_an_account_and_enters(stack_with_redis: Stack) -> None:
    stack, newcomer = stack_with_redis, f"ines.{uuid4().hex[:8]}@menuiserie-bonbois.example"
    with Browser() as browser:
        page = browser.submit(browser.open(f"{stack.everybody}/connexion"), email=newcomer)
        page = browser.submit(page, button="Créer un compte")
        page = browser.submit(page, code=stack.wait_for_code(newcomer))
        page = browser.submit(
            page, given_name="Inès", usual_name="Ferrand", password="un rabot et trois copeaux dorés"
        )
        page = browser.submit(page, q="90299992900018")
        page = browser.submit(page, button="Oui, continuer")
        assert page.url == f"{stack.everybody}/moi"
        assert f">{newcomer}<" in page.text


def test_one_code_is_exchanged_once(stack_with_redis: Stack) -> None:
    service, verifier = OwnService.of(stack_with_redis), new_verifier()
    with Browser() as browser:
        code = service.code(browser, verifier)
        assert service.exchange(browser.client, code, verifier).status_code == 200
        assert service.exchange(browser.client, code, verifier).json()["error"] == "invalid_grant"
