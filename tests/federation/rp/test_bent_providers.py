"""FI that bend the standard, in whole trips: what their record says of it is obeyed, and nothing else is tolerated."""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from django.utils import timezone

from federation.rp.identity import Authentication, clean
from proconnect.kernel.contracts.identity_provider import ProviderRefused, ProviderUnreachable
from tests.federation.rp.conftest import Trip
from tests.mirrors.provider.double import AGENT, DemoProvider, answer_in

NewTrip = Callable[..., Trip]


def bent(trip: NewTrip, *names: str, **changes: Any) -> Trip:
    return trip(quirks=frozenset(names), **changes)


@pytest.fixture
def entra(demo_provider: DemoProvider) -> DemoProvider:
    """As a tenant of Entra ID: JSON from userinfo, with little in it."""
    demo_provider.register(replace(demo_provider.client, userinfo_signed_response_alg=None))
    return demo_provider


def in_id_token(**more: Any) -> dict[str, Any]:
    told = {name: value for name, value in AGENT.items() if name not in ("acr", "amr", "sub")}
    return {**told, **more}


def test_entra_id_is_asked_in_its_own_words(trip: NewTrip, entra: DemoProvider) -> None:
    sent = answer_in(bent(trip, "entra-id").depart(demanded_acr=("eidas2", "eidas3")))
    assert sent["scope"] == "openid email profile"
    assert "claims" not in sent
    assert sent["acr_values"] == "eidas2 eidas3"
    assert sent["code_challenge_method"] == "S256"


def test_what_entra_id_s_userinfo_lacks_is_in_its_id_token(trip: NewTrip, entra: DemoProvider) -> None:
    entra.misbehave(
        userinfo=dict.fromkeys(AGENT.keys() - {"sub", "email"}),
        id_token=in_id_token(email="chef@ministere.gouv.fr", acr="1", acrs=["c1", "c3"], tid="a-tenant"),
    )
    identity = bent(trip, "entra-id").go()
    assert (identity.given_name, identity.siret) == ("Camille", "13002526500013")
    assert identity.email == "camille.durand@exemples.gouv.fr"  # userinfo's, which had one (S-079)
    assert identity.acr == "eidas3"
    assert identity.custom == {}


@pytest.mark.parametrize(
    ("contexts", "capable", "acr"),
    [
        pytest.param(["c2"], True, "eidas2", id="one"),
        pytest.param(["c2", "c1"], True, "eidas2", id="the highest"),
        pytest.param(["c3"], False, "eidas1", id="never above what this FI may give"),
        pytest.param([], True, "eidas1", id="none: the usual level"),
        pytest.param(["eidas3"], True, "eidas1", id="a level is no context"),
    ],
)
def test_the_contexts_of_entra_id_are_levels(
    trip: NewTrip, entra: DemoProvider, contexts: list[str], capable: bool, acr: str
) -> None:
    entra.misbehave(id_token={"acrs": contexts, "acr": "eidas3"})
    there = bent(trip, "entra-id", is_mfa_capable=capable, userinfo_signed_response_alg=None)
    assert there.go().acr == acr


def test_contexts_of_no_sense_are_refused(trip: NewTrip, entra: DemoProvider) -> None:
    entra.misbehave(id_token={"acrs": "c3"})
    with pytest.raises(ProviderRefused) as refusal:
        bent(trip, "entra-id", userinfo_signed_response_alg=None).go()
    assert (refusal.value.code, refusal.value.check) == ("Y020030", "level_is_readable")


def test_the_contexts_of_a_fi_that_is_no_entra_id_raise_nothing(
    trip: NewTrip, demo_provider: DemoProvider
) -> None:
    demo_provider.misbehave(id_token={"acrs": ["c3"], "acr": "eidas1"})
    assert trip().go().acr == "eidas1"


def test_nothing_is_taken_from_the_id_token_of_another_fi(trip: NewTrip, demo_provider: DemoProvider) -> None:
    demo_provider.misbehave(userinfo={"given_name": None}, id_token=in_id_token())
    with pytest.raises(ProviderRefused) as refusal:
        trip().go()
    assert (refusal.value.code, refusal.value.check) == ("Y500006", "given_name")


def test_a_fi_without_userinfo_says_all_in_its_id_token(trip: NewTrip, demo_provider: DemoProvider) -> None:
    demo_provider.misbehave(id_token=in_id_token(), discovery={"userinfo_endpoint": None})
    assert bent(trip, "no-userinfo").go().email == "camille.durand@exemples.gouv.fr"
    assert demo_provider.received("userinfo") == []


def test_a_fi_without_userinfo_that_does_not_say_so_fails(trip: NewTrip, demo_provider: DemoProvider) -> None:
    demo_provider.misbehave(id_token=in_id_token(), discovery={"userinfo_endpoint": None})
    with pytest.raises(ProviderUnreachable) as failure:
        trip().go()
    assert failure.value.code == "Y020027"


@pytest.mark.parametrize("asked", [{}, {"demanded_acr": ("eidas2",)}, {"preferred_acr": ("eidas2",)}])
def test_a_fi_that_knows_no_level_is_asked_none(
    trip: NewTrip, demo_provider: DemoProvider, asked: dict[str, Any]
) -> None:
    sent = answer_in(bent(trip, "no-acr").depart(**asked))
    assert json.loads(sent["claims"]) == {"id_token": {"amr": None}}
    assert "acr_values" not in sent
    assert {"claims", "acr_values"}.isdisjoint(answer_in(bent(trip, "no-acr", "entra-id").depart(**asked)))
    demo_provider.misbehave(id_token={"acr": None})
    assert bent(trip, "no-acr").go().acr == "eidas1"


def test_nor_is_its_silence_a_defect(trip: NewTrip) -> None:
    said = Authentication(acr="", amr=("pwd",), authenticated_at=timezone.now(), proof="")
    for names, missing in (((), ["acr"]), (("no-acr",), [])):
        found = clean({}, said, bent(trip, *names).record).defects
        assert [claim for claim, _ in found if claim == "acr"] == missing


def test_a_fi_that_refuses_pkce_is_sent_none(trip: NewTrip, demo_provider: DemoProvider) -> None:
    there = bent(trip, "no-pkce")
    url = there.depart()
    assert {"code_challenge", "code_challenge_method"}.isdisjoint(answer_in(url))
    assert there.collect(there.sign_in(url)).sub == "agent-1"
    assert "code_verifier" not in demo_provider.received("token")[0].parameters


def test_a_fi_without_discovery_nor_userinfo_needs_neither(
    trip: NewTrip, demo_provider: DemoProvider
) -> None:
    demo_provider.misbehave(id_token=in_id_token())
    by_hand = {
        "authorization_endpoint": f"{demo_provider.issuer}/authorize",
        "token_endpoint": f"{demo_provider.issuer}/token",
        "jwks_uri": f"{demo_provider.issuer}/jwks",
    }
    assert bent(trip, "no-userinfo", discovery=False, **by_hand).go().sub == "agent-1"
    assert demo_provider.received("discovery") == demo_provider.received("userinfo") == []
