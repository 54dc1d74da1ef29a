"""``private_key_jwt``: we prove ourselves to a FI by a JWT we sign (RFC 7523, OIDC Core 9); the FI checks it by our keys."""

import json
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from django.test import Client as Browser
from django.utils import timezone
from joserfc import jwt
from joserfc.jwk import KeySet

from federation import own_keys
from proconnect.kernel.contracts.identity_provider import ProviderUnreachable
from tests.federation.rp.conftest import Trip
from tests.mirrors.provider.double import DemoProvider

NewTrip = Callable[..., Trip]


@pytest.fixture(autouse=True)
def keys_of_this_test() -> None:
    own_keys.forget()


@pytest.fixture
def informed(demo_provider: DemoProvider, db: None) -> DemoProvider:
    """A FI that has read our keys where we publish them."""
    published = Browser().get("/api/v2/client/.well-known/keys").json()
    demo_provider.register(replace(demo_provider.client, jwks=published, client_secret="never used"))
    return demo_provider


def there(trip: NewTrip, **changes: Any) -> Trip:
    return trip(token_endpoint_auth_method="private_key_jwt", secret="", **changes)


def assertion_at(demo: DemoProvider) -> jwt.Token:
    sent = demo.received("token")[-1].parameters["client_assertion"]
    keys = KeySet.import_key_set(json.loads(own_keys.for_providers()))
    return jwt.decode(sent, keys, algorithms=["ES256", "RS256"])


def test_a_fi_that_read_our_keys_recognises_us(trip: NewTrip, informed: DemoProvider) -> None:
    assert there(trip).go().sub == "agent-1"
    (sent,) = informed.received("token")
    assert "client_secret" not in sent.parameters
    assert "authorization" not in sent.headers


def test_the_assertion_says_who_for_whom_until_when_and_once(trip: NewTrip, informed: DemoProvider) -> None:
    there(trip).go()
    first = assertion_at(informed)
    assert first.header["alg"] == "ES256"
    assert first.claims["iss"] == first.claims["sub"] == "proconnect"
    assert first.claims["aud"] == f"{informed.issuer}/token"
    assert first.claims["exp"] - first.claims["iat"] <= 60
    assert abs(first.claims["iat"] - time.time()) < 5
    there(trip).go()
    assert assertion_at(informed).claims["jti"] != first.claims["jti"]


def test_a_fi_may_expect_to_be_named_by_its_issuer(trip: NewTrip, informed: DemoProvider) -> None:
    there(trip, quirks=frozenset({"assertion-for-issuer"})).go()
    assert assertion_at(informed).claims["aud"] == informed.issuer


@pytest.mark.parametrize(
    ("announced", "of_its_own", "algorithm"),
    [
        pytest.param(["RS256", "PS256"], ("ES256",), "RS256", id="the one it announces"),
        pytest.param(["PS256", 1, "RS256", "ES256"], ("RS256",), "ES256", id="ours first among several"),
        pytest.param(None, ("ES256",), "ES256", id="nothing announced: as it signs itself"),
    ],
)
def test_the_algorithm_is_one_the_fi_understands(
    trip: NewTrip, informed: DemoProvider, announced: Any, of_its_own: tuple[str, ...], algorithm: str
) -> None:
    informed.misbehave(discovery={"token_endpoint_auth_signing_alg_values_supported": announced})
    informed.register(replace(informed.client, id_token_signed_response_alg=of_its_own[0]))
    there(trip, id_token_signed_response_algs=of_its_own).go()
    assert assertion_at(informed).header["alg"] == algorithm


def test_without_an_algorithm_in_common_nothing_is_sent(trip: NewTrip, informed: DemoProvider) -> None:
    informed.misbehave(discovery={"token_endpoint_auth_signing_alg_values_supported": ["PS512"]})
    with pytest.raises(ProviderUnreachable, match="understands none of") as failure:
        there(trip).go()
    assert failure.value.code == "Y020026"
    assert informed.received("token") == []


def test_a_leaked_key_rotated_at_once_is_no_longer_shown_to_fi(db: None) -> None:
    own_keys.signing(["ES256"])
    leaked = own_keys.signing().signing["ES256"].kid
    own_keys.rotate("ES256", now=timezone.now(), at_once=True)
    shown = {key["kid"] for key in json.loads(own_keys.for_providers())["keys"]}
    assert leaked not in shown
    assert own_keys.signing().signing["ES256"].kid in shown
