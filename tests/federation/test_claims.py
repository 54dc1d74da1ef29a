from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from federation.claims import CLAIMS, NAMES, PROFILES, SCOPES, HeldClaims, is_known_to, readable_by, snapshot
from federation.registry.records import ProviderRecord
from tests.federation.journey.builders import NOW, client, identite, identity, provider

SUB = UUID("7d1f5a3e-8d2b-4d6f-9a57-2b1c0e9f4a11")
FI = provider()
HELD = HeldClaims(
    sub=SUB,
    identity=identity(
        email="marie.durand@ministere.exemple.fr",
        given_name="Marie",
        usual_name="Durand",
        uid="1234",
        siret="11001401500013",
        siren="110014015",
        phone_number="+33 1 23 45 67 89",
        organizational_unit="DINUM",
        belonging_population="agent",
        chorusdt_matricule="M1",
        chorusdt_societe="S1",
        custom={"badge": 12},
        acr="eidas1",
        declared_acr="https://fi.exemple.fr/fort",
    ),
    provider=FI,
    organization_label="Ministère de l’Exemple",
    roles=("agent_public", "agent_public_etat"),
    previous_subs=("an-old-sub", "an-older-one"),
)
ALL = client(scopes=frozenset(SCOPES))
GENERIC = client(claims_profile="generic_oidc", scopes=frozenset({*SCOPES, "profile"}))
FORMER = client(claims_profile="identite", scopes=frozenset({*SCOPES, "profile"}))


@pytest.mark.parametrize(
    ("scope", "claims"),
    [
        ("openid", {"sub": str(SUB)}),
        ("given_name", {"given_name": "Marie"}),
        ("usual_name", {"usual_name": "Durand"}),
        ("email", {"email": "marie.durand@ministere.exemple.fr"}),
        ("uid", {"uid": "1234"}),
        ("siret", {"siret": "11001401500013", "siret_source": "agent"}),
        ("siren", {"siren": "110014015"}),
        ("phone", {"phone_number": "+33 1 23 45 67 89"}),
        ("organizational_unit", {"organizational_unit": "DINUM"}),
        ("belonging_population", {"belonging_population": "agent"}),
        ("chorusdt", {"chorusdt:matricule": "M1", "chorusdt:societe": "S1"}),
        ("custom", {"custom": {"badge": 12}}),
        ("idp_id", {"idp_id": str(FI.uid)}),
        ("idp_acr", {"idp_acr": "https://fi.exemple.fr/fort"}),
        ("organization_label", {"organization_label": "Ministère de l’Exemple"}),
        ("roles", {"roles": ["agent_public", "agent_public_etat"]}),
        ("previous_subs", {"previous_subs": ["an-old-sub", "an-older-one"]}),
        ("amr", {}),
    ],
)
def test_each_scope_opens_its_claims(scope: str, claims: dict[str, Any]) -> None:
    assert snapshot(HELD, ALL, [scope], []) == claims


def test_the_table_above_knows_every_scope() -> None:
    cases = next(
        mark for mark in test_each_scope_opens_its_claims.pytestmark if mark.name == "parametrize"
    ).args[1]
    assert {scope for scope, _ in cases} == set(SCOPES)
    assert sorted(name for _, claims in cases for name in claims) == sorted(claim.name for claim in CLAIMS)


def test_a_claim_may_be_asked_for_by_name() -> None:
    assert snapshot(HELD, ALL, ["openid"], ["siret"]) == {"sub": str(SUB), "siret": "11001401500013"}


def test_s048_nothing_leaves_beyond_what_the_fs_was_granted() -> None:
    modest = client(scopes=frozenset({"openid", "email"}))
    names = [claim.name for claim in CLAIMS]
    assert snapshot(HELD, modest, SCOPES, names).keys() == {"sub", "email"}


@pytest.mark.parametrize(
    ("scope", "added"),
    [
        ("openid", {}),
        ("usual_name", {"family_name": "Durand"}),
        ("email", {"email_verified": True}),
        ("phone", {"phone_number_verified": False}),
        (
            "profile",
            {
                "name": "Marie Durand",
                "given_name": "Marie",
                "family_name": "Durand",
                "updated_at": int(NOW.timestamp()),
            },
        ),
    ],
)
def test_generic_software_reads_the_standard_names(scope: str, added: dict[str, Any]) -> None:
    assert snapshot(HELD, GENERIC, [scope], []) == snapshot(HELD, ALL, [scope], []) | added


