import base64
import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any
from urllib.parse import quote_plus, urlencode
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client as Browser
from django.utils import timezone
from joserfc import jwt
from joserfc.jwk import OctKey

from federation import endings, registry
from federation.endings import Ending
from federation.models import Account, Client, Connection, Grant, Provider
from federation.op import grants
from federation.registry import client_secrets
from tests.factories import federation
from tests.factories.federation import SECRET, fs
from tests.federation.op.asking import (
    CHALLENGE,
    TOKEN,
    VERIFIER,
    a_code,
    ask,
    at_hash,
    basic,
    exchange,
    new_grant,
    pass_time,
    read_userinfo,
    renew,
    tokens_of,
    verified,
)

CountQueries = Callable[[int], Any]


# A code becomes tokens


def test_a_code_becomes_tokens_once_and_for_its_fs(service: Client, agent: Account) -> None:
    response = exchange(service, a_code(service, agent))
    assert response.status_code == 200
    assert set(response.json()) == {
        "access_token",
        "token_type",
        "expires_in",
        "refresh_token",
        "scope",
        "id_token",
    }
    assert response.json()["token_type"] == "Bearer"
    assert response.json()["scope"] == "openid email"


def test_s050_no_token_is_ever_cached(service: Client, agent: Account) -> None:
    for response in (exchange(service, a_code(service, agent)), exchange(service, "unknown")):
        assert response["Cache-Control"] == "no-store"
        assert response["Content-Type"] == "application/json"
        assert "Access-Control-Allow-Origin" not in response  # S-051
        assert not response.cookies


def test_s047_the_id_token_tells_of_the_authentication_alone(service: Client, agent: Account) -> None:
    sent = timezone.now()
    tokens = tokens_of(service, agent, acr="eidas1-mfa", amr=("pwd", "mail", "mfa"))
    claims = verified(tokens["id_token"])
    assert claims.keys() == {"iss", "sub", "aud", "exp", "iat", "auth_time", "nonce", "acr", "sid", "at_hash"}
    assert claims["iss"] == "http://localhost:8000/api/v2"
    assert claims["sub"] == str(agent.sub)
    assert claims["aud"] == service.client_id
    assert claims["nonce"] == "a-nonce"
    assert claims["acr"] == "eidas1-mfa"
    assert claims["at_hash"] == at_hash(tokens["access_token"])
    assert abs(claims["iat"] - sent.timestamp()) < 5
    assert claims["exp"] - claims["iat"] == 300
    assert abs(claims["auth_time"] - (sent - timedelta(minutes=5)).timestamp()) < 5


@pytest.mark.parametrize("wish", [{"id_token_claims": ("amr",)}, {"scopes": ("openid", "amr")}])
def test_s047_amr_is_told_to_who_asks(service: Client, agent: Account, wish: dict[str, Any]) -> None:
    assert verified(tokens_of(service, agent, amr=("pwd", "mfa"), **wish)["id_token"])["amr"] == [
        "pwd",
        "mfa",
    ]


def test_no_nonce_comes_back_when_none_was_sent(service: Client, agent: Account) -> None:
    assert "nonce" not in verified(tokens_of(service, agent, nonce="")["id_token"])


def test_a_fs_that_chose_rs256_receives_rs256(agent: Account) -> None:
    service = fs(id_token_signed_response_alg="RS256")
    verified(tokens_of(service, agent)["id_token"], "RS256")


def test_a_fs_that_chose_hs256_checks_with_its_own_secret(agent: Account) -> None:
    service = fs(id_token_signed_response_alg="HS256")
    token = tokens_of(service, agent)["id_token"]
    assert jwt.decode(token, OctKey.import_key(SECRET), ["HS256"]).claims["aud"] == service.client_id


def test_a_login_leaves_one_line_of_history_without_identity(
    service: Client, agent: Account, fi: Provider
) -> None:
    a_code(service, agent, sid=(sid := uuid4()))
    a_code(service, agent, sid=sid, is_silent=True)
    line = Connection.objects.latest("at")
    assert (line.account, line.client, line.provider) == (agent, service, fi)
    assert line.is_silent
    assert timezone.now() - line.at < timedelta(seconds=10)


# What it costs


