"""Claims of a FI → an identity, field by field."""

import json
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from federation.models import ProviderDefect
from federation.registry import ProviderRecord
from federation.rp.identity import FIELDS, Authentication, Defect, Presence, Received, clean
from proconnect.kernel.contracts.identity_provider import AssertedIdentity
from proconnect.kernel.email_address import EmailAddress
from proconnect.kernel.siret import Siret

NOW = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
HONEST: dict[str, Any] = {
    "sub": "agent-1",
    "uid": "matricule-1",
    "email": "Camille.Durand@Exemples.gouv.fr",
    "given_name": "Camille",
    "usual_name": "Durand",
    "siret": "13002526500013",
}


def provider(**changes: Any) -> ProviderRecord:
    usual: dict[str, Any] = dict.fromkeys(ProviderRecord.__dataclass_fields__)
    return ProviderRecord(
        **(usual | {"uid": UUID(int=1), "is_mfa_capable": True, "quirks": frozenset()} | changes)
    )


def received(
    claims: dict[str, Any] | None = None,
    *,
    acr: str = "eidas1",
    amr: tuple[str, ...] = ("pwd",),
    **known: Any,
) -> Received:
    said = {name: value for name, value in (HONEST | (claims or {})).items() if value is not ...}
    authentication = Authentication(acr=acr, amr=amr, authenticated_at=NOW, proof="h.p.s")
    return clean(said, authentication, provider(**known))


def cleaned(claims: dict[str, Any] | None = None, **known: Any) -> AssertedIdentity:
    identity = received(claims, **known).identity
    assert identity
    return identity


def refusal(claims: dict[str, Any], **known: Any) -> str:
    refused = received(claims, **known)
    assert refused.identity is None
    return ", ".join(refused.refused_claims)


def defects(claims: dict[str, Any] | None = None, **known: Any) -> set[tuple[str, str]]:
    """What was found beyond what an honest FI that sends every expected claim would show."""
    complete = {"phone_number": "0123456789", "organizational_unit": "DSI", "belonging_population": "agent"}
    return {(claim, defect.value) for claim, defect in received(complete | (claims or {}), **known).defects}


def test_an_honest_identity() -> None:
    identity = cleaned({"organizational_unit": " DSI ", "chorusdt:matricule": "42", "job": "chef"})
    assert identity == AssertedIdentity(
        sub="agent-1",
        uid="matricule-1",
        email="camille.durand@exemples.gouv.fr",
        given_name="Camille",
        usual_name="Durand",
        siret="13002526500013",
        siren="130025265",
        organizational_unit="DSI",
        chorusdt_matricule="42",
        custom={"job": "chef"},
        acr="eidas1",
        declared_acr="eidas1",
        amr=("pwd",),
        authenticated_at=NOW,
        proof="h.p.s",
    )


@pytest.mark.parametrize("claim", ["sub", "uid", "email", "given_name", "usual_name"])
@pytest.mark.parametrize(
    "value",
    [
        pytest.param(..., id="absent"),
        pytest.param(None, id="null"),
        pytest.param("", id="empty"),
        pytest.param("x" * 257, id="too long"),
        pytest.param(42, id="number"),
        pytest.param(True, id="boolean"),
        pytest.param(["x"], id="list"),
        pytest.param({"x": 1}, id="object"),
        pytest.param("a\x00b", id="NUL"),
        pytest.param("a\r\nb", id="CR LF"),
        pytest.param("a\x7f", id="DEL"),
        pytest.param("a\x85b", id="NEL"),
        pytest.param("a\u2028b", id="line separator"),
        pytest.param("a\u202eb", id="direction override"),
        pytest.param("a\ud800", id="lone surrogate"),
    ],
)
def test_s092_mandatory_claims(claim: str, value: Any) -> None:
    assert refusal({claim: value}) == claim


@pytest.mark.parametrize("claim", ["sub", "uid"])
@pytest.mark.parametrize("value", ["é", "ａ", "а"])
def test_identifiers_are_ascii(claim: str, value: str) -> None:
    assert refusal({claim: value}) == claim


def test_an_identifier_is_kept_to_the_byte() -> None:
    assert cleaned({"sub": " Agent 1 "}).sub == " Agent 1 "


