"""Begin, collect, end: an honest trip to a FI and back."""

import json
from base64 import b64encode
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import uuid4

import httpx
import pytest
from django.test import RequestFactory
from django.utils import timezone

from federation.rp.authorization import with_parameters
from federation.rp.client_authentication import basic
from proconnect.kernel.contracts.identity_provider import HeldIdentity, ProviderRefused, ProviderUnreachable
from tests.federation.rp.conftest import RETURN_TO, Trip
from tests.mirrors.provider.double import DemoProvider, answer_in

NewTrip = Callable[..., Trip]


def test_an_agent_signs_in_at_their_ministry(trip: NewTrip) -> None:
    identity = trip().go(acr="eidas2", amr="pwd otp mfa", phone_number="+33 1 23 45 67 89")
    assert identity.sub == "agent-1"
    assert identity.email == "camille.durand@exemples.gouv.fr"
    assert (identity.given_name, identity.usual_name) == ("Camille", "Durand")
    assert (identity.siret, identity.siren, identity.siret_is_default) == (
        "13002526500013",
        "130025265",
        False,
    )
    assert identity.phone_number == "+33 1 23 45 67 89"
    assert (identity.acr, identity.amr) == ("eidas2", ("pwd", "otp", "mfa"))
    assert timezone.now() - identity.authenticated_at < timedelta(seconds=10)
    assert identity.proof.count(".") == 2


def test_the_request_carries_what_the_fi_contract_says(trip: NewTrip) -> None:
    there = trip()
    asked = {"login_hint": "camille@exemples.gouv.fr", "siret_hint": "13002526500013", "remember_me": True}
    sent = answer_in(there.depart(**asked))
    assert {
        "response_type": "code",
        "client_id": "proconnect",
        "redirect_uri": RETURN_TO,
        "code_challenge_method": "S256",
        "acr_values": "eidas1",
        "login_hint": "camille@exemples.gouv.fr",
        "siret_hint": "13002526500013",
        "sp_id": "demarches",
        "sp_name": "Démarches en ligne",
        "remember_me": "true",
    }.items() <= sent.items()
    assert sent["scope"].split() == [
        "openid", "uid", "given_name", "usual_name", "email", "siren", "siret",
        "organizational_unit", "belonging_population", "phone", "chorusdt",
    ]  # fmt: skip
    assert json.loads(sent["claims"]) == {"id_token": {"amr": None, "acr": None}}
    assert all(len(sent[name]) >= 43 for name in ("state", "nonce", "code_challenge"))
    assert {"prompt", "max_age"}.isdisjoint(sent)


def test_what_was_not_said_is_left_out(trip: NewTrip) -> None:
    sent = answer_in(trip().depart())
    assert {"login_hint", "siret_hint"}.isdisjoint(sent)
    assert sent["remember_me"] == "false"


def test_each_departure_has_its_own_secrets(trip: NewTrip) -> None:
    there = trip()
    first, second = answer_in(there.depart()), answer_in(there.depart())
    assert all(first[name] != second[name] for name in ("state", "nonce", "code_challenge"))


@pytest.mark.parametrize(
    ("asked", "claim", "acr_values"),
    [
        pytest.param({}, None, "eidas1", id="nothing asked"),
        pytest.param(
            {"demanded_acr": ("eidas2", "eidas3")},
            {"essential": True, "values": ["eidas2", "eidas3"]},
            None,
            id="demand",
        ),
        pytest.param({"preferred_acr": ("eidas2", "eidas1")}, None, "eidas2 eidas1", id="wish"),
        pytest.param(
            {"demanded_acr": ("eidas3",), "preferred_acr": ("eidas1",)},
            {"essential": True, "values": ["eidas3"]},
            None,
            id="a demand silences the wish",
        ),
    ],
)
def test_levels_are_asked_by_claims_or_by_acr_values(
    trip: NewTrip, asked: dict[str, Any], claim: dict[str, Any] | None, acr_values: str | None
) -> None:
    sent = answer_in(trip().depart(**asked))
    assert json.loads(sent["claims"])["id_token"]["acr"] == claim
    assert sent.get("acr_values") == acr_values


def test_a_fresh_authentication_is_asked_and_obtained(trip: NewTrip) -> None:
    there = trip()
    asked = {"fresh": True, "max_age": timedelta(minutes=5)}
    sent = answer_in(there.depart(**asked))
    assert (sent["prompt"], sent["max_age"]) == ("login", "300")
    assert there.go(asked).sub == "agent-1"


def test_the_browser_is_sent_by_a_303_that_no_cache_keeps(trip: NewTrip) -> None:
    there = trip()
    response = there.provider.begin(RequestFactory().post("/"), there.ask())
    assert response.status_code == 303
    assert response["Cache-Control"] == "no-store"


def test_the_fi_s_own_query_is_kept() -> None:
    url = with_parameters("https://fi.exemple.fr/authorize?tenant=a%20b#x", {"state": "é&="})
    assert url == "https://fi.exemple.fr/authorize?tenant=a%20b&state=%C3%A9%26%3D"