def test_authorize_token_userinfo_and_refresh_cost_one_statement_each(
    service: Client, agent: Account, django_assert_num_queries: CountQueries
) -> None:
    tokens_of(service, agent)  # FS, FI and keys are now held by this process
    grant = new_grant(service, agent)
    with django_assert_num_queries(1):
        code = grants.issue_code(grant)
    with django_assert_num_queries(1):
        tokens = exchange(service, code).json()
    with django_assert_num_queries(1):
        assert read_userinfo(tokens["access_token"]).status_code == 200
    with django_assert_num_queries(1):
        assert renew(service, tokens["refresh_token"]).status_code == 200


@pytest.mark.parametrize("code", ["", "unknown", "A" * 43, "A" * 64, "é" * 20, "=" * 64])
def test_a_code_that_was_never_given_is_refused(service: Client, agent: Account, code: str) -> None:
    assert refused(exchange(service, code)) in ("invalid_grant", "invalid_request")


# A code that must not become tokens


def test_s028_a_code_seen_twice_kills_the_tokens_it_became(service: Client, agent: Account) -> None:
    code = a_code(service, agent)
    tokens = exchange(service, code).json()
    assert read_userinfo(tokens["access_token"]).status_code == 200
    assert refused(exchange(service, code)) == "invalid_grant"
    assert read_userinfo(tokens["access_token"]).status_code == 401
    assert refused(renew(service, tokens["refresh_token"])) == "invalid_grant"


def test_s028_a_code_seen_again_after_its_life_still_kills_its_tokens(
    service: Client, agent: Account
) -> None:
    code = a_code(service, agent)
    tokens = exchange(service, code).json()
    pass_time(timedelta(minutes=5))
    assert refused(exchange(service, code)) == "invalid_grant"
    assert read_userinfo(tokens["access_token"]).status_code == 401


def test_s029_a_code_lives_sixty_seconds(service: Client, agent: Account) -> None:
    code = a_code(service, agent)
    pass_time(timedelta(seconds=61))
    assert refused(exchange(service, code)) == "invalid_grant"


def test_s030_a_code_in_the_hands_of_another_fs_is_burned(
    service: Client, other_service: Client, agent: Account
) -> None:
    code = a_code(service, agent)
    stolen = exchange(other_service, code, redirect_uri=service.redirect_uris)
    assert refused(stolen) == "invalid_grant"
    assert refused(exchange(service, code)) == "invalid_grant"


@pytest.mark.parametrize("redirect_uri", [None, "", "https://evil.example/callback", "with a slash"])
def test_s031_the_redirect_uri_is_repeated_to_the_byte(
    service: Client, agent: Account, redirect_uri: str | None
) -> None:
    if redirect_uri == "with a slash":
        redirect_uri = service.redirect_uris + "/"
    assert refused(exchange(service, a_code(service, agent), redirect_uri=redirect_uri)) == "invalid_grant"


@pytest.mark.parametrize("verifier", [None, "", VERIFIER[:-1], VERIFIER.upper(), CHALLENGE, "é" * 43])
def test_s032_a_flow_begun_with_pkce_ends_with_its_verifier(
    service: Client, agent: Account, verifier: str | None
) -> None:
    code = a_code(service, agent, code_challenge=CHALLENGE)
    assert refused(exchange(service, code, code_verifier=verifier)) == "invalid_grant"
    assert exchange(service, code, code_verifier=VERIFIER).status_code == 200


def test_s033_a_verifier_out_of_nowhere_is_refused(service: Client, agent: Account) -> None:
    assert refused(exchange(service, a_code(service, agent), code_verifier=VERIFIER)) == "invalid_grant"


def test_s041_an_account_blocked_or_deleted_meanwhile_gets_nothing(service: Client, agent: Account) -> None:
    tokens, code = tokens_of(service, agent), a_code(service, agent)
    Account.objects.filter(pk=agent.pk).update(blocked_at=timezone.now())
    assert refused(exchange(service, code)) == "invalid_grant"
    assert read_userinfo(tokens["access_token"]).status_code == 401
    assert refused(renew(service, tokens["refresh_token"])) == "invalid_grant"


def test_s041_a_deleted_account_takes_its_tokens_with_it(service: Client, agent: Account) -> None:
    tokens, code = tokens_of(service, agent), a_code(service, agent)
    agent.delete()
    assert refused(exchange(service, code)) == "invalid_grant"
    assert read_userinfo(tokens["access_token"]).status_code == 401