@pytest.mark.parametrize(
    "name", ["Élodie", "Nguyễn Thị", "O’Neil", "José María", "م", "x" * 256, "{{7*7}}", "<b>"]
)
def test_names_are_what_people_are_called(name: str) -> None:
    assert cleaned({"given_name": name}).given_name == name


@pytest.mark.parametrize(
    "email", ["x", "a@b", "a@@b.fr", "=?utf-8?q?a?=@b.fr", "a@b.fr\r\nBcc: c@d.fr", "a@127.0.0.1", " "]
)
def test_s092_a_bad_address_is_refused(email: str) -> None:
    assert refusal({"email": email}) == "email"


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("+33123456789", "+33123456789"),
        ("01 23 45 67 89", "01 23 45 67 89"),
        ("01-23-45-67-89", "01-23-45-67-89"),
        ("1234567", "1234567"),
        ("123456789012345", "123456789012345"),
        ("123456", ""),
        ("1234567890123456", ""),
        ("01  23456789", ""),
        ("01.23.45.67.89", ""),
        ("+33 (0)1 23 45 67 89", ""),
        ("tel:+33123456789", ""),
        ("+33123456789\n", ""),
        ("٠١٢٣٤٥٦٧٨٩", ""),
        ("0123456789;ext=1", ""),
        ("", ""),
        (None, ""),
        (33123456789, ""),
        (["+33123456789"], ""),
        ("1" * 100_000, ""),
    ],
)
def test_s092_a_phone_number_of_no_use_is_left_out(sent: Any, kept: str) -> None:
    assert cleaned({"phone_number": sent}).phone_number == kept


@pytest.mark.parametrize(
    ("sent", "default", "kept", "is_default"),
    [
        pytest.param("13002526500013", None, "13002526500013", False, id="right"),
        pytest.param("130 025 265 00013", None, "13002526500013", False, id="with spaces"),
        pytest.param("35600000009075", None, "35600000009075", False, id="La Poste"),
        pytest.param("13002526500013", "11004601800013", "13002526500013", False, id="the person's first"),
        pytest.param(..., "11004601800013", "11004601800013", True, id="absent"),
        pytest.param(None, "11004601800013", "11004601800013", True, id="null"),
        pytest.param("", "11004601800013", "11004601800013", True, id="empty"),
        pytest.param("13002526500014", "11004601800013", "11004601800013", True, id="wrong digit"),
        pytest.param("x" * 10_000, "11004601800013", "11004601800013", True, id="too long"),
        pytest.param(13002526500013, "11004601800013", "11004601800013", True, id="number"),
    ],
)
def test_s092_the_siret_or_the_fi_s_own(sent: Any, default: str | None, kept: str, is_default: bool) -> None:
    identity = cleaned({"siret": sent}, default_siret=default)
    assert (identity.siret, identity.siret_is_default) == (kept, is_default)
    assert identity.siren == kept[:9]


@pytest.mark.parametrize("sent", [..., None, "", "13002526500014", "x", 13002526500013, "x" * 10_000])
def test_s092_without_siret_nor_default_the_identity_is_refused(sent: Any) -> None:
    assert refusal({"siret": sent}) == "siret"


@pytest.mark.parametrize(
    ("sent", "kept"),
    [("356 000 000", "356000000"), ("123", "130025265"), ("", "130025265"), (..., "130025265")],
)
def test_a_wrong_siren_gives_way_to_the_siret_s(sent: Any, kept: str) -> None:
    assert cleaned({"siren": sent}).siren == kept


OPTIONAL = ["organizational_unit", "belonging_population", "chorusdt:matricule", "chorusdt:societe", "siren"]


@pytest.mark.parametrize("claim", OPTIONAL)
@pytest.mark.parametrize("value", [..., None, ""])
def test_an_optional_claim_may_be_absent_null_or_empty(claim: str, value: Any) -> None:
    assert cleaned({claim: value}).organizational_unit == ""


@pytest.mark.parametrize("claim", OPTIONAL)
@pytest.mark.parametrize("value", ["x" * 257, 42, ["x"], {"x": 1}, False, "a\x00", "a\nb", "   "])
def test_s092_an_optional_claim_is_right_or_refused(claim: str, value: Any) -> None:
    assert refusal({claim: value}) == claim


def nested(depth: int) -> Any:
    return [nested(depth - 1)] if depth else 1


