"""A FD asks what a token is worth (RFC 7662, RFC 9701)."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.db import OperationalError, connection
from django.test import Client as Browser
from django.utils import timezone
from joserfc import jws, jwt
from joserfc.jwk import OctKey
from pytest_django import DjangoAssertNumQueries, DjangoCaptureOnCommitCallbacks
from structlog.testing import capture_logs

from federation import endings, registry
from federation.endings import Ending
from federation.models import Account, Client, Grant
from tests.factories import federation
from tests.factories.federation import SCOPES, SECRET, fd, fs
from tests.federation.op.asking import (
    USERINFO,
    a_code,
    ask,
    basic,
    exchange,
    pass_time,
    read_userinfo,
    renew,
    tokens_of,
    verified,
)

INTROSPECTION = "/api/v2/token/introspection"
REVOCATION = "/api/v2/token/revocation"
ISSUER = "http://localhost:8000/api/v2"
JWT = "application/token-introspection+jwt"
NOT_ACTIVE = {"active": False}


@pytest.fixture
def service(db: None) -> Client:
    return fs(scopes=[*SCOPES, "impots", "impots_revenus", "cadastre"])


@pytest.fixture
def taxes(db: None) -> Client:
    return fd(scopes=["impots", "impots_revenus"])


@pytest.fixture
def tokens(service: Client, agent: Account) -> dict[str, Any]:
    return tokens_of(service, agent, scopes=("openid", "email", "impots", "cadastre"))


@pytest.fixture
def token(tokens: dict[str, Any]) -> str:
    return str(tokens["access_token"])


def look_at(caller: Client, token: str, *, accept: str = "", **changes: str) -> Any:
    headers = basic(caller.client_id) | ({"Accept": accept} if accept else {})
    return ask({"token": token} | changes, headers=headers, path=INTROSPECTION)


def told(response: Any) -> dict[str, Any]:
    assert response.status_code == 200
    assert response["Content-Type"] == "application/json"
    assert response["Cache-Control"] == "no-store"  # S-050
    assert "Access-Control-Allow-Origin" not in response  # S-051
    assert not response.cookies
    answer: dict[str, Any] = response.json()
    return answer


def test_a_fd_learns_whom_the_token_is_about_and_what_it_may_give(
    service: Client, taxes: Client, agent: Account, token: str
) -> None:
    seen = told(look_at(taxes, token))
    now = timezone.now().timestamp()
    assert abs(seen.pop("iat") - now) < 5
    assert abs(seen.pop("exp") - now - 3600) < 5
    assert seen == {
        "active": True,
        "sub": str(agent.sub),
        "client_id": service.client_id,
        "scope": "impots",
        "iss": ISSUER,
        "aud": taxes.client_id,
        "token_type": "Bearer",
        "acr": "eidas1",
    }


@pytest.mark.parametrize("hint", ["access_token", "refresh_token", "nonsense"])
def test_a_hint_changes_nothing(taxes: Client, token: str, hint: str) -> None:
    assert told(look_at(taxes, token, token_type_hint=hint))["active"] is True


# S-044: whose business it is


def test_s044_a_fd_sees_only_its_own_scopes(service: Client, agent: Account, taxes: Client) -> None:
    land = fd(scopes=["cadastre"])
    token = tokens_of(service, agent, scopes=("openid", "impots", "impots_revenus", "cadastre"))[
        "access_token"
    ]
    assert told(look_at(taxes, token))["scope"] == "impots impots_revenus"
    assert told(look_at(land, token))["scope"] == "cadastre"


def test_s044_a_token_without_a_scope_of_this_fd_is_not_active_there(
    service: Client, agent: Account, taxes: Client, token: str
) -> None:
    assert told(look_at(fd(scopes=["sante"]), token)) == NOT_ACTIVE
    assert told(look_at(fd(scopes=[]), token)) == NOT_ACTIVE
    for_itself = tokens_of(service, agent, scopes=("openid", "email"))["access_token"]
    assert told(look_at(taxes, for_itself)) == NOT_ACTIVE


def test_s044_a_fs_learns_nothing_of_any_token_its_own_included(
    service: Client, other_service: Client, token: str
) -> None:
    assert told(look_at(service, token)) == NOT_ACTIVE
    assert told(look_at(other_service, token)) == NOT_ACTIVE


def test_s044_a_fs_that_gives_itself_the_scope_of_a_fd_learns_nothing(token: str) -> None:
    assert told(look_at(fs(scopes=[*SCOPES, "impots"]), token)) == NOT_ACTIVE


def test_s044_no_fd_owns_what_userinfo_tells(token: str) -> None:
    assert told(look_at(fd(scopes=["openid", "email", "profile"]), token)) == NOT_ACTIVE


def test_s044_a_scope_taken_from_the_fs_is_good_no_more(service: Client, taxes: Client, token: str) -> None:
    Client.objects.filter(pk=service.pk).update(scopes=SCOPES)
    registry.look_again()
    assert told(look_at(taxes, token)) == NOT_ACTIVE


def test_s044_who_is_not_known_learns_nothing(taxes: Client, token: str) -> None:
    for form, headers in (
        ({"token": token}, basic(taxes.client_id, "wrong")),
        ({"token": token}, {}),
        ({"token": token}, {"Authorization": f"Bearer {token}"}),
        ({"token": token, "client_id": taxes.client_id}, {}),
    ):
        response = ask(form, headers=headers, path=INTROSPECTION)
        assert (response.status_code, response.json()["error"]) == (401, "invalid_client")


def test_s044_a_fd_may_post_its_secret(token: str) -> None:
    taxes = fd(scopes=["impots"], token_endpoint_auth_method="client_secret_post")
    form = {"token": token, "client_id": taxes.client_id, "client_secret": SECRET}
    assert told(ask(form, path=INTROSPECTION))["active"] is True


def test_a_fd_out_of_service_is_not_known(taxes: Client, token: str) -> None:
    Client.objects.filter(pk=taxes.pk).update(is_active=False)
    registry.look_again()
    assert look_at(taxes, token).status_code == 401


# What is dead


@pytest.mark.parametrize("text", ["unknown", "A" * 64, "A" * 8000, "é", "' OR 1=1 --", "="])
def test_an_unknown_token_is_not_active(taxes: Client, text: str) -> None:
    assert told(look_at(taxes, text)) == NOT_ACTIVE


def test_neither_a_refresh_token_nor_an_id_token_nor_a_code_is_active(
    service: Client, agent: Account, taxes: Client, tokens: dict[str, Any]
) -> None:
    code = a_code(service, agent, scopes=("openid", "impots"))
    for text in (tokens["refresh_token"], tokens["id_token"], code):
        assert told(look_at(taxes, text)) == NOT_ACTIVE


def test_an_expired_token_is_not_active(taxes: Client, token: str) -> None:
    pass_time(timedelta(hours=1))
    assert told(look_at(taxes, token)) == NOT_ACTIVE


def test_s041_the_token_of_a_blocked_account_is_not_active(taxes: Client, agent: Account, token: str) -> None:
    Account.objects.filter(pk=agent.pk).update(blocked_at=timezone.now())
    assert told(look_at(taxes, token)) == NOT_ACTIVE


def test_the_token_of_a_fs_out_of_service_is_not_active(service: Client, taxes: Client, token: str) -> None:
    Client.objects.filter(pk=service.pk).update(is_active=False)  # this process has not looked again yet
    assert told(look_at(taxes, token)) == NOT_ACTIVE


def test_a_token_given_back_is_not_active(service: Client, taxes: Client, token: str) -> None:
    ask({"token": token}, headers=basic(service.client_id), path=REVOCATION)
    assert told(look_at(taxes, token)) == NOT_ACTIVE


def test_a_token_dies_with_its_session(taxes: Client, tokens: dict[str, Any]) -> None:
    endings.end_session(verified(tokens["id_token"])["sid"], Ending.SIGNED_OUT)
    assert told(look_at(taxes, tokens["access_token"])) == NOT_ACTIVE


def test_a_token_dies_when_its_code_is_replayed(service: Client, agent: Account, taxes: Client) -> None:
    code = a_code(service, agent, scopes=("openid", "impots"))
    token = exchange(service, code).json()["access_token"]
    assert told(look_at(taxes, token))["active"] is True
    exchange(service, code)
    assert told(look_at(taxes, token)) == NOT_ACTIVE


# Its times


def test_a_renewed_token_tells_its_own_times(service: Client, taxes: Client, tokens: dict[str, Any]) -> None:
    pass_time(timedelta(minutes=30))
    Grant.objects.update(consumed_at=timezone.now() - timedelta(minutes=30))
    renewed = renew(service, tokens["refresh_token"]).json()
    assert told(look_at(taxes, tokens["access_token"])) == NOT_ACTIVE
    seen = told(look_at(taxes, renewed["access_token"]))
    assert abs(seen["iat"] - timezone.now().timestamp()) < 5
    assert seen["exp"] - seen["iat"] == 3600


def test_a_token_that_ends_with_its_session_still_tells_when_it_began(
    service: Client, taxes: Client, agent: Account
) -> None:
    near = timezone.now() + timedelta(minutes=10)
    token = tokens_of(service, agent, scopes=("openid", "impots"), session_ends_at=near)["access_token"]
    seen = told(look_at(taxes, token))
    assert abs(seen["iat"] - timezone.now().timestamp()) < 5
    assert seen["exp"] == int(near.timestamp())


# Signed


@pytest.mark.parametrize("algorithm", ["ES256", "RS256"])
@pytest.mark.parametrize("accept", [JWT, f"{JWT}, application/json;q=0.5"])
def test_a_fd_that_registered_how_may_have_it_signed(token: str, algorithm: str, accept: str) -> None:
    taxes = fd(scopes=["impots"], introspection_signed_response_alg=algorithm)
    response = look_at(taxes, token, accept=accept)
    assert response.status_code == 200
    assert response["Content-Type"] == JWT
    assert response["Cache-Control"] == "no-store"  # S-050
    text = response.content.decode()
    header = jws.extract_compact(text.encode()).headers()
    assert header["typ"] == "token-introspection+jwt"
    claims = verified(text, algorithm)
    assert claims.keys() == {"iss", "aud", "iat", "token_introspection"}
    assert (claims["iss"], claims["aud"]) == (ISSUER, taxes.client_id)
    assert abs(claims["iat"] - timezone.now().timestamp()) < 5
    assert claims["token_introspection"] == told(look_at(taxes, token))


def test_with_hs256_the_key_is_the_secret_of_the_fd(token: str) -> None:
    taxes = fd(scopes=["impots"], introspection_signed_response_alg="HS256")
    text = look_at(taxes, token, accept=JWT).content.decode()
    claims = jwt.decode(text, OctKey.import_key(SECRET), ["HS256"]).claims
    assert claims["token_introspection"]["active"] is True


def test_a_token_that_is_not_active_is_signed_too(db: None) -> None:
    taxes = fd(scopes=["impots"], introspection_signed_response_alg="ES256")
    text = look_at(taxes, "unknown", accept=JWT).content.decode()
    assert verified(text)["token_introspection"] == NOT_ACTIVE


def test_it_comes_in_json_to_who_did_not_ask_or_did_not_register(taxes: Client, token: str) -> None:
    assert told(look_at(taxes, token, accept=JWT))["active"] is True
    registered = fd(scopes=["impots"], introspection_signed_response_alg="ES256")
    for accept in ("", "*/*", "application/json", "application/jwt"):
        assert told(look_at(registered, token, accept=accept))["active"] is True


def test_a_signed_answer_opens_nothing(token: str) -> None:
    taxes = fd(scopes=["impots"], introspection_signed_response_alg="ES256")
    text = look_at(taxes, token, accept=JWT).content.decode()
    assert Browser().get(USERINFO, headers={"Authorization": f"Bearer {text}"}).status_code == 401


# How it is asked


def test_s035_a_token_in_the_url_is_refused(taxes: Client, token: str) -> None:
    response = ask({"extra": "x"}, headers=basic(taxes.client_id), path=f"{INTROSPECTION}?token={token}")
    assert (response.status_code, response.json()["error"]) == (400, "invalid_request")


@pytest.mark.parametrize("form", [{"extra": "x"}, {"token": ""}, {"token": "a\x00"}, {"token": "a" * 9000}])
def test_a_spoiled_request_is_told_as_such(taxes: Client, form: dict[str, str]) -> None:
    response = ask(form, headers=basic(taxes.client_id), path=INTROSPECTION)
    assert (response.status_code, response.json()["error"]) == (400, "invalid_request")


@pytest.mark.parametrize("method", ["get", "put", "delete", "head", "options"])
def test_only_post_is_heard(db: None, method: str) -> None:
    response = getattr(Browser(), method)(INTROSPECTION)
    assert (response.status_code, response["Allow"]) == (405, "POST")


def test_a_store_that_fails_answers_neither_yes_nor_no(taxes: Client, token: str) -> None:
    def fail(execute: Any, sql: str, *rest: Any) -> Any:
        if "access_hash" in sql:
            raise OperationalError("the server closed the connection")
        return execute(sql, *rest)

    with connection.execute_wrapper(fail):
        response = look_at(taxes, token)
    assert response.status_code == 503
    assert "active" not in response.json()


def test_it_costs_one_statement(
    taxes: Client, token: str, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    look_at(taxes, token)
    with django_assert_num_queries(1):
        assert told(look_at(taxes, token))["active"] is True


def test_each_question_leaves_a_trace_without_the_token(
    service: Client,
    taxes: Client,
    token: str,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    with capture_logs() as traces, django_capture_on_commit_callbacks(execute=True):
        look_at(taxes, token)
        look_at(taxes, "unknown")
    seen = [trace for trace in traces if trace["event"] == "FD_INTROSPECTED"]
    assert [(trace["client_id"], trace.get("about"), trace["active"]) for trace in seen] == [
        (taxes.client_id, service.client_id, "True"),
        (taxes.client_id, None, "False"),
    ]
    assert token not in str(traces)


def test_the_scope_of_a_fd_is_granted_to_the_fs_that_asks_it(service: Client, agent: Account) -> None:
    query = {
        "response_type": "code",
        "client_id": service.client_id,
        "redirect_uri": service.redirect_uris,
        "scope": "openid impots sante",
        "prompt": "none",
    }
    assert "error=login_required" in Browser().get("/api/v2/authorize", query)["Location"]
    refused = Browser().get("/api/v2/authorize", query | {"scope": "openid siren"})["Location"]
    assert "error=invalid_scope" in refused


@pytest.mark.django_db(transaction=True)
def test_a_token_given_back_while_fds_ask_is_never_active_again() -> None:
    service = fs(scopes=[*SCOPES, "impots"])
    taxes = fd(scopes=["impots"])
    agent = federation.account(at=federation.fi())
    token = tokens_of(service, agent, scopes=("openid", "impots"))["access_token"]

    def watch(_: int) -> list[bool]:
        try:
            return [told(look_at(taxes, token))["active"] for _ in range(8)]
        finally:
            connection.close()

    def give_back() -> list[bool]:
        try:
            ask({"token": token}, headers=basic(service.client_id), path=REVOCATION)
            return [told(look_at(taxes, token))["active"]]
        finally:
            connection.close()

    with ThreadPoolExecutor(5) as threads:
        watchers = threads.map(watch, range(4))
        assert threads.submit(give_back).result() == [False]
        for seen in watchers:
            assert seen == sorted(seen, reverse=True)  # active, then not, never back
    assert read_userinfo(token).status_code == 401