def test_a_fs_put_out_of_service_meanwhile_gets_nothing(service: Client, agent: Account) -> None:
    tokens, code = tokens_of(service, agent), a_code(service, agent)
    Client.objects.filter(pk=service.pk).update(is_active=False)
    assert refused(exchange(service, code)) == "invalid_grant"  # this process has not looked again yet
    assert read_userinfo(tokens["access_token"]).status_code == 401
    registry.look_again()
    assert refused(exchange(service, code)) == "invalid_client"


@pytest.mark.parametrize("code", ["", None])
def test_a_missing_code_is_told_as_such(service: Client, code: str | None) -> None:
    assert refused(exchange(service, code)) == "invalid_request"


@pytest.mark.parametrize("code", ["unknown", "a" * 8000, "é", "' OR 1=1 --"])
def test_an_unknown_code_is_an_invalid_grant(service: Client, code: str) -> None:
    assert refused(exchange(service, code)) == "invalid_grant"


# Times


def test_expires_in_tells_the_truth_near_the_end_of_the_session(service: Client, agent: Account) -> None:
    tokens = tokens_of(service, agent, session_ends_at=timezone.now() + timedelta(minutes=10))
    assert 590 <= tokens["expires_in"] <= 600
    grant = Grant.objects.get()
    assert grant.access_expires_at == grant.refresh_expires_at == grant.session_ends_at


def test_a_fs_may_shorten_lifetimes_and_never_lengthen_them(agent: Account) -> None:
    hasty = fs(access_token_lifetime=timedelta(minutes=5))
    greedy = fs(access_token_lifetime=timedelta(days=30))
    assert 295 <= tokens_of(hasty, agent)["expires_in"] <= 300
    assert 3595 <= tokens_of(greedy, agent)["expires_in"] <= 3600


def test_an_access_token_dies_after_an_hour(service: Client, agent: Account) -> None:
    tokens = tokens_of(service, agent)
    pass_time(timedelta(hours=1))
    assert read_userinfo(tokens["access_token"]).status_code == 401


# A refresh token


def test_s040_a_refresh_token_is_rotated_and_the_access_token_with_it(
    service: Client, agent: Account
) -> None:
    first = tokens_of(service, agent)
    second = renew(service, first["refresh_token"]).json()
    assert read_userinfo(first["access_token"]).status_code == 401
    assert read_userinfo(second["access_token"]).status_code == 200
    before, after = verified(first["id_token"]), verified(second["id_token"])
    for claim in ("iss", "sub", "aud", "auth_time", "acr", "sid"):  # OIDC Core 12.2
        assert before[claim] == after[claim]
    assert "nonce" not in after
    assert after["at_hash"] == at_hash(second["access_token"])


@pytest.mark.parametrize("rotations", [1, 2, 3])
def test_s040_a_refresh_token_seen_again_kills_its_family(
    service: Client, agent: Account, rotations: int
) -> None:
    first = latest = tokens_of(service, agent)
    for _ in range(rotations):
        latest = renew(service, latest["refresh_token"]).json()
    assert refused(renew(service, first["refresh_token"])) == "invalid_grant"
    assert read_userinfo(latest["access_token"]).status_code == 401
    assert refused(renew(service, latest["refresh_token"])) == "invalid_grant"


def test_s040_a_refresh_token_in_the_hands_of_another_fs_dies(
    service: Client, other_service: Client, agent: Account
) -> None:
    tokens = tokens_of(service, agent)
    assert refused(renew(other_service, tokens["refresh_token"])) == "invalid_grant"
    assert refused(renew(service, tokens["refresh_token"])) == "invalid_grant"


def test_s040_rotation_does_not_put_off_the_end(service: Client, agent: Account) -> None:
    tokens = tokens_of(service, agent)
    pass_time(timedelta(minutes=100))
    tokens = renew(service, tokens["refresh_token"]).json()
    pass_time(timedelta(minutes=20))
    assert refused(renew(service, tokens["refresh_token"])) == "invalid_grant"


def test_s040_no_token_outlives_the_session(service: Client, agent: Account) -> None:
    tokens = tokens_of(service, agent, session_ends_at=timezone.now() + timedelta(minutes=70))
    pass_time(timedelta(minutes=40))
    renewed = renew(service, tokens["refresh_token"]).json()
    assert 1795 <= renewed["expires_in"] <= 1800


