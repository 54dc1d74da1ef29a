"""Each check of OIDC Core 3.1.3.7 against facts, no token and no network."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from federation.rp.id_token import (
    CHECKS,
    Check,
    Facts,
    access_token_hash_matches,
    audience_is_ours_alone,
    authenticated_at,
    authentication_is_as_recent_as_asked,
    authorized_party_is_ours,
    clock_drift,
    first_failure,
    issued_recently,
    issuer_is_the_one_we_asked,
    level_is_readable,
    methods_are_readable,
    nonce_is_the_one_we_sent,
    not_before_its_time,
    not_expired,
    subject_is_named,
)

NOW = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
T = int(NOW.timestamp())
DEPARTED = NOW - timedelta(minutes=2)
HONEST: dict[str, Any] = {
    "iss": "https://fi.exemple.fr",
    "sub": "agent-1",
    "aud": "proconnect",
    "exp": T + 300,
    "iat": T - 1,
    "nonce": "the-nonce",
}


def facts(claims: dict[str, Any] | None = None, **known: Any) -> Facts:
    usual: dict[str, Any] = {
        "issuer": "https://fi.exemple.fr",
        "client_id": "proconnect",
        "nonce": "the-nonce",
        "access_token": "an-access-token",
        "departed_at": DEPARTED,
        "now": NOW,
    }
    said = {name: value for name, value in (HONEST | (claims or {})).items() if value is not ...}
    return Facts(claims=said, **(usual | known))


def test_an_honest_token_passes_them_all() -> None:
    assert first_failure(facts()) == ""


def test_the_checks_are_in_the_order_of_the_specification() -> None:
    assert [check.__name__ for check in CHECKS] == [
        "issuer_is_the_one_we_asked",
        "subject_is_named",
        "audience_is_ours_alone",
        "authorized_party_is_ours",
        "not_expired",
        "not_before_its_time",
        "issued_recently",
        "nonce_is_the_one_we_sent",
        "access_token_hash_matches",
        "level_is_readable",
        "methods_are_readable",
        "authentication_is_as_recent_as_asked",
    ]


@pytest.mark.parametrize(
    ("check", "claims", "holds"),
    [
        (issuer_is_the_one_we_asked, {}, True),
        (issuer_is_the_one_we_asked, {"iss": "https://fi.exemple.fr/"}, False),
        (issuer_is_the_one_we_asked, {"iss": "https://FI.exemple.fr"}, False),
        (issuer_is_the_one_we_asked, {"iss": "https://fi.exemple.fr.evil.com"}, False),
        (issuer_is_the_one_we_asked, {"iss": "https://fi.exemple"}, False),
        (issuer_is_the_one_we_asked, {"iss": ["https://fi.exemple.fr"]}, False),
        (issuer_is_the_one_we_asked, {"iss": ...}, False),
        (subject_is_named, {"sub": "x" * 256}, True),
        (subject_is_named, {"sub": "x" * 257}, False),
        (subject_is_named, {"sub": "é"}, False),
        (subject_is_named, {"sub": "a\x00"}, False),
        (subject_is_named, {"sub": ...}, False),
        (audience_is_ours_alone, {"aud": ["proconnect"]}, True),
        (audience_is_ours_alone, {"aud": ["proconnect", "other"]}, False),
        (audience_is_ours_alone, {"aud": ["proconnect", "proconnect"]}, False),
        (audience_is_ours_alone, {"aud": {"proconnect": 1}}, False),
        (audience_is_ours_alone, {"aud": "proconnect "}, False),
        (audience_is_ours_alone, {"aud": None}, False),
        (audience_is_ours_alone, {"aud": ...}, False),
        (authorized_party_is_ours, {}, True),
        (authorized_party_is_ours, {"azp": "proconnect"}, True),
        (authorized_party_is_ours, {"azp": "other"}, False),
        (authorized_party_is_ours, {"azp": None}, False),
        (not_expired, {"exp": T + 1}, True),
        (not_expired, {"exp": T - 29}, True),
        (not_expired, {"exp": T - 30}, False),
        (not_expired, {"exp": T + 0.5}, True),
        (not_expired, {"exp": str(T + 300)}, False),
        (not_expired, {"exp": True}, False),
        (not_expired, {"exp": 253402300799}, True),
        (not_expired, {"exp": 10**400}, False),
        (not_expired, {"exp": ...}, False),
        (not_before_its_time, {}, True),
        (not_before_its_time, {"nbf": T + 30}, True),
        (not_before_its_time, {"nbf": T + 31}, False),
        (not_before_its_time, {"nbf": "x"}, False),
        (issued_recently, {"iat": T + 30}, True),
        (issued_recently, {"iat": T + 31}, False),
        (issued_recently, {"iat": T - 150}, True),
        (issued_recently, {"iat": T - 151}, False),
        (issued_recently, {"iat": -1e18}, False),
        (issued_recently, {"iat": None}, False),
        (issued_recently, {"iat": ...}, False),
        (nonce_is_the_one_we_sent, {"nonce": "other"}, False),
        (nonce_is_the_one_we_sent, {"nonce": None}, False),
        (nonce_is_the_one_we_sent, {"nonce": ...}, False),
        (access_token_hash_matches, {}, True),
        (access_token_hash_matches, {"at_hash": "28kUqXOI1xkmtv5SGdXr-A"}, False),
        (access_token_hash_matches, {"at_hash": None}, False),
        (access_token_hash_matches, {"at_hash": ""}, False),
        (level_is_readable, {}, True),
        (level_is_readable, {"acr": None}, True),
        (level_is_readable, {"acr": "eidas9"}, True),
        (level_is_readable, {"acr": 0}, False),
        (level_is_readable, {"acr": ["eidas1"]}, False),
        (methods_are_readable, {}, True),
        (methods_are_readable, {"amr": None}, True),
        (methods_are_readable, {"amr": []}, True),
        (methods_are_readable, {"amr": ["pwd", "otp"]}, True),
        (methods_are_readable, {"amr": "pwd"}, False),
        (methods_are_readable, {"amr": [["pwd"]]}, False),
        (methods_are_readable, {"amr": {}}, False),
    ],
)
def test_one_check_at_a_time(check: Check, claims: dict[str, Any], holds: bool) -> None:
    assert check(facts(claims)) is holds
    assert (first_failure(facts(claims)) == "") is holds


def test_the_hash_of_the_access_token_is_the_one_of_the_specification() -> None:
    """OIDC Core, example A.3: at_hash of that access token."""
    example = facts(
        {"at_hash": "77QmUPtjPfzWtF2AnpK9RQ"}, access_token="jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y"
    )
    assert access_token_hash_matches(example)


@pytest.mark.parametrize(
    ("auth_time", "max_age", "fresh", "holds"),
    [
        pytest.param(..., None, False, True, id="nothing asked, nothing said"),
        pytest.param(..., 300, False, False, id="owed under max_age"),
        pytest.param(..., None, True, True, id="not owed under prompt=login"),
        pytest.param(T - 36000, None, False, True, id="old, but nobody asked"),
        pytest.param(T - 400, 300, False, True, id="recent enough when the browser left"),
        pytest.param(T - 451, 300, False, False, id="too old"),
        pytest.param(T - 149, 0, False, True, id="since the departure"),
        pytest.param(T - 151, 0, False, False, id="before the departure"),
        pytest.param(T - 149, None, True, True, id="fresh"),
        pytest.param(T - 151, None, True, False, id="the FI did not ask again"),
        pytest.param(T - 151, 3600, True, False, id="prompt=login is stricter than max_age"),
        pytest.param(T + 31, None, False, False, id="in the future"),
        pytest.param("x", None, False, False, id="no date"),
        pytest.param(None, None, False, False, id="null"),
    ],
)
def test_how_recent_the_authentication_is(
    auth_time: Any, max_age: int | None, fresh: bool, holds: bool
) -> None:
    asked = None if max_age is None else timedelta(seconds=max_age)
    seen = facts({"auth_time": auth_time}, max_age=asked, must_be_fresh=fresh)
    assert authentication_is_as_recent_as_asked(seen) is holds


@pytest.mark.parametrize(
    ("claims", "moment"),
    [
        ({"auth_time": T - 60}, NOW - timedelta(seconds=60)),
        ({}, NOW - timedelta(seconds=1)),
        ({"auth_time": T + 20}, NOW),
        ({"auth_time": ..., "iat": T + 20}, NOW),
    ],
)
def test_when_the_person_proved_who_they_are(claims: dict[str, Any], moment: datetime) -> None:
    assert authenticated_at(facts(claims)) == moment


@pytest.mark.parametrize(("iat", "drift"), [(T, 0), (T - 100, 0), (T + 300, 300), (T - 300, -300), (..., 0)])
def test_f20_the_drift_of_a_clock(iat: Any, drift: int) -> None:
    assert clock_drift(facts({"iat": iat})) == timedelta(seconds=drift)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)


@given(st.dictionaries(st.sampled_from([*HONEST, "azp", "nbf", "at_hash", "acr", "amr", "auth_time"]), JSON))
def test_hostile_claims_fail_a_check_or_change_nothing(claims: dict[str, Any]) -> None:
    seen = facts(claims)
    if first_failure(seen) == "":
        assert authenticated_at(seen) <= NOW
        assert seen.claims["nonce"] == "the-nonce"
    clock_drift(seen)
