"""A FS gives a token back (RFC 7009)."""

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

import pytest
from django.db import OperationalError, connection
from django.test import Client as Browser
from pytest_django import DjangoAssertNumQueries, DjangoCaptureOnCommitCallbacks
from structlog.testing import capture_logs

from federation.models import Account, Client, Grant
from federation.op import grants
from tests.factories.federation import SECRET, fs
from tests.federation.op.asking import ask, basic, read_userinfo, renew, tokens_of

REVOCATION = "/api/v2/token/revocation"


@pytest.fixture
def tokens(service: Client, agent: Account) -> dict[str, Any]:
    return tokens_of(service, agent)


def give_back(client: Client, token: str, **changes: str) -> Any:
    return ask({"token": token} | changes, headers=basic(client.client_id), path=REVOCATION)


def is_done(response: Any) -> bool:
    """The same whatever the token was."""
    assert response.content == b""
    assert response["Cache-Control"] == "no-store"  # S-050
    assert "Access-Control-Allow-Origin" not in response  # S-051
    assert not response.cookies
    return bool(response.status_code == 200)


def is_alive(access_token: str) -> bool:
    return bool(read_userinfo(access_token).status_code == 200)


@pytest.mark.parametrize("hint", [None, "access_token", "refresh_token", "nonsense"])
def test_an_access_token_given_back_dies_alone(
    service: Client, tokens: dict[str, Any], hint: str | None
) -> None:
    assert is_done(give_back(service, tokens["access_token"], **({"token_type_hint": hint} if hint else {})))
    assert not is_alive(tokens["access_token"])
    renewed = renew(service, tokens["refresh_token"])
    assert renewed.status_code == 200
    assert is_alive(renewed.json()["access_token"])


@pytest.mark.parametrize("hint", [None, "access_token", "refresh_token", "nonsense"])
def test_a_refresh_token_given_back_takes_its_family_along(
    service: Client, tokens: dict[str, Any], hint: str | None
) -> None:
    assert is_done(give_back(service, tokens["refresh_token"], **({"token_type_hint": hint} if hint else {})))
    assert not is_alive(tokens["access_token"])
    assert renew(service, tokens["refresh_token"]).json()["error"] == "invalid_grant"


def test_a_refresh_token_already_rotated_still_names_its_family(
    service: Client, tokens: dict[str, Any]
) -> None:
    renewed = renew(service, tokens["refresh_token"]).json()
    assert is_done(give_back(service, tokens["refresh_token"]))
    assert not is_alive(renewed["access_token"])


def test_what_was_given_back_may_be_given_back_again(service: Client, tokens: dict[str, Any]) -> None:
    for token in (tokens["access_token"], tokens["refresh_token"]):
        assert is_done(give_back(service, token))
        assert is_done(give_back(service, token))


def test_the_tokens_of_another_login_live_on(service: Client, agent: Account, tokens: dict[str, Any]) -> None:
    elsewhere = tokens_of(service, agent)
    give_back(service, tokens["refresh_token"])
    assert is_alive(elsewhere["access_token"])


@pytest.mark.parametrize(
    "token", ["unknown", "A" * 64, "A" * 8000, "é", "' OR 1=1 --", str(UUID(int=0)), "="]
)
def test_an_unknown_token_is_as_good_as_dead(service: Client, token: str) -> None:
    assert is_done(give_back(service, token))


@pytest.mark.parametrize("kind", ["access_token", "refresh_token"])
def test_s045_the_token_of_another_fs_lives_on_and_nothing_tells_so(
    service: Client, other_service: Client, tokens: dict[str, Any], kind: str
) -> None:
    assert is_done(give_back(other_service, tokens[kind]))
    assert is_alive(tokens["access_token"])
    assert renew(service, tokens["refresh_token"]).status_code == 200