@pytest.mark.parametrize("token", ["unknown", "=", "é" * 64, "A" * 64, "A" * 8000, "-_" * 32])
def test_an_unknown_refresh_token_is_an_invalid_grant(service: Client, token: str) -> None:
    assert refused(renew(service, token)) == "invalid_grant"


@pytest.mark.parametrize("scope", ["openid", "email openid", "openid  email", ""])
def test_a_refresh_may_name_what_was_granted_or_less_and_hears_what_it_gets(
    service: Client, agent: Account, scope: str
) -> None:
    renewed = renew(service, tokens_of(service, agent)["refresh_token"], scope=scope).json()
    assert renewed["scope"] == "openid email"
    assert read_userinfo(renewed["access_token"]).json()["email"] == "camille.martin@example.gouv.fr"


@pytest.mark.parametrize("scope", ["openid email siret", "siret", "OPENID", "unknown"])
def test_a_refresh_that_asks_for_more_gets_nothing_and_costs_nothing(
    service: Client, agent: Account, scope: str
) -> None:
    tokens = tokens_of(service, agent)
    assert refused(renew(service, tokens["refresh_token"], scope=scope)) == "invalid_scope"
    assert read_userinfo(tokens["access_token"]).status_code == 200
    assert renew(service, tokens["refresh_token"]).status_code == 200


def test_scopes_is_no_parameter_of_a_refresh(service: Client, agent: Account) -> None:
    renewed = renew(service, tokens_of(service, agent)["refresh_token"], scopes="siret").json()
    assert renewed["scope"] == "openid email"


# The end of a session


def test_signing_out_kills_the_tokens_of_that_session_alone(service: Client, agent: Account) -> None:
    here, there = tokens_of(service, agent), tokens_of(service, agent)
    sid = verified(here["id_token"])["sid"]
    assert endings.end_session(sid, Ending.SIGNED_OUT)
    assert read_userinfo(here["access_token"]).status_code == 401
    assert read_userinfo(there["access_token"]).status_code == 200


def test_every_token_of_a_person_dies_at_once(service: Client, agent: Account, fi: Provider) -> None:
    bystander = tokens_of(service, federation.account(at=fi))
    tokens = [tokens_of(service, agent), tokens_of(service, agent)]
    assert endings.end_sessions_of_account(agent.sub, Ending.TEAM) == 2
    assert [read_userinfo(each["access_token"]).status_code for each in tokens] == [401, 401]
    assert read_userinfo(bystander["access_token"]).status_code == 200


@pytest.mark.parametrize(
    ("delay", "left"),
    [
        pytest.param(timedelta(seconds=50), 3, id="all may still serve"),
        pytest.param(timedelta(seconds=70), 2, id="a code nobody used"),
        pytest.param(timedelta(minutes=70), 2, id="access tokens over, refresh tokens not"),
        pytest.param(timedelta(hours=2, minutes=1), 0, id="every token is dead"),
    ],
)
def test_personal_data_is_deleted_with_the_last_token(
    service: Client, agent: Account, delay: timedelta, left: int
) -> None:
    a_code(service, agent)
    tokens_of(service, agent)
    tokens_of(service, agent)
    pass_time(delay)
    grants.purge()
    assert Grant.objects.count() == left


def test_a_revoked_grant_is_deleted_at_once(service: Client, agent: Account) -> None:
    tokens_of(service, agent)
    endings.end_sessions_of_account(agent.sub, Ending.TEAM)
    assert grants.purge() == 1


# Who asks


def test_s046_the_database_alone_opens_nothing(service: Client, agent: Account) -> None:
    code = a_code(service, agent)
    tokens = exchange(service, code).json()
    with connection.cursor() as cursor:
        cursor.execute("SELECT row_to_json(federation_grant)::text FROM federation_grant")
        (row,) = cursor.fetchone()
    for secret in (code, tokens["access_token"], tokens["refresh_token"]):
        assert len(secret) >= 43  # 256 bits
        assert secret not in row


