"""Which data a service reads at the end of a whole trip: its profile, its scopes, and never more."""

import json
from typing import Any

import pytest
from django.test import Client as Browser
from django.utils import timezone
from joserfc import jwt
from joserfc.jwk import OctKey

from federation import registry
from federation.models import Account, Client
from federation.registry import Author
from tests.factories.federation import SCOPES, SECRET, fd, fs
from tests.federation.journey.trip import Trip, answered
from tests.federation.op.asking import read_userinfo

USUAL = {"sub", "given_name", "email"}


def userinfo_of(browser: Browser, service: Client, provider: Any, **asked: Any) -> dict[str, Any]:
    trip = Trip(browser, service)
    tokens = trip.redeem(answered(trip.through(provider, **asked))["code"])
    told: dict[str, Any] = read_userinfo(tokens["access_token"]).json()
    return told


def test_generic_software_asks_the_standard_scopes_and_reads_the_standard_names(
    navigator, ministry, demo_provider
):
    service = fs(claims_profile="generic_oidc", scopes=["openid", "profile", "email", "phone"])
    told = userinfo_of(navigator, service, demo_provider, scope="openid profile email phone")
    assert told.keys() >= {
        "sub",
        "name",
        "given_name",
        "family_name",
        "updated_at",
        "email",
        "email_verified",
    }
    assert told["name"] == f"{told['given_name']} {told['family_name']}"
    assert told["email_verified"] is True
    assert isinstance(told["updated_at"], int)
    assert abs(told["updated_at"] - timezone.now().timestamp()) < 60
    assert not told.keys() & {"usual_name", "siret", "idp_id", "roles", "custom"}


def test_software_of_the_former_identite_reads_its_names_within_its_scopes(
    navigator, ministry, demo_provider
):
    service = fs(claims_profile="identite", scopes=["openid", "email", "roles", "organization_label"])
    told = userinfo_of(navigator, service, demo_provider, scope="openid email roles organization_label")
    assert told["email_verified"] is True
    assert told["label"] == told["organization_label"]
    assert told["is_public_service"] is told["is_service_public"] is ("agent_public" in told["roles"])
    assert "family_name" not in told


def test_profile_is_ignored_for_a_service_that_reads_our_own_names(navigator, ministry, demo_provider):
    service = fs(scopes=[*SCOPES, "profile"])
    told = userinfo_of(navigator, service, demo_provider, scope="openid profile given_name email")
    assert told.keys() == USUAL


def test_l3_a_name_in_claims_opens_nothing_that_was_not_granted(navigator, ministry, demo_provider):
    names = [
        "given_name",
        "siret",
        "family_name",
        "name",
        "email_verified",
        "roles",
        "previous_subs",
        "custom",
    ]
    asked = json.dumps({"userinfo": {name: {"essential": True} for name in names}})
    service = fs(claims_profile="generic_oidc", scopes=["openid", "given_name", "email"])
    told = userinfo_of(navigator, service, demo_provider, scope="openid", claims=asked)
    assert told.keys() == {"sub", "given_name", "email_verified"}


def test_the_former_subs_of_a_person_are_read_under_their_scope(navigator, ministry, demo_provider):
    service = fs(scopes=["openid", "previous_subs"])
    first = userinfo_of(navigator, service, demo_provider, scope="openid previous_subs")
    assert "previous_subs" not in first
    Account.objects.filter(pk=first["sub"]).update(previous_subs=["an-old-sub"])
    second = userinfo_of(navigator, service, demo_provider, scope="openid previous_subs", prompt="login")
    assert second["previous_subs"] == ["an-old-sub"]


def test_the_scope_of_a_fd_travels_with_the_token_and_opens_no_data(navigator, ministry, demo_provider):
    fd(scopes=["dossier:lire"])
    service = fs(scopes=["openid", "dossier:lire"])
    trip = Trip(navigator, service)
    tokens = trip.redeem(answered(trip.through(demo_provider, scope="openid dossier:lire"))["code"])
    assert tokens["scope"].split() == ["openid", "dossier:lire"]
    assert read_userinfo(tokens["access_token"]).json().keys() == {"sub"}


def test_a_scope_that_was_not_granted_is_an_error_and_one_nobody_knows_is_ignored(navigator, ministry):
    fd(scopes=["dossier:lire"])
    trip = Trip(navigator, fs(scopes=["openid"]))
    assert answered(trip.depart(scope="openid email"))["error"] == "invalid_scope"
    assert "/interaction/" in trip.depart(scope="openid dossier:lire")["Location"]


@pytest.mark.parametrize("drawn", [False, True])
def test_hs256_goes_on_when_the_secret_changes(navigator, ministry, demo_provider, drawn: bool):
    service = fs(id_token_signed_response_alg="HS256", userinfo_signed_response_alg="HS256")
    secret = SECRET
    if drawn:
        by = Author(actor="the test")
        secret = registry.rotate_secret(service.client_id, by=by, now=timezone.now()).clear
        registry.look_again()
    trip = Trip(navigator, service)
    tokens = trip.redeem(answered(trip.through(demo_provider))["code"])  # proved by the former secret
    key = OctKey.import_key(secret)
    id_token = jwt.decode(tokens["id_token"], key, ["HS256"]).claims
    told = jwt.decode(read_userinfo(tokens["access_token"]).content.decode(), key, ["HS256"]).claims
    assert id_token["sub"] == told["sub"]
