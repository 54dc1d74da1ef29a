"""S-052: a flood is answered 429, and tells nothing of who exists."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import redis
from pytest_django import DjangoAssertNumQueries, DjangoCaptureOnCommitCallbacks, Settings
from structlog.testing import capture_logs

from federation import registry
from federation.models import Account, Client
from federation.op import limits
from federation.op.limits import REFUSALS_PER_IP, Windows, calls_per_client
from proconnect.platform.limiter import Limit
from tests.factories.federation import fs
from tests.federation.op.asking import TOKEN, a_code, ask, basic, exchange, read_userinfo

ENDPOINTS = (TOKEN, "/api/v2/token/revocation", "/api/v2/token/introspection")
FORM = {"grant_type": "authorization_code", "code": "unknown", "token": "unknown"}


@pytest.fixture(params=["in this process", "redis"])
def either_place(request: pytest.FixtureRequest, settings: Settings) -> None:
    if request.param == "redis":
        in_redis(request.getfixturevalue("redis_url"), settings)


def in_redis(url: str, settings: Settings) -> "redis.Redis":
    settings.ENV = replace(settings.ENV, limiter_url=url)
    server = redis.Redis.from_url(url)
    server.flushall()
    return server


def flood(client: Client) -> None:
    """As many calls as it may make at once."""
    record = registry.find_client(client.client_id)
    assert record
    for _ in range(calls_per_client().count):
        limits.count_call(record)


def is_too_many(response: Any, limit: Limit) -> bool:
    assert response["Cache-Control"] == "no-store"
    if response.status_code != 429:
        return False
    assert response["Content-Type"] == "application/json"
    assert response.json() == {"error": "temporarily_unavailable", "error_description": "too many calls"}
    assert int(response["Retry-After"]) == round(limit.per.total_seconds())
    return True


@pytest.mark.usefixtures("either_place")
@pytest.mark.parametrize("path", ENDPOINTS)
def test_s052_a_fs_that_floods_waits_and_the_others_do_not(
    service: Client, other_service: Client, path: str
) -> None:
    flood(service)
    assert is_too_many(ask(FORM, headers=basic(service.client_id), path=path), calls_per_client())
    assert not is_too_many(ask(FORM, headers=basic(other_service.client_id), path=path), calls_per_client())


def test_s052_a_code_that_came_too_early_is_still_good(
    service: Client, agent: Account, redis_url: str, settings: Settings
) -> None:
    server = in_redis(redis_url, settings)
    code = a_code(service, agent)
    flood(service)
    assert is_too_many(exchange(service, code), calls_per_client())
    server.flushall()  # two seconds later
    assert exchange(service, code).status_code == 200


@pytest.mark.usefixtures("either_place")
@pytest.mark.parametrize("path", ENDPOINTS)
def test_s052_refusals_are_counted_by_address_whoever_is_named(
    service: Client, agent: Account, path: str
) -> None:
    wrong = [basic(service.client_id, "wrong"), basic("nobody", "wrong"), {}]
    for number in range(REFUSALS_PER_IP.count):
        assert ask(FORM, headers=wrong[number % 3], path=path).status_code == 401
    answers = [ask(FORM, headers=headers, path=path) for headers in wrong]
    assert all(is_too_many(answer, REFUSALS_PER_IP) for answer in answers)
    assert len({answer.content for answer in answers}) == 1
    assert exchange(service, a_code(service, agent)).status_code == 200  # who proves itself is heard


@pytest.mark.usefixtures("either_place")
def test_s052_good_calls_never_count_against_an_address(service: Client) -> None:
    for number in range(REFUSALS_PER_IP.count + 5):
        caller = service if number % 2 else fs()
        assert exchange(caller, "unknown").status_code == 400
    assert ask(FORM, headers=basic(service.client_id, "wrong")).status_code == 401


def test_s052_a_flood_leaves_its_trace(
    service: Client, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    flood(service)
    with capture_logs() as traces, django_capture_on_commit_callbacks(execute=True):
        exchange(service, "unknown")
    [trace] = [trace for trace in traces if trace["event"] == "FS_REFUSED_TOKENS"]
    assert (trace["client_id"], trace["reason"]) == (service.client_id, "too many calls")


def test_counting_costs_one_operation_of_redis_and_no_statement(
    service: Client,
    agent: Account,
    redis_url: str,
    settings: Settings,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    server = in_redis(redis_url, settings)
    exchange(service, a_code(service, agent))  # FS, keys and script are now known
    code = a_code(service, agent)
    server.config_resetstat()
    with django_assert_num_queries(1):
        tokens = exchange(service, code).json()
    asked = server.info("commandstats")
    assert isinstance(asked, dict)
    assert asked["cmdstat_evalsha"]["calls"] == 1
    assert read_userinfo(tokens["access_token"]).status_code == 200


def test_a_deployment_says_how_many_calls_are_too_many(service: Client, settings: Settings) -> None:
    settings.ENV = replace(settings.ENV, client_calls_per_second=1)
    assert [exchange(service, "unknown").status_code for _ in range(3)] == [400, 400, 429]


def test_a_window_slides() -> None:
    times = iter([0.0, 6.0, 7.0, 9.9, 10.0, 15.9, 16.0, 16.0])
    windows, limit = Windows(lambda: next(times)), Limit(2, timedelta(seconds=10))
    seen = [windows.hit("fs", limit) for _ in range(7)]
    assert seen == [True, True, False, False, True, False, True]
    assert windows.hit("another", limit)


def test_f11_who_proves_itself_is_served_while_redis_is_stopped(
    service: Client, other_service: Client, agent: Account, settings: Settings
) -> None:
    settings.ENV = replace(settings.ENV, limiter_url="redis://127.0.0.1:1/0")
    assert exchange(service, a_code(service, agent)).status_code == 200
    flood(other_service)
    assert is_too_many(ask(FORM, headers=basic(other_service.client_id)), calls_per_client())
    assert ask(FORM, headers=basic(service.client_id, "wrong")).status_code == 503