@pytest.mark.parametrize("secret", ["", "wrong", SECRET + "a", SECRET.upper()])
def test_s034_a_wrong_secret_is_an_invalid_client(service: Client, secret: str) -> None:
    response = ask({"grant_type": "authorization_code"}, headers=basic(service.client_id, secret))
    assert refused(response) == "invalid_client"
    assert response.status_code == 401
    assert response["WWW-Authenticate"].startswith("Basic ")


@pytest.mark.parametrize(
    "authorization",
    [
        "Basic",
        "Basic !!!",
        "Basic " + base64.b64encode(b"no-colon").decode(),
        "Basic " + base64.b64encode(b"\xff:\xff").decode(),
        "Bearer " + SECRET,
        "Basic " + base64.b64encode(b"unknown:secret").decode(),
    ],
)
def test_what_is_no_basic_authentication_is_an_invalid_client(service: Client, authorization: str) -> None:
    response = ask({"grant_type": "authorization_code"}, headers={"Authorization": authorization})
    assert refused(response) == "invalid_client"


def test_an_anonymous_request_is_an_invalid_client(service: Client) -> None:
    assert (
        refused(ask({"grant_type": "authorization_code", "client_id": service.client_id})) == "invalid_client"
    )


def test_basic_credentials_are_form_encoded(agent: Account) -> None:
    secret = "a secret: with + % and é, long enough to be one"
    service = fs(secret=secret)
    code = a_code(service, agent)
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": service.redirect_uris}
    assert ask(form, headers=basic(service.client_id, quote_plus(secret))).status_code == 200


def test_a_fs_registered_for_post_sends_its_secret_in_the_form(agent: Account) -> None:
    service = fs(token_endpoint_auth_method="client_secret_post")
    form = {"grant_type": "authorization_code", "redirect_uri": service.redirect_uris}
    credentials = {"client_id": service.client_id, "client_secret": SECRET}
    assert refused(exchange(service, a_code(service, agent))) == "invalid_client"  # basic, right secret
    assert ask(form | credentials | {"code": a_code(service, agent)}).status_code == 200


@pytest.mark.parametrize("method", ["client_secret_basic", "private_key_jwt"])
def test_s036_a_fs_registered_for_another_method_cannot_post_its_secret(db: None, method: str) -> None:
    service = fs(token_endpoint_auth_method=method)
    form = {"grant_type": "authorization_code", "client_id": service.client_id, "client_secret": SECRET}
    assert refused(ask(form)) == "invalid_client"


def test_s035_two_methods_at_once_are_refused(service: Client, agent: Account) -> None:
    code = a_code(service, agent)
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": service.redirect_uris}
    posted = {"client_id": service.client_id, "client_secret": SECRET}
    assert refused(ask(form | posted, headers=basic(service.client_id))) == "invalid_request"
    assert exchange(service, code).status_code == 200


def test_s035_a_secret_in_the_url_is_refused(service: Client, agent: Account) -> None:
    query = urlencode({"client_id": service.client_id, "client_secret": SECRET})
    form = {
        "grant_type": "authorization_code",
        "code": a_code(service, agent),
        "redirect_uri": service.redirect_uris,
    }
    assert refused(ask(form, path=f"{TOKEN}?{query}")) == "invalid_request"


@pytest.mark.parametrize("method", ["client_secret_basic", "client_secret_post"])
def test_the_previous_secret_is_good_until_it_expires(agent: Account, method: str) -> None:
    service = fs(
        token_endpoint_auth_method=method,
        previous_secret=client_secrets.hashed("the-previous-one"),
        previous_secret_expires_at=timezone.now() + timedelta(days=1),
    )

    def answer_to(secret: str) -> Any:
        form = {"grant_type": "authorization_code", "redirect_uri": service.redirect_uris}
        form["code"] = a_code(service, agent)
        if method == "client_secret_basic":
            return ask(form, headers=basic(service.client_id, secret))
        return ask(form | {"client_id": service.client_id, "client_secret": secret})

    assert answer_to("the-previous-one").status_code == 200
    assert answer_to(SECRET).status_code == 200
    Client.objects.update(previous_secret_expires_at=timezone.now())
    registry.look_again()
    assert refused(answer_to("the-previous-one")) == "invalid_client"
    assert answer_to(SECRET).status_code == 200


# What is asked