@pytest.mark.parametrize(
    "claims",
    [
        pytest.param({f"c{number}": 1 for number in range(51)}, id="too many"),
        pytest.param({"bio": "x" * 20_000}, id="too large"),
        pytest.param({"list": [1] * 20_000}, id="too long a list"),
        pytest.param({"deep": nested(4)}, id="too deep"),
        pytest.param({"__proto__": {"admin": True}}, id="__proto__"),
        pytest.param({"a": {"constructor": 1}}, id="constructor, within"),
        pytest.param({"a": [{"prototype": 1}]}, id="prototype, in a list"),
        pytest.param({"": 1}, id="empty name"),
        pytest.param({"a\x00": 1}, id="NUL in a name"),
        pytest.param({"x" * 129: 1}, id="name too long"),
        pytest.param({"a": "x\x00"}, id="NUL in a value"),
        pytest.param({"a": ["x\u202e"]}, id="direction override in a list"),
    ],
)
def test_s093_hostile_claims_are_refused(claims: dict[str, Any]) -> None:
    assert refusal(claims) == "custom"


def test_other_claims_are_kept_as_they_came() -> None:
    others = {
        "roles": ["a", "b"],
        "address": {"city": {"name": "Paris"}},
        "n": 1.5,
        "b": False,
        "empty": None,
    }
    assert cleaned(others).custom == others


def test_the_protocol_s_own_claims_are_nobody_s() -> None:
    protocol = dict.fromkeys(
        [
            "iss",
            "aud",
            "exp",
            "iat",
            "nbf",
            "nonce",
            "jti",
            "auth_time",
            "at_hash",
            "azp",
            "sid",
            "acr",
            "amr",
        ],
        "x",
    )
    assert cleaned(protocol).custom == {}


def test_s079_a_claim_of_verification_is_not_passed_on() -> None:
    assert cleaned({"email_verified": True}).custom == {}


@pytest.mark.parametrize(
    ("declared", "capable", "believed"),
    [
        ("eidas2", True, "eidas2"),
        ("eidas2", False, "eidas1"),
        ("eidas0-mfa", True, "eidas0-mfa"),
        ("eidas0-mfa", False, "eidas0"),
        ("eidas0", False, "eidas0"),
        ("eidas1-mfa", False, "eidas1"),
        ("", True, "eidas1"),
        ("unknown", True, "eidas1"),
        ("https://proconnect.gouv.fr/assurance/certification-dirigeant", True, "eidas1"),
        ("https://proconnect.gouv.fr/assurance/certification-dirigeant", False, "eidas1"),
    ],
)
def test_s091_the_level_a_fi_is_believed_for(declared: str, capable: bool, believed: str) -> None:
    assert cleaned(acr=declared, is_mfa_capable=capable).acr == believed


@pytest.mark.parametrize(
    ("declared", "kept"),
    [
        ("eidas2", "eidas2"),
        ("https://fi.exemple.fr/fort", "https://fi.exemple.fr/fort"),
        ("", ""),
        ("x" * 257, ""),
        ("line\nbreak", ""),
    ],
)
def test_the_word_of_the_fi_is_kept_as_it_said_it(declared: str, kept: str) -> None:
    """Beside the level it is believed for."""
    assert cleaned(acr=declared, is_mfa_capable=False).declared_acr == kept


@pytest.mark.parametrize(
    ("declared", "capable", "believed"),
    [
        (("pwd", "otp", "mfa"), True, ("pwd", "otp", "mfa")),
        (("pwd", "otp", "mfa"), False, ("pwd", "otp")),
        (("pwd", "pwd"), True, ("pwd",)),
        (("pwd", "totp", "otp", "mfa"), True, ("pwd", "otp", "mfa")),
        (("pwd", "", "a b", "é", "x" * 65, "a\x00"), True, ("pwd",)),
        (tuple(f"m{number}" for number in range(100)), True, tuple(f"m{number}" for number in range(16))),
    ],
)
def test_s091_the_methods_a_fi_is_believed_for(
    declared: tuple[str, ...], capable: bool, believed: tuple[str, ...]
) -> None:
    assert cleaned(amr=declared, is_mfa_capable=capable).amr == believed


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)
NAMES = st.sampled_from([*HONEST, *OPTIONAL, "phone_number", "custom", "acr", "__proto__"]) | st.text()
WHOLE = st.dictionaries(NAMES, JSON, max_size=20)
PLAUSIBLE = st.fixed_dictionaries({name: st.just(value) | JSON for name, value in HONEST.items()})


