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
from federation.op.limits import REFUSALS_PER_IP, Windows
from federation.registry import ClientRecord
from proconnect.platform.limiter import CALLS_PER_API_KEY, TOKENS_PER_CLIENT, Limit
from tests.factories.federation import fs
from tests.federation.op.asking import TOKEN, a_code, ask, basic, exchange, read_userinfo

ENDPOINTS = {
    TOKEN: TOKENS_PER_CLIENT,
    "/api/v2/token/revocation": CALLS_PER_API_KEY,
    "/api/v2/token/introspection": CALLS_PER_API_KEY,
}
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


def record_of(client: Client) -> ClientRecord:
    record = registry.find_client(client.client_id)
    assert record
    return record


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
    limit = ENDPOINTS[path]
    for _ in range(limit.count):
        limits.count_call(record_of(service), limit)
    assert is_too_many(ask(FORM, headers=basic(service.client_id), path=path), limit)
    assert not is_too_many(ask(FORM, headers=basic(other_service.client_id), path=path), limit)


def test_s052_a_code_that_came_too_early_is_still_good(
    service: Client, agent: Account, redis_url: str, settings: Settings
) -> None:
    server = in_redis(redis_url, settings)
    code = a_code(service, agent)
    for _ in range(TOKENS_PER_CLIENT.count):
        limits.count_call(record_of(service), TOKENS_PER_CLIENT)
    assert is_too_many(exchange(service, code), TOKENS_PER_CLIENT)
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
    for _ in range(TOKENS_PER_CLIENT.count):
        limits.count_call(record_of(service), TOKENS_PER_CLIENT)
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
    with django_assert_num_queries(2):
        tokens = exchange(service, code).json()
    asked = server.info("commandstats")
    assert isinstance(asked, dict)
    assert asked["cmdstat_evalsha"]["calls"] == 1
    assert read_userinfo(tokens["access_token"]).status_code == 200


def test_a_window_slides() -> None:
    times = iter([0.0, 6.0, 7.0, 9.9, 10.0, 15.9, 16.0, 16.0])
    windows, limit = Windows(lambda: next(times)), Limit(2, timedelta(seconds=10))
    seen = [windows.hit("fs", limit) for _ in range(7)]
    assert seen == [True, True, False, False, True, False, True]
    assert windows.hit("another", limit)