@pytest.mark.parametrize(
    "grant_type",
    [
        "password",
        "implicit",
        "client_credentials",
        "urn:ietf:params:oauth:grant-type:device_code",
        "urn:ietf:params:oauth:grant-type:token-exchange",
        "AUTHORIZATION_CODE",
    ],
)
def test_s039_other_grants_do_not_exist(service: Client, grant_type: str) -> None:
    assert refused(exchange(service, "a-code", grant_type=grant_type)) == "unsupported_grant_type"


@pytest.mark.parametrize("grant_type", [None, ""])
def test_a_missing_grant_type_is_told_as_such(service: Client, grant_type: str | None) -> None:
    assert refused(exchange(service, "a-code", grant_type=grant_type)) == "invalid_request"


PARAMETERS = (
    "grant_type",
    "code",
    "redirect_uri",
    "code_verifier",
    "refresh_token",
    "client_id",
    "scope",
    "extra",
)


@pytest.mark.parametrize("parameter", PARAMETERS)
@pytest.mark.parametrize(
    "spoiled",
    [
        pytest.param("{name}=a&{name}=a", id="given twice"),
        pytest.param("{name}=" + "a" * 9000, id="too long"),
        pytest.param("{name}=%00", id="NUL"),
        pytest.param("{name}=a%0D%0Ab", id="new line"),
        pytest.param("{name}=%FF", id="not UTF-8"),
    ],
)
def test_a_spoiled_parameter_is_an_invalid_request(service: Client, parameter: str, spoiled: str) -> None:
    response = Browser().post(
        TOKEN,
        spoiled.format(name=parameter),
        content_type="application/x-www-form-urlencoded",
        headers=basic(service.client_id),
    )
    assert refused(response) == "invalid_request"


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (json.dumps({"grant_type": "authorization_code"}), "application/json"),
        ("--a\r\n\r\n--a--", "multipart/form-data; boundary=a"),
        ("grant_type=authorization_code", "text/plain"),
        ("&".join(f"a{number}=1" for number in range(200)), "application/x-www-form-urlencoded"),
        (b"\xff\xfe", "application/x-www-form-urlencoded"),
    ],
)
def test_what_is_no_form_is_an_invalid_request(service: Client, body: str | bytes, content_type: str) -> None:
    response = Browser().post(TOKEN, body, content_type=content_type, headers=basic(service.client_id))
    assert refused(response) == "invalid_request"


@pytest.mark.parametrize("method", ["get", "put", "delete", "head", "options"])
def test_the_token_endpoint_hears_only_post(service: Client, method: str) -> None:
    response = getattr(Browser(), method)(TOKEN)
    assert response.status_code == 405
    assert response["Allow"] == "POST"


def refused(response: Any) -> str:
    """The OAuth error, which always comes as RFC 6749 5.2 says."""
    assert response["Content-Type"] == "application/json"
    assert response["Cache-Control"] == "no-store"
    error: str = response.json()["error"]
    assert response.status_code == (401 if error == "invalid_client" else 400)
    return error


# Races


@pytest.mark.django_db(transaction=True)
def test_s027_of_twenty_parallel_exchanges_one_is_served_and_then_its_token_is_dead() -> None:
    service = fs()
    agent = federation.account(at=federation.fi())
    tokens_of(service, agent)  # the keys are made before the race
    code = a_code(service, agent)

    def once(_: int) -> tuple[int, dict[str, str]]:
        try:
            response = exchange(service, code)
            return response.status_code, response.json()
        finally:
            connection.close()

    with ThreadPoolExecutor(20) as threads:
        answers = list(threads.map(once, range(20)))
    served = [told for status, told in answers if status == 200]
    assert len(served) == 1
    assert [told["error"] for status, told in answers if status == 400] == ["invalid_grant"] * 19
    assert read_userinfo(served[0]["access_token"]).status_code == 401  # S-028


@pytest.mark.django_db(transaction=True)
def test_s040_of_ten_parallel_refreshes_at_most_one_is_served() -> None:
    service = fs()
    agent = federation.account(at=federation.fi())
    refresh_token = tokens_of(service, agent)["refresh_token"]

    def once(_: int) -> int:
        try:
            return renew(service, refresh_token).status_code
        finally:
            connection.close()

    with ThreadPoolExecutor(10) as threads:
        statuses = list(threads.map(once, range(10)))
    assert statuses.count(200) == 1
    assert statuses.count(400) == 9
