from datetime import timedelta
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client as Browser
from django.utils import timezone
from joserfc import jwt
from joserfc.jwk import OctKey

from federation import registry
from federation.models import Account, Client
from tests.factories.federation import SECRET, fs
from tests.federation.op.asking import USERINFO, ask, pass_time, read_userinfo, tokens_of, verified


@pytest.fixture
def access_token(service: Client, agent: Account) -> str:
    token: str = tokens_of(service, agent)["access_token"]
    return token


def test_a_fs_reads_the_claims_of_its_grant_in_json(access_token: str, agent: Account) -> None:
    response = read_userinfo(access_token)
    assert response.status_code == 200
    assert response["Content-Type"] == "application/json"
    assert response["Cache-Control"] == "no-store"  # S-050
    assert "Access-Control-Allow-Origin" not in response
    assert not response.cookies
    assert response.json() == {"sub": str(agent.sub), "email": "camille.martin@example.gouv.fr"}


def test_s043_a_fs_that_wants_it_signed_reads_a_jwt_of_its_algorithm(agent: Account) -> None:
    for algorithm in ("ES256", "RS256"):
        service = fs(userinfo_signed_response_alg=algorithm)
        response = read_userinfo(tokens_of(service, agent)["access_token"])
        assert response["Content-Type"] == "application/jwt"
        assert response["Cache-Control"] == "no-store"
        claims = verified(response.content.decode(), algorithm)
        assert claims.keys() == {"sub", "email", "iss", "aud", "iat", "exp"}
        assert claims["iss"] == "http://localhost:8000/api/v2"
        assert claims["aud"] == service.client_id
        assert abs(claims["iat"] - timezone.now().timestamp()) < 5
        assert claims["exp"] > claims["iat"]


def test_a_fs_that_chose_hs256_checks_with_its_own_secret(agent: Account) -> None:
    service = fs(userinfo_signed_response_alg="HS256")
    response = read_userinfo(tokens_of(service, agent)["access_token"])
    claims = jwt.decode(response.content.decode(), OctKey.import_key(SECRET), ["HS256"]).claims
    assert claims["sub"] == str(agent.sub)


def test_the_token_may_be_posted(access_token: str) -> None:
    assert ask({"access_token": access_token}, path=USERINFO).status_code == 200


def test_the_token_may_be_in_the_header_of_a_post(access_token: str) -> None:
    assert Browser().post(USERINFO, headers={"Authorization": f"bearer {access_token}"}).status_code == 200


def test_s042_a_token_in_the_url_is_refused(access_token: str) -> None:
    response = Browser().get(USERINFO, {"access_token": access_token})
    assert response.status_code == 400
    assert response.json()["error"] == "invalid_request"


def test_a_token_given_twice_is_refused(access_token: str) -> None:
    headers = {"Authorization": f"Bearer {access_token}"}
    response = ask({"access_token": access_token}, headers=headers, path=USERINFO)
    assert response.status_code == 400


@pytest.mark.parametrize("authorization", [None, "", "Bearer", "Bearer ", "Basic dTpw"])
def test_without_a_token_the_answer_only_says_one_is_needed(db: None, authorization: str | None) -> None:
    headers = {} if authorization is None else {"Authorization": authorization}
    response = Browser().get(USERINFO, headers=headers)
    assert response.status_code == 401
    assert response["WWW-Authenticate"] == 'Bearer realm="ProConnect"'  # RFC 6750 3.1


@pytest.mark.parametrize("token", ["unknown", "a" * 8000, "' OR 1=1 --", "é"])
def test_s042_a_token_that_is_none_of_ours_is_refused(db: None, token: str) -> None:
    assert is_dead(read_userinfo(token))


def test_s042_an_expired_token_is_refused(access_token: str) -> None:
    pass_time(timedelta(hours=1))
    assert is_dead(read_userinfo(access_token))


def test_s041_a_blocked_account_is_read_no_more(access_token: str, agent: Account) -> None:
    Account.objects.filter(pk=agent.pk).update(blocked_at=timezone.now())
    assert is_dead(read_userinfo(access_token))


def test_a_fs_out_of_service_reads_no_more(access_token: str, service: Client) -> None:
    Client.objects.filter(pk=service.pk).update(is_active=False)
    assert is_dead(read_userinfo(access_token))


def test_s048_a_scope_taken_from_the_fs_since_is_read_no_more(
    access_token: str, service: Client, agent: Account
) -> None:
    Client.objects.filter(pk=service.pk).update(scopes=["openid", "siret"])
    registry.look_again()
    assert read_userinfo(access_token).json() == {"sub": str(agent.sub)}


def test_a_refresh_token_or_an_id_token_opens_nothing(service: Client, agent: Account) -> None:
    tokens = tokens_of(service, agent)
    assert is_dead(read_userinfo(tokens["refresh_token"]))
    assert is_dead(read_userinfo(tokens["id_token"]))


def test_userinfo_hears_get_and_post_alone(db: None) -> None:
    response = Browser().put(USERINFO)
    assert response.status_code == 405
    assert response["Allow"] == "GET, POST"


def is_dead(response: Any) -> bool:
    assert isinstance(response, HttpResponse)
    assert response["Cache-Control"] == "no-store"
    assert 'error="invalid_token"' in response["WWW-Authenticate"]
    return response.status_code == 401
