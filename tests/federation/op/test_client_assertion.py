"""private_key_jwt (RFC 7523, OIDC Core 9): a FS proves itself by what it signed, once."""

import hmac
import json
import time
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from typing import Any
from uuid import uuid4

import pytest
import redis
from django.db import connection
from hypothesis import HealthCheck, given
from hypothesis import settings as effort
from hypothesis import strategies as st
from joserfc import jws, jwt
from joserfc.jwk import ECKey, RSAKey
from pytest_django import DjangoAssertNumQueries, DjangoCaptureOnCommitCallbacks, Settings
from structlog.testing import capture_logs

from federation import registry, remembered
from federation.models import Account, Client
from federation.op import client_keys
from federation.op.client_assertion import TYPE
from proconnect.kernel import outbound
from tests.factories.federation import SECRET, fs
from tests.federation.op.asking import a_code, ask, basic
from tests.mirrors.key_publisher import KeyPublisher, key_publisher

ISSUER = "http://localhost:8000/api/v2"
EC = ECKey.generate_key("P-256", {"kid": "ec"})
RSA = RSAKey.generate_key(2048, {"kid": "rsa"})
OTHER = ECKey.generate_key("P-256", {"kid": "other"})


@pytest.fixture(autouse=True)
def nothing_remembered() -> Iterator[None]:
    client_keys.forget()
    with closing(outbound.gate()):
        yield
    outbound.gate.cache_clear()
    client_keys.forget()


@pytest.fixture
def service(db: None) -> Client:
    return signing_fs()


@pytest.fixture
def publisher() -> Iterator[KeyPublisher]:
    with key_publisher() as publisher:
        yield publisher


def signing_fs(**changes: Any) -> Client:
    by_value = {"keys": [EC.as_dict(private=False), RSA.as_dict(private=False)]}
    return fs(**{"token_endpoint_auth_method": "private_key_jwt", "jwks": by_value} | changes)


def publishing_fs(publisher: KeyPublisher) -> Client:
    return signing_fs(jwks=None, jwks_uri=publisher.uri)


def claims_of(client: Client, **changes: Any) -> dict[str, Any]:
    """A change to None leaves the claim out."""
    now = int(time.time())
    usual = {
        "iss": client.client_id,
        "sub": client.client_id,
        "aud": ISSUER,
        "iat": now,
        "exp": now + 60,
        "jti": uuid4().hex,
    }
    return {name: value for name, value in (usual | changes).items() if value is not None}


def assertion(client: Client, key: Any = EC, algorithm: str = "ES256", **changes: Any) -> str:
    header = {"alg": algorithm} | ({"kid": key.kid} if key.kid else {})
    return jwt.encode(header, claims_of(client, **changes), key, algorithms=[algorithm])


def present(text: str, **changes: str) -> Any:
    """Asks for no grant: a caller that is believed hears that its code is missing."""
    proof = {"client_assertion_type": TYPE, "client_assertion": text}
    return ask({"grant_type": "authorization_code"} | proof | changes)


def is_believed(response: Any) -> bool:
    if response.status_code == 401:
        assert response.json() == {
            "error": "invalid_client",
            "error_description": "client authentication failed",
        }
        assert response["WWW-Authenticate"].startswith("Basic ")
        return False
    assert (response.status_code, response.json()["error_description"]) == (400, "code is missing")
    return True


# Who is believed


@pytest.mark.parametrize(("key", "algorithm"), [(EC, "ES256"), (RSA, "RS256")])
def test_a_fs_that_signs_is_given_its_tokens(
    service: Client, agent: Account, key: Any, algorithm: str
) -> None:
    response = ask(
        {
            "grant_type": "authorization_code",
            "code": a_code(service, agent),
            "redirect_uri": service.redirect_uris,
            "client_id": service.client_id,
            "client_assertion_type": TYPE,
            "client_assertion": assertion(service, key, algorithm),
        }
    )
    assert response.status_code == 200
    assert response.json()["access_token"]


def test_client_id_may_be_left_out_but_not_be_anothers(service: Client, other_service: Client) -> None:
    assert is_believed(present(assertion(service)))
    assert is_believed(present(assertion(service), client_id=service.client_id))
    assert not is_believed(present(assertion(service), client_id=other_service.client_id))
    assert not is_believed(present(assertion(service), client_id=""))


@pytest.mark.parametrize("path", ["/api/v2/token/revocation", "/api/v2/token/introspection"])
def test_it_serves_wherever_clients_prove_themselves(service: Client, path: str) -> None:
    form = {"token": "unknown", "client_assertion_type": TYPE, "client_assertion": assertion(service)}
    assert ask(form, path=path).status_code == 200
    assert ask(form, path=path).status_code == 401  # used
    assert ask(form | {"client_assertion": assertion(service, OTHER)}, path=path).status_code == 401