@pytest.mark.parametrize(
    ("scope", "added"),
    [
        ("openid", {"updated_at": NOW.isoformat()}),
        ("usual_name", {"family_name": "Durand"}),
        ("email", {"email_verified": True}),
        ("phone", {"phone_number_verified": False}),
        ("organization_label", {"label": "Ministère de l’Exemple"}),
        ("roles", {"is_public_service": True, "is_service_public": True}),
        ("profile", {}),
    ],
)
def test_software_of_the_former_identite_reads_its_names(scope: str, added: dict[str, Any]) -> None:
    assert snapshot(HELD, FORMER, [scope], []) == snapshot(HELD, ALL, [scope], []) | added


def test_a_private_organisation_is_no_public_service() -> None:
    told = snapshot(replace(HELD, roles=()), FORMER, ["roles"], [])
    assert told == {"roles": [], "is_public_service": False, "is_service_public": False}


@pytest.mark.parametrize(
    ("at", "address", "verified"),
    [
        (FI, "marie.durand@ministere.exemple.fr", True),
        (FI, "marie.durand@ailleurs.exemple.fr", False),
        (FI, "marie.durand@sous.ministere.exemple.fr", False),
        (identite(), "marie.durand@ailleurs.exemple.fr", True),
    ],
)
def test_an_address_is_verified_by_identite_or_in_the_domains_of_its_fi(
    at: ProviderRecord, address: str, verified: bool
) -> None:
    held = replace(HELD, identity=identity(email=address), provider=at)
    assert snapshot(held, GENERIC, ["email"], [])["email_verified"] is verified


def test_the_siren_is_the_beginning_of_the_siret_when_the_fi_says_none() -> None:
    silent = replace(HELD, identity=identity(siret="13002526500013", siren=""))
    assert snapshot(silent, ALL, ["siren"], []) == {"siren": "130025265"}


def test_a_siret_that_is_the_fi_s_own_is_told_as_such() -> None:
    by_default = replace(HELD, identity=identity(siret="13002526500013", siret_is_default=True))
    assert snapshot(by_default, ALL, ["siret"], []) == {"siret": "13002526500013", "siret_source": "fi"}


def test_a_fi_that_declared_no_level_is_told_by_the_level_it_counts_for() -> None:
    silent = replace(HELD, identity=identity(acr="eidas1"))
    assert snapshot(silent, ALL, ["idp_acr"], []) == {"idp_acr": "eidas1"}


def test_profile_means_something_to_generic_software_alone() -> None:
    assert [is_known_to(fs, "profile") for fs in (ALL, FORMER, GENERIC)] == [False, False, True]
    assert is_known_to(client(scopes=frozenset({"openid", "dossier:lire"})), "dossier:lire")  # of a FD
    assert not is_known_to(client(), "dossier:lire")


SOME_SCOPES = st.frozensets(st.sampled_from([*SCOPES, "profile", "dossier:lire"]))


@given(
    granted=SOME_SCOPES,
    asked=SOME_SCOPES,
    names=st.frozensets(st.sampled_from([*NAMES, "acr", "unknown"])),
    profile=st.sampled_from(list(PROFILES)),
)
def test_l3_no_claim_leaves_without_a_granted_scope_that_opens_it(
    granted: frozenset[str], asked: frozenset[str], names: frozenset[str], profile: str
) -> None:
    reader = client(scopes=granted, claims_profile=profile)
    ways_in: dict[str, set[str]] = {}
    for claim in readable_by(reader):
        ways_in.setdefault(claim.name, set()).add(claim.scope)
    for name in snapshot(HELD, reader, asked, names):
        assert ways_in[name] & granted
        assert ways_in[name] & asked or name in names


def test_what_nobody_said_is_left_out() -> None:
    unsaid = replace(HELD, identity=identity(), organization_label="", roles=(), previous_subs=())
    told = snapshot(unsaid, ALL, SCOPES, [])
    assert told["roles"] == []
    assert told["custom"] == {}
    absent = {"phone_number", "organization_label", "chorusdt:matricule", "previous_subs"}
    assert not absent & told.keys()
    assert "phone_number_verified" not in snapshot(unsaid, GENERIC, ["phone"], [])


def test_what_is_always_there_needs_nothing_optional() -> None:
    unsaid = replace(HELD, identity=identity(), organization_label="", roles=(), previous_subs=())
    for reader in (ALL, GENERIC, FORMER):
        for claim in readable_by(reader):
            assert (claim.name in snapshot(unsaid, reader, [claim.scope], [])) is claim.is_always_there