@given(
    claims=st.builds(lambda honest, others: honest | others, PLAUSIBLE, WHOLE) | WHOLE,
    acr=st.text(),
    amr=st.lists(st.text()).map(tuple),
    capable=st.booleans(),
)
def test_s093_anything_is_a_sound_identity_or_a_refusal(
    claims: dict[str, Any], acr: str, amr: tuple[str, ...], capable: bool
) -> None:
    authentication = Authentication(acr=acr, amr=amr, authenticated_at=NOW, proof="")
    outcome = clean(claims, authentication, provider(is_mfa_capable=capable))
    identity = outcome.identity
    assert (identity is None) is bool(outcome.refused_claims)
    if identity is None:
        return
    assert str(EmailAddress.parse(identity.email)) == identity.email
    assert str(Siret.parse(identity.siret)) == identity.siret
    assert identity.sub == claims["sub"]
    assert all(text.isprintable() for text in (identity.given_name, identity.usual_name) if text.isascii())
    json.dumps(identity.custom, allow_nan=False).encode()


def test_an_honest_and_complete_identity_has_no_defect() -> None:
    assert defects() == set()


@pytest.mark.parametrize(
    ("claims", "known", "found"),
    [
        pytest.param(
            {"email": ...}, {}, {("email", "missing"), ("email", "refused")}, id="mandatory, absent"
        ),
        pytest.param({"email": "x"}, {}, {("email", "refused")}, id="mandatory, wrong"),
        pytest.param({"phone_number": None}, {}, {("phone_number", "missing")}, id="expected, null"),
        pytest.param({"phone_number": "12"}, {}, {("phone_number", "dropped")}, id="phone of no use"),
        pytest.param({"siren": "123"}, {}, {("siren", "dropped")}, id="wrong SIREN"),
        pytest.param({"siren": ...}, {}, set(), id="optional, absent"),
        pytest.param(
            {"chorusdt:matricule": 42}, {}, {("chorusdt:matricule", "refused")}, id="number for a text"
        ),
        pytest.param(
            {"siret": ...},
            {"default_siret": "11004601800013"},
            {("siret", "missing"), ("siret", "defaulted")},
            id="no SIRET, the FI's own",
        ),
        pytest.param(
            {"siret": "1"},
            {"default_siret": "11004601800013"},
            {("siret", "dropped"), ("siret", "defaulted")},
            id="wrong SIRET, the FI's own",
        ),
        pytest.param(
            {"siret": "1"}, {}, {("siret", "dropped"), ("siret", "refused")}, id="wrong SIRET alone"
        ),
        pytest.param({}, {"acr": ""}, {("acr", "missing")}, id="no level"),
        pytest.param({}, {"acr": "strong"}, {("acr", "dropped")}, id="unknown level"),
        pytest.param({}, {"amr": ()}, {("amr", "missing")}, id="no method"),
        pytest.param({}, {"amr": ("pwd", "a b")}, {("amr", "dropped")}, id="a method that is no word"),
        pytest.param({"__proto__": 1}, {}, {("custom", "refused")}, id="hostile name"),
    ],
)
def test_what_was_wrong_is_told(
    claims: dict[str, Any], known: dict[str, Any], found: set[tuple[str, str]]
) -> None:
    assert defects(claims, **known) == found


def test_all_that_is_wrong_is_told_at_once() -> None:
    assert refusal({"email": "x", "uid": ..., "siret": "1"}) == "uid, email, siret"


def test_claims_that_no_row_knows_are_named() -> None:
    assert received({"job": "chef", "badge": 12, "amr": ["x"]}).unknown == ("badge", "job")


def test_each_claim_of_the_table_is_there_or_its_absence_told() -> None:
    for field in FIELDS:
        if field.presence is not Presence.OPTIONAL:
            assert (field.claim, "missing") in defects({field.claim: ...})


def test_a_defect_is_one_the_quality_report_knows() -> None:
    assert {defect.value for defect in Defect} < set(ProviderDefect.Defect.values)