def test_it_costs_one_statement_more(
    service: Client, agent: Account, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    present(assertion(service))
    text = assertion(service)
    with django_assert_num_queries(1):
        assert is_believed(present(text))


# S-036: one method each


def test_s036_a_fs_that_signs_has_no_secret_to_fall_back_on(service: Client) -> None:
    form = {"grant_type": "authorization_code"}
    assert not is_believed(ask(form, headers=basic(service.client_id)))
    assert not is_believed(ask(form | {"client_id": service.client_id, "client_secret": SECRET}))


@pytest.mark.parametrize("method", ["client_secret_basic", "client_secret_post"])
def test_s036_a_fs_that_has_a_secret_is_not_believed_on_a_signature(db: None, method: str) -> None:
    assert not is_believed(present(assertion(signing_fs(token_endpoint_auth_method=method))))


def test_s035_an_assertion_beside_a_secret_is_two_methods(service: Client) -> None:
    proof = {"client_assertion_type": TYPE, "client_assertion": assertion(service)}
    for form, headers in (
        (proof, basic(service.client_id)),
        (proof | {"client_id": service.client_id, "client_secret": SECRET}, {}),
    ):
        response = ask({"grant_type": "authorization_code"} | form, headers=headers)
        assert (response.status_code, response.json()["error"]) == (400, "invalid_request")
    assert is_believed(present(proof["client_assertion"]))  # it was not looked at, hence not used


# S-037: what it must say


WRONG_CLAIMS = [
    pytest.param({"iss": "another"}, "issuer_and_subject_are_the_client", id="another issuer"),
    pytest.param({"iss": None}, "issuer_and_subject_are_the_client", id="no issuer"),
    pytest.param({"sub": None}, "subject_is_given", id="no subject"),
    pytest.param({"sub": ["fs"]}, "subject_is_given", id="a list of subjects"),
    pytest.param({"sub": "nobody"}, "unknown client", id="an unknown subject"),
    pytest.param({"aud": None}, "audience_is_our_issuer_alone", id="no audience"),
    pytest.param({"aud": [ISSUER]}, "audience_is_our_issuer_alone", id="audience in a list"),
    pytest.param({"aud": [ISSUER, "https://b.example"]}, "audience_is_our_issuer_alone", id="two audiences"),
    pytest.param({"aud": f"{ISSUER}/token"}, "audience_is_our_issuer_alone", id="the token endpoint"),
    pytest.param({"aud": f"{ISSUER}/"}, "audience_is_our_issuer_alone", id="a slash more"),
    pytest.param({"aud": "https://evil.example"}, "audience_is_our_issuer_alone", id="another server"),
    pytest.param({"exp": None}, "expires_within_five_minutes", id="no end"),
    pytest.param({"exp": "tomorrow"}, "expires_within_five_minutes", id="an end in words"),
    pytest.param({"exp": True}, "expires_within_five_minutes", id="an end that is true"),
    pytest.param({"exp": 1e300}, "expires_within_five_minutes", id="an end past all calendars"),
    pytest.param({"exp": int("9" * 400)}, "expires_within_five_minutes", id="an end past all floats"),
    pytest.param({"exp": -1}, "expires_within_five_minutes", id="an end before 1970"),
    pytest.param({"jti": None}, "has_an_identifier", id="no identifier"),
    pytest.param({"jti": ""}, "has_an_identifier", id="an empty identifier"),
    pytest.param({"jti": 1}, "has_an_identifier", id="a number as identifier"),
    pytest.param({"jti": "a" * 256}, "has_an_identifier", id="a long identifier"),
    pytest.param({"iat": "now"}, "was_issued_before_now", id="issued in words"),
    pytest.param({"nbf": [0]}, "may_already_be_used", id="not before a list"),
    pytest.param({"pad": "a" * 4096}, "assertion_is_a_jws_of_reasonable_length", id="too long"),
]


@pytest.mark.parametrize(("changes", "reason"), WRONG_CLAIMS)
def test_s037_a_wrong_claim_is_refused_and_only_the_trace_tells_which(
    service: Client,
    changes: dict[str, Any],
    reason: str,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    with capture_logs() as traces, django_capture_on_commit_callbacks(execute=True):
        assert not is_believed(present(assertion(service, **changes)))
    [trace] = [trace for trace in traces if trace["event"] == "FS_REFUSED_TOKENS"]
    assert str(trace["reason"]) == reason
    assert trace["error"] == "invalid_client"
    is_known = reason not in ("subject_is_given", "unknown client", "assertion_is_a_jws_of_reasonable_length")
    assert trace.get("client_id") == (service.client_id if is_known else None)


@pytest.mark.parametrize(
    ("name", "offset", "good"),
    [
        ("exp", -20, True),  # seconds; clocks differ a little
        ("exp", -40, False),
        ("exp", 300, True),
        ("exp", 340, False),
        ("exp", 3600, False),
        ("iat", -3600, True),
        ("iat", 20, True),
        ("iat", 40, False),
        ("nbf", 20, True),
        ("nbf", 40, False),
    ],
)
def test_s037_it_lives_five_minutes_at_most(service: Client, name: str, offset: int, good: bool) -> None:
    changes: dict[str, Any] = {name: int(time.time()) + offset}
    assert is_believed(present(assertion(service, **changes))) is good


def test_s037_it_serves_once(service: Client) -> None:
    text = assertion(service)
    assert is_believed(present(text))
    assert not is_believed(present(text))


def test_s037_an_identifier_serves_once_whatever_surrounds_it(service: Client) -> None:
    assert is_believed(present(assertion(service, jti="one")))
    assert not is_believed(present(assertion(service, RSA, "RS256", jti="one", exp=int(time.time()) + 120)))


def test_s037_the_identifiers_of_two_fs_are_not_mixed_up(service: Client) -> None:
    assert is_believed(present(assertion(service, jti="one")))
    assert is_believed(present(assertion(signing_fs(), jti="one")))


def test_s037_what_was_refused_has_not_been_used(service: Client) -> None:
    assert not is_believed(present(assertion(service, OTHER, jti="one")))
    assert not is_believed(present(assertion(service, jti="one", aud="https://evil.example")))
    assert is_believed(present(assertion(service, jti="one")))


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("place", ["postgresql", "redis"])
def test_s037_of_twenty_parallel_uses_one_wins(
    place: str, request: pytest.FixtureRequest, settings: Settings
) -> None:
    if place == "redis":
        url = request.getfixturevalue("redis_url")
        settings.ENV = replace(settings.ENV, one_time_url=url, limiter_url=url)
        redis.Redis.from_url(url).flushall()  # refusals of other tests are counted there too
    service = signing_fs()
    text = assertion(service)

    def once(_: int) -> bool:
        try:
            return is_believed(present(text))
        finally:
            connection.close()

    with ThreadPoolExecutor(20) as threads:
        assert sorted(threads.map(once, range(20))) == [False] * 19 + [True]


def test_s037_when_none_can_tell_whether_it_was_used_nobody_is_believed(
    service: Client, settings: Settings
) -> None:
    settings.ENV = replace(settings.ENV, one_time_url="redis://127.0.0.1:1/0")
    response = present(assertion(service))
    assert response.status_code == 503
    assert response["Retry-After"]


# S-038: how it is signed


def test_s038_no_signature_no_belief(service: Client) -> None:
    for algorithm in ("none", "None", "NONE", ""):
        assert not is_believed(present(f"{encoded({'alg': algorithm})}.{encoded(claims_of(service))}."))


def test_s038_a_public_key_is_no_secret_to_sign_with(service: Client) -> None:
    for secret in (RSA.as_pem(private=False), EC.as_pem(private=False), SECRET.encode()):
        signed = f"{encoded({'alg': 'HS256', 'kid': 'rsa'})}.{encoded(claims_of(service))}"
        signature = hmac.digest(secret, signed.encode(), "sha256")
        assert not is_believed(present(f"{signed}.{urlsafe_b64encode(signature).rstrip(b'=').decode()}"))


def encoded(value: dict[str, Any]) -> str:
    return urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


@pytest.mark.parametrize(
    ("key", "algorithm"),
    [
        pytest.param(RSA, "PS256", id="RSA-PSS"),
        pytest.param(RSA, "RS512", id="a longer hash"),
        pytest.param(ECKey.generate_key("P-384", {"kid": "ec"}), "ES384", id="another curve"),
        pytest.param(OTHER, "ES256", id="an unknown key"),
        pytest.param(ECKey.generate_key("P-256", {"kid": "ec"}), "ES256", id="the name of a known key"),
    ],
)
def test_s038_only_the_keys_registered_sign_by_only_two_algorithms(
    service: Client, key: Any, algorithm: str
) -> None:
    assert not is_believed(present(assertion(service, key, algorithm)))


def test_s038_a_key_brought_along_is_not_looked_at(service: Client, publisher: KeyPublisher) -> None:
    publisher.publish(OTHER)
    for brought in ({"jwk": OTHER.as_dict(private=False)}, {"jku": publisher.uri}, {"x5u": publisher.uri}):
        payload = json.dumps(claims_of(service)).encode()
        text = jws.serialize_compact({"alg": "ES256", **brought}, payload, OTHER)
        assert not is_believed(present(text))
    assert publisher.fetches == 0


@pytest.mark.filterwarnings("ignore:Key size")
def test_s038_a_short_key_signs_nothing(db: None) -> None:
    short = RSAKey.generate_key(1024, {"kid": "short"})
    service = signing_fs(jwks={"keys": [short.as_dict(private=False)]})
    assert not is_believed(present(assertion(service, short, "RS256")))


@pytest.mark.parametrize("jwks", [None, {}, {"keys": []}, {"keys": [{"kty": "oct", "k": "AAAA"}]}])
def test_a_fs_without_a_key_is_not_believed(db: None, jwks: Any) -> None:
    assert not is_believed(present(assertion(signing_fs(jwks=jwks))))


@pytest.mark.parametrize(
    "form",
    [
        {"client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:saml2-bearer"},
        {"client_assertion_type": ""},
        {"client_assertion": ""},
        {"client_assertion": "a.b"},
        {"client_assertion": "..."},
        {"client_assertion": "é.é.é"},
    ],
)
def test_what_is_no_assertion_is_an_invalid_client(service: Client, form: dict[str, str]) -> None:
    assert not is_believed(present(assertion(service), **form))


def test_an_assertion_without_its_type_and_the_reverse_are_an_invalid_client(service: Client) -> None:
    form = {"grant_type": "authorization_code"}
    assert not is_believed(ask(form | {"client_assertion": assertion(service)}))
    assert not is_believed(ask(form | {"client_assertion_type": TYPE}))


@effort(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    claims=st.dictionaries(
        st.sampled_from(["iss", "aud", "exp", "iat", "nbf", "jti"]),
        st.none()
        | st.booleans()
        | st.integers()
        | st.floats(allow_nan=False)
        | st.text()
        | st.lists(st.text()),
        min_size=1,
    )
)
def test_any_signed_claims_are_answered_in_good_order(service: Client, claims: dict[str, Any]) -> None:
    response = present(assertion(service, **claims))
    assert response.status_code in (400, 401, 429)


# Where its keys are


def test_keys_published_by_the_fs_are_fetched_once(publisher: KeyPublisher, db: None) -> None:
    publisher.publish(EC, RSA)
    service = publishing_fs(publisher)
    for key, algorithm in ((EC, "ES256"), (RSA, "RS256"), (EC, "ES256")):
        assert is_believed(present(assertion(service, key, algorithm)))
    assert publisher.fetches == 1


def test_a_new_key_is_found_by_one_more_fetch(publisher: KeyPublisher, db: None) -> None:
    publisher.publish(EC)
    service = publishing_fs(publisher)
    assert is_believed(present(assertion(service)))
    publisher.publish(EC, OTHER)
    assert is_believed(present(assertion(service, OTHER)))
    assert publisher.fetches == 2


def test_unknown_keys_do_not_make_us_knock_again_and_again(publisher: KeyPublisher, db: None) -> None:
    publisher.publish(EC)
    service = publishing_fs(publisher)
    for _ in range(5):
        assert not is_believed(present(assertion(service, OTHER)))
    assert publisher.fetches == 2  # one to know, one to be sure, then none for 30 s


@pytest.mark.parametrize("fault", ["status", "document", "redirect"])
def test_the_last_known_keys_serve_while_the_fs_publishes_none(
    publisher: KeyPublisher, db: None, monkeypatch: pytest.MonkeyPatch, fault: str
) -> None:
    publisher.publish(EC)
    service = publishing_fs(publisher)
    assert is_believed(present(assertion(service)))
    monkeypatch.setattr(remembered, "FRESH", remembered.FRESH * 0)  # they should be renewed by now
    if fault == "document":
        publisher.document = {"keys": []}
    else:
        publisher.status = 500 if fault == "status" else 302
        publisher.headers = {"Location": "http://127.0.0.1:1/jwks"}
    assert is_believed(present(assertion(service)))
    assert publisher.fetches == 2


@pytest.mark.parametrize(
    "document", [None, [], {}, {"keys": {}}, {"keys": [None]}, {"keys": [{"kty": "EC", "crv": "P-256"}]}]
)
def test_keys_that_are_none_prove_nothing(publisher: KeyPublisher, db: None, document: Any) -> None:
    publisher.document = document
    assert not is_believed(present(assertion(publishing_fs(publisher))))


def test_an_address_of_keys_that_does_not_answer_proves_nothing(db: None) -> None:
    assert not is_believed(present(assertion(signing_fs(jwks=None, jwks_uri="http://127.0.0.1:9/jwks"))))


def test_keys_registered_anew_replace_the_former_ones(service: Client) -> None:
    assert is_believed(present(assertion(service)))
    Client.objects.filter(pk=service.pk).update(jwks={"keys": [OTHER.as_dict(private=False)]})
    registry.look_again()
    assert not is_believed(present(assertion(service)))
    assert is_believed(present(assertion(service, OTHER)))
