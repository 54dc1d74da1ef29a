from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
import time_machine
from django.test import Client
from pytest_django import DjangoAssertNumQueries, Settings

from proconnect.observability import health
from proconnect.platform.readiness import register_checks


class Broken(Exception):
    pass


def break_down() -> None:
    raise Broken("with a password in its text")


@pytest.fixture
def checks() -> Iterator[dict[str, health.Check]]:
    """The checks, restored after the test."""
    before = dict(health._checks)
    yield health._checks
    health._checks.clear()
    health._checks.update(before)


def test_a_live_process_says_ok_and_asks_nothing(
    client: Client, django_assert_num_queries: DjangoAssertNumQueries, db: None
) -> None:
    with django_assert_num_queries(0):
        response = client.get("/livez")
    assert (response.status_code, response.content, response["Content-Type"].partition(";")[0]) == (
        200,
        b"ok",
        "text/plain",
    )
    assert not response.cookies


def test_a_broken_check_does_not_kill_the_process(client: Client, checks: dict[str, health.Check]) -> None:
    checks["broken"] = break_down
    assert client.get("/livez").status_code == 200


@pytest.mark.django_db
class TestReadiness:
    def test_ready_means_the_database_answers(self, client: Client) -> None:
        response = client.get("/readyz")
        assert (response.status_code, response.content) == (200, b"ok")

    def test_what_is_not_vital_is_told_and_takes_nothing_away(
        self, client: Client, checks: dict[str, health.Check], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(health, "_advisory", {"relay"})
        checks.clear()
        checks["keys"] = lambda: None
        checks["relay"] = break_down
        assert client.get("/readyz").content == b"ok"
        verbose = client.get("/readyz?verbose")
        assert (verbose.status_code, verbose.content.splitlines()) == (
            200,
            [b"keys: ok", b"relay: error", b"ok"],
        )
        assert client.get("/readyz/relay").status_code == 503

    def test_verbose_is_one_line_per_check(self, client: Client, checks: dict[str, health.Check]) -> None:
        checks.clear()
        checks["keys"] = lambda: None
        checks["broken"] = break_down
        response = client.get("/readyz?verbose")
        assert response.status_code == 503
        assert response.content.decode().splitlines() == ["keys: ok", "broken: error", "error"]

    def test_a_failure_says_no_more_than_error(self, client: Client, checks: dict[str, health.Check]) -> None:
        checks["broken"] = break_down
        assert client.get("/readyz").content == b"error"

    def test_a_check_may_be_left_out(self, client: Client, checks: dict[str, health.Check]) -> None:
        checks["broken"] = break_down
        assert client.get("/readyz?exclude=nothing,broken").status_code == 200

    def test_one_check_may_be_asked_alone(self, client: Client, checks: dict[str, health.Check]) -> None:
        checks["broken"] = break_down
        assert client.get("/readyz/database").status_code == 200
        assert client.get("/readyz/broken").status_code == 503
        assert client.get("/readyz/unknown").status_code == 400

    def test_a_clock_that_drifted_is_not_ready(self, client: Client) -> None:
        with time_machine.travel(timedelta(seconds=6), tick=True):
            assert client.get("/readyz/clock").status_code == 503
        assert client.get("/readyz/clock").status_code == 200

    def test_a_store_kept_in_redis_is_checked(
        self, client: Client, settings: Settings, checks: dict[str, health.Check]
    ) -> None:
        settings.ENV = replace(settings.ENV, limiter_url="redis://127.0.0.1:1/0")
        register_checks()
        assert "limiter: error" in client.get("/readyz?verbose").content.decode()

    @pytest.mark.parametrize("method", ["post", "put", "delete"])
    def test_only_reading_is_possible(self, client: Client, method: str) -> None:
        assert getattr(client, method)("/readyz").status_code == 405
