from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest

from federation.claims import CLAIMS, SCOPES, HeldClaims, snapshot
from tests.federation.journey.builders import client, identity, provider

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
        acr="eidas2",
    ),
    provider=FI,
    organization_label="Ministère de l’Exemple",
    roles=("agent_public", "agent_public_etat"),
)
ALL = client(scopes=frozenset(SCOPES))


@pytest.mark.parametrize(
    ("scope", "claims"),
    [
        ("openid", {"sub": str(SUB)}),
        ("given_name", {"given_name": "Marie"}),
        ("usual_name", {"usual_name": "Durand"}),
        ("email", {"email": "marie.durand@ministere.exemple.fr"}),
        ("uid", {"uid": "1234"}),
        ("siret", {"siret": "11001401500013"}),
        ("siren", {"siren": "110014015"}),
        ("phone", {"phone_number": "+33 1 23 45 67 89"}),
        ("organizational_unit", {"organizational_unit": "DINUM"}),
        ("belonging_population", {"belonging_population": "agent"}),
        ("chorusdt", {"chorusdt:matricule": "M1", "chorusdt:societe": "S1"}),
        ("custom", {"custom": {"badge": 12}}),
        ("idp_id", {"idp_id": str(FI.uid)}),
        ("idp_acr", {"idp_acr": "eidas2"}),
        ("organization_label", {"organization_label": "Ministère de l’Exemple"}),
        ("roles", {"roles": ["agent_public", "agent_public_etat"]}),
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


def test_what_nobody_said_is_left_out() -> None:
    unsaid = replace(HELD, identity=identity(), organization_label="", roles=())
    told = snapshot(unsaid, ALL, SCOPES, [])
    assert told["roles"] == []
    assert told["custom"] == {}
    assert not {"phone_number", "siren", "organization_label", "chorusdt:matricule"} & told.keys()