@pytest.mark.parametrize("kind", ["access_token", "refresh_token"])
def test_s045_a_store_that_fails_is_never_a_success(
    service: Client, tokens: dict[str, Any], kind: str
) -> None:
    def fail(execute: Any, sql: str, *rest: Any) -> Any:
        if sql.lstrip().startswith("UPDATE federation_grant"):
            raise OperationalError("the server closed the connection")
        return execute(sql, *rest)

    with connection.execute_wrapper(fail):
        response = give_back(service, tokens[kind])
    assert response.status_code == 503
    assert response["Retry-After"]
    assert response["Cache-Control"] == "no-store"
    assert is_alive(tokens["access_token"])


def test_s045_who_is_not_known_gives_nothing_back(service: Client, tokens: dict[str, Any]) -> None:
    token = {"token": tokens["access_token"]}
    for form, headers in (
        (token, basic(service.client_id, "wrong")),
        (token, {}),
        (token | {"client_id": service.client_id}, {}),
        (token | {"client_id": service.client_id, "client_secret": SECRET}, {}),
    ):
        response = ask(form, headers=headers, path=REVOCATION)
        assert (response.status_code, response.json()["error"]) == (401, "invalid_client")
    assert is_alive(tokens["access_token"])


def test_s045_a_fs_may_post_its_secret(agent: Account) -> None:
    service = fs(token_endpoint_auth_method="client_secret_post")
    credentials = {"client_id": service.client_id, "client_secret": SECRET}
    form = {"grant_type": "authorization_code", "redirect_uri": service.redirect_uris, "code": "x"}
    assert ask(form | credentials).json()["error"] == "invalid_grant"
    assert is_done(ask({"token": "unknown"} | credentials, path=REVOCATION))


def test_s035_a_token_in_the_url_is_refused(service: Client, tokens: dict[str, Any]) -> None:
    path = f"{REVOCATION}?{urlencode({'token': tokens['access_token']})}"
    response = ask({"extra": "x"}, headers=basic(service.client_id), path=path)
    assert (response.status_code, response.json()["error"]) == (400, "invalid_request")
    assert is_alive(tokens["access_token"])


@pytest.mark.parametrize("form", [{"extra": "x"}, {"token": ""}, {"token": "a\x00"}, {"token": "a" * 9000}])
def test_a_spoiled_request_is_told_as_such(service: Client, form: dict[str, str]) -> None:
    response = ask(form, headers=basic(service.client_id), path=REVOCATION)
    assert (response.status_code, response.json()["error"]) == (400, "invalid_request")


@pytest.mark.parametrize("method", ["get", "put", "delete", "head", "options"])
def test_only_post_is_heard(db: None, method: str) -> None:
    response = getattr(Browser(), method)(REVOCATION)
    assert (response.status_code, response["Allow"]) == (405, "POST")


def test_it_costs_one_statement(
    service: Client, tokens: dict[str, Any], django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for kind in ("access_token", "refresh_token"):
        with django_assert_num_queries(1):
            assert is_done(give_back(service, tokens[kind]))


def test_what_is_given_back_leaves_a_trace_without_the_token(
    service: Client,
    tokens: dict[str, Any],
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    with capture_logs() as traces, django_capture_on_commit_callbacks(execute=True):
        give_back(service, tokens["access_token"])
        give_back(service, "unknown")
        ask({"extra": "x"}, headers=basic(service.client_id), path=REVOCATION)
    told = [trace for trace in traces if trace["event"].startswith("FS_")]
    assert [(trace["event"], trace["client_id"], trace.get("was_alive")) for trace in told] == [
        ("FS_REVOKED_TOKEN", service.client_id, "True"),
        ("FS_REVOKED_TOKEN", service.client_id, "False"),
        ("FS_REFUSED_TOKENS", service.client_id, None),
    ]
    assert told[2]["reason"] == "token is missing"
    assert tokens["access_token"] not in str(traces)


def test_a_family_given_back_is_purged_at_once(service: Client, tokens: dict[str, Any]) -> None:
    give_back(service, tokens["access_token"])
    assert grants.purge() == 0
    give_back(service, tokens["refresh_token"])
    assert grants.purge() == 1
    assert not Grant.objects.exists()