@pytest.mark.parametrize("algorithm", ["ES256", "RS256"])
@pytest.mark.parametrize("userinfo", [None, "ES256", "RS256"])
def test_signed_by_either_algorithm_userinfo_signed_or_not(
    trip: NewTrip, demo_provider: DemoProvider, algorithm: str, userinfo: str | None
) -> None:
    client = demo_provider.client
    demo_provider.register(
        replace(client, id_token_signed_response_alg=algorithm, userinfo_signed_response_alg=userinfo)
    )
    assert trip(id_token_signed_response_algs=(algorithm,)).go().sub == "agent-1"


def test_our_secret_goes_in_the_form_or_in_the_header(trip: NewTrip, demo_provider: DemoProvider) -> None:
    trip(token_endpoint_auth_method="client_secret_post").go()
    trip(token_endpoint_auth_method="client_secret_basic").go()
    in_form, in_header = demo_provider.received("token")
    assert in_form.parameters["client_secret"]
    assert "authorization" not in in_form.headers
    assert "client_secret" not in in_header.parameters
    assert in_header.headers["authorization"].startswith("Basic ")


def test_both_halves_of_basic_are_encoded_first() -> None:
    assert basic("a:b c", "é%+") == f"Basic {b64encode(b'a%3Ab+c:%C3%A9%25%2B').decode()}"


def test_an_authentication_nobody_knows_is_named(trip: NewTrip) -> None:
    with pytest.raises(ProviderUnreachable, match="client_secret_jwt is not one of") as failure:
        trip(token_endpoint_auth_method="client_secret_jwt").go()
    assert failure.value.code == "Y020026"


def test_the_token_call_says_who_asks(trip: NewTrip, demo_provider: DemoProvider) -> None:
    trip().go()
    sent = demo_provider.received("token")[0].parameters
    assert (sent["sp_id"], sent["sp_name"]) == ("demarches", "Démarches en ligne")
    assert len(sent["code_verifier"]) >= 43
    assert sent["redirect_uri"] == RETURN_TO


def test_pkce_is_really_checked_by_the_fi(trip: NewTrip, monkeypatch: pytest.MonkeyPatch) -> None:
    there = trip()
    callback = there.sign_in(there.depart().replace("code_challenge=", "code_challenge=x"))
    with pytest.raises(ProviderRefused) as refusal:
        there.collect(callback)
    assert (refusal.value.code, refusal.value.oauth_error) == ("Y020026", "invalid_grant")


def test_endpoints_by_hand(trip: NewTrip, demo_provider: DemoProvider) -> None:
    there = trip(
        discovery=False,
        **{
            name: f"{demo_provider.issuer}/{path}"
            for name, path in {
                "authorization_endpoint": "authorize",
                "token_endpoint": "token",
                "userinfo_endpoint": "userinfo",
                "jwks_uri": "jwks",
            }.items()
        },
    )
    assert there.go().sub == "agent-1"
    assert demo_provider.received("discovery") == []
    assert there.provider.end(RequestFactory().get("/"), held(there, "")) is None


def test_endpoints_by_hand_that_are_missing_are_a_failure_of_the_fi(trip: NewTrip) -> None:
    with pytest.raises(ProviderUnreachable) as failure:
        trip(discovery=False).depart()
    assert failure.value.code == "Y020031"


def test_discovery_and_keys_are_fetched_once_for_many_logins(
    trip: NewTrip, demo_provider: DemoProvider
) -> None:
    for _ in range(3):
        trip().go()
    assert len(demo_provider.received("discovery")) == 1
    assert len(demo_provider.received("jwks")) == 1
    assert len(demo_provider.received("token")) == 3


def held(there: Trip, proof: str) -> HeldIdentity:
    return HeldIdentity(
        provider_uid=uuid4(),
        sub="agent-1",
        proof=proof,
        return_to="http://localhost:8000/api/v2/client/logout-callback",
        state="a state",
    )


def test_sign_out_goes_through_the_fi_and_comes_back_with_its_state(trip: NewTrip) -> None:
    there = trip()
    url = there.provider.end(RequestFactory().get("/"), held(there, there.go().proof))
    assert url
    back = httpx.get(url, follow_redirects=False).headers["location"]
    assert back == "http://localhost:8000/api/v2/client/logout-callback?state=a+state"
    assert "client_id" not in answer_in(url)


def test_without_proof_sign_out_names_us(trip: NewTrip) -> None:
    there = trip()
    url = there.provider.end(RequestFactory().get("/"), held(there, ""))
    assert url
    assert answer_in(url)["client_id"] == "proconnect"


def test_a_fi_without_sign_out_or_out_of_reach_keeps_nobody(
    trip: NewTrip, demo_provider: DemoProvider
) -> None:
    demo_provider.misbehave(discovery={"end_session_endpoint": None})
    there = trip()
    assert there.provider.end(RequestFactory().get("/"), held(there, "a.b.c")) is None
    gone = trip(issuer="http://127.0.0.1:9")
    assert gone.provider.end(RequestFactory().get("/"), held(gone, "a.b.c")) is None
