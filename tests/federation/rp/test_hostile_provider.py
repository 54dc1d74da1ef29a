"""FI that misbehave, and browsers that lie: nothing of theirs becomes an identity."""

import time
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

import httpx
import pytest
import time_machine
from joserfc import jwt
from joserfc.jwk import ECKey

from federation.rp import transaction
from proconnect.kernel.contracts.identity_provider import ProviderRefused, ProviderUnreachable
from tests.federation.rp.conftest import RETURN_TO, Trip, callback_request
from tests.mirrors.provider.double import DemoProvider, answer_in

NewTrip = Callable[..., Trip]
OURS = "proconnect"


def refused(there: Trip, callback: str, **asked: Any) -> ProviderRefused:
    with pytest.raises(ProviderRefused) as refusal:
        there.collect(callback, **asked)
    return refusal.value


def refusal_of(there: Trip, **asked: Any) -> tuple[str, str]:
    """Public code, and check that failed."""
    refusal = refused(there, there.sign_in(there.depart(**asked)), **asked)
    return refusal.code, refusal.check


def altered(callback: str, **changes: str | None) -> str:
    sent = {name: value for name, value in (answer_in(callback) | changes).items() if value is not None}
    return f"{RETURN_TO}?{urlencode(sent)}"


# The browser's answer


@pytest.mark.parametrize("state", [None, "", "unknown", "x" * 5000, "é\x00"])
def test_s059_a_callback_without_a_state_of_ours_is_refused(
    trip: NewTrip, demo_provider: DemoProvider, state: str | None
) -> None:
    there = trip()
    callback = altered(there.sign_in(there.depart()), state=state)
    refusal = refused(there, callback)
    assert (refusal.code, refusal.check) == ("Y190012", "state_is_ours_and_unused")
    assert transaction.of_callback(callback_request(callback)) is None
    assert demo_provider.received("token") == []


def test_s059_a_doubled_state_is_refused(trip: NewTrip) -> None:
    there = trip()
    callback = there.sign_in(there.depart())
    assert refused(there, f"{callback}&state={answer_in(callback)['state']}").code == "Y190012"


def test_s060_the_state_of_another_browser_s_journey_is_refused(
    trip: NewTrip, demo_provider: DemoProvider
) -> None:
    attacker = trip()
    victim = Trip(demo_provider, {"uid": attacker.record.uid})
    assert refused(victim, attacker.sign_in(attacker.depart())).code == "Y190012"
    assert demo_provider.received("token") == []


def test_s061_a_state_serves_once(trip: NewTrip, demo_provider: DemoProvider) -> None:
    there = trip()
    callback = there.sign_in(there.depart())
    there.collect(callback)
    assert refused(there, callback).code == "Y190012"
    assert len(demo_provider.received("token")) == 1


def test_s061_even_when_the_first_answer_failed(trip: NewTrip, demo_provider: DemoProvider) -> None:
    there = trip()
    callback = there.sign_in(there.depart())
    refused(there, altered(callback, code=None))
    assert refused(there, callback).code == "Y190012"


def test_s066_a_code_of_one_fi_with_the_state_of_another_is_refused(
    trip: NewTrip, other_trip: NewTrip, demo_provider: DemoProvider, other_provider: DemoProvider
) -> None:
    journey_id = uuid4()
    here, there = trip(), other_trip()
    here.journey_id = there.journey_id = journey_id
    from_here = answer_in(here.sign_in(here.depart()))
    from_there = answer_in(there.sign_in(there.depart()))

    mixed = f"{RETURN_TO}?{urlencode(from_here | {'state': from_there['state']})}"
    refusal = refused(there, mixed)
    assert (refusal.code, refusal.check) == ("Y020026", "answer_is_from_the_provider_we_asked")
    assert refused(here, f"{RETURN_TO}?{urlencode(from_here | {'state': 'x'})}").code == "Y190012"
    assert demo_provider.received("token") == other_provider.received("token") == []


def test_s066_a_state_is_bound_to_its_fi(trip: NewTrip, other_trip: NewTrip) -> None:
    here, there = trip(), other_trip()
    here.journey_id = there.journey_id
    assert refused(here, there.sign_in(there.depart())).check == "state_is_ours_and_unused"


@pytest.mark.parametrize("iss", [None, "", "https://evil.exemple.fr"])
def test_s066_the_iss_a_fi_announces_is_owed(trip: NewTrip, iss: str | None) -> None:
    there = trip()
    refusal = refused(there, altered(there.sign_in(there.depart()), iss=iss))
    assert refusal.check == "answer_is_from_the_provider_we_asked"


def test_s066_a_fi_that_announces_no_iss_may_send_none(trip: NewTrip, demo_provider: DemoProvider) -> None:
    demo_provider.misbehave(
        discovery={"authorization_response_iss_parameter_supported": None}, callback={"iss": None}
    )
    assert trip().go().sub == "agent-1"


def test_s066_but_not_a_foreign_one(trip: NewTrip, demo_provider: DemoProvider) -> None:
    demo_provider.misbehave(
        discovery={"authorization_response_iss_parameter_supported": None},
        callback={"iss": "https://evil.fr"},
    )
    assert refusal_of(trip()) == ("Y020026", "answer_is_from_the_provider_we_asked")


@pytest.mark.parametrize("code", [None, ""])
def test_a_callback_without_code_nor_error_is_refused(trip: NewTrip, code: str | None) -> None:
    there = trip()
    assert refused(there, altered(there.sign_in(there.depart()), code=code)).check == "code_is_there"


def test_a_doubled_code_is_refused(trip: NewTrip, demo_provider: DemoProvider) -> None:
    there = trip()
    assert refused(there, there.sign_in(there.depart()) + "&code=other").check == "parameters_come_once"
    assert demo_provider.received("token") == []


def test_an_unknown_code_is_refused_once(trip: NewTrip, demo_provider: DemoProvider) -> None:
    there = trip()
    refusal = refused(there, altered(there.sign_in(there.depart()), code="unknown"))
    assert (refusal.code, refusal.oauth_error) == ("Y020026", "invalid_grant")
    assert len(demo_provider.received("token")) == 1


def test_s069_the_fi_s_refusal_is_told_in_few_harmless_words(trip: NewTrip) -> None:
    there = trip()
    hostile = "<script>alert(1)</script>\r\n\x00\u202e" + "x" * 10_000
    callback = there.sign_in(there.depart(), answer="error", error="access_denied", error_description=hostile)
    refusal = refused(there, callback)
    assert (refusal.code, refusal.oauth_error) == ("Y020032", "access_denied")
    assert len(refusal.description) <= 256
    assert refusal.description.isprintable()


def test_s069_a_refusal_needs_a_state_too(trip: NewTrip) -> None:
    assert refused(trip(), f"{RETURN_TO}?error=access_denied&state=x").code == "Y190012"


# The ID token


@pytest.mark.parametrize(
    ("claims", "check"),
    [
        pytest.param({"nonce": None}, "nonce_is_the_one_we_sent", id="S-062 no nonce"),
        pytest.param({"nonce": "other"}, "nonce_is_the_one_we_sent", id="S-062 another nonce"),
        pytest.param({"aud": None}, "audience_is_ours_alone", id="S-063 no audience"),
        pytest.param({"aud": "other"}, "audience_is_ours_alone", id="S-063 another audience"),
        pytest.param({"aud": [OURS, "other"]}, "audience_is_ours_alone", id="S-063 one more audience"),
        pytest.param({"aud": []}, "audience_is_ours_alone", id="S-063 no audience in a list"),
        pytest.param({"azp": "other"}, "authorized_party_is_ours", id="S-063 another authorized party"),
        pytest.param({"iss": None}, "issuer_is_the_one_we_asked", id="S-064 no issuer"),
        pytest.param({"iss": "https://evil.fr"}, "issuer_is_the_one_we_asked", id="S-064 another issuer"),
        pytest.param({"sub": None}, "subject_is_named", id="no subject"),
        pytest.param({"sub": ""}, "subject_is_named", id="empty subject"),
        pytest.param({"sub": 42}, "subject_is_named", id="subject that is no text"),
        pytest.param({"exp": None}, "not_expired", id="S-068 no expiry"),
        pytest.param({"exp": 1}, "not_expired", id="S-068 expired"),
        pytest.param({"exp": "soon"}, "not_expired", id="S-068 expiry that is no date"),
        pytest.param({"iat": None}, "issued_recently", id="S-068 no issue date"),
        pytest.param({"iat": 1}, "issued_recently", id="S-068 issued long ago"),
        pytest.param({"iat": 4e9}, "issued_recently", id="S-068 issued in the far future"),
        pytest.param({"iat": 1e300}, "issued_recently", id="S-068 issued out of the calendar"),
        pytest.param({"nbf": 4e9}, "not_before_its_time", id="S-068 not valid yet"),
        pytest.param({"at_hash": "other"}, "access_token_hash_matches", id="hash of another access token"),
        pytest.param({"acr": 2}, "level_is_readable", id="level that is no text"),
        pytest.param({"acr": ["eidas1"]}, "level_is_readable", id="level in a list"),
        pytest.param({"amr": "pwd"}, "methods_are_readable", id="methods that are no list"),
        pytest.param({"amr": [1]}, "methods_are_readable", id="methods that are no texts"),
        pytest.param({"auth_time": 4e9}, "authentication_is_as_recent_as_asked", id="authenticated tomorrow"),
    ],
)
def test_an_id_token_that_fails_a_check_is_refused(
    trip: NewTrip, demo_provider: DemoProvider, claims: dict[str, Any], check: str
) -> None:
    demo_provider.misbehave(id_token=claims)
    code = "Y020029" if check == "subject_is_named" else "Y020030"
    assert refusal_of(trip()) == (code, check)
    assert demo_provider.received("userinfo") == []


@pytest.mark.parametrize("alter", [lambda issuer: issuer + "/", str.upper, lambda issuer: issuer[:-1]])
def test_s064_the_issuer_is_compared_to_the_byte(
    trip: NewTrip, demo_provider: DemoProvider, alter: Callable[[str], str]
) -> None:
    demo_provider.misbehave(id_token={"iss": alter(demo_provider.issuer)})
    assert refusal_of(trip()) == ("Y020030", "issuer_is_the_one_we_asked")


@pytest.mark.parametrize(
    ("signature", "check"),
    [
        ("none", "algorithm_is_the_one_agreed"),
        ("hs256_with_public_key", "algorithm_is_the_one_agreed"),
        ("other_key", "signature_is_valid"),
        ("unknown_kid", "signing_key_is_known"),
        ("tampered", "signature_is_valid"),
        ("absent", "id_token_is_there"),
    ],
)
def test_s065_an_id_token_the_fi_did_not_sign_is_refused(
    trip: NewTrip, demo_provider: DemoProvider, signature: str, check: str
) -> None:
    demo_provider.misbehave(id_token_signature=signature)
    assert refusal_of(trip()) == ("Y020030", check)
    assert demo_provider.received("userinfo") == []


def test_s065_hs256_with_the_public_key_is_refused_even_where_hs256_is_admitted(
    trip: NewTrip, demo_provider: DemoProvider
) -> None:
    demo_provider.misbehave(id_token_signature="hs256_with_public_key")
    there = trip(id_token_signed_response_algs=("ES256", "HS256"))
    assert refusal_of(there) == ("Y020030", "signature_is_valid")


def test_s065_the_algorithm_is_pinned_to_the_record(trip: NewTrip) -> None:
    assert refusal_of(trip(id_token_signed_response_algs=("RS256",))) == (
        "Y020030",
        "algorithm_is_the_one_agreed",
    )


@pytest.mark.parametrize("header", ["jwk", "jku", "x5u"])
def test_s065_keys_offered_by_the_token_itself_are_not_looked_at(
    trip: NewTrip, demo_provider: DemoProvider, header: str
) -> None:
    evil = ECKey.generate_key("P-256", {"kid": "evil"})
    offered = {
        "jwk": evil.as_dict(private=False),
        "jku": f"{demo_provider.issuer}/evil",
        "x5u": "https://evil.fr/c",
    }
    forged = forge(demo_provider, evil, {"kid": "evil", header: offered[header]})
    demo_provider.misbehave(token={"id_token": forged})
    assert refusal_of(trip()) == ("Y020030", "signing_key_is_known")


def forge(demo: DemoProvider, key: ECKey, header: dict[str, Any]) -> str:
    now = int(time.time())
    claims = {"iss": demo.issuer, "sub": "agent-1", "aud": OURS, "iat": now, "exp": now + 300, "nonce": "x"}
    return jwt.encode({"alg": "ES256", **header}, claims, key, algorithms=["ES256"])


def test_s065_a_critical_header_we_do_not_understand_is_refused(
    trip: NewTrip, demo_provider: DemoProvider
) -> None:
    demo_provider.misbehave(id_token_header={"crit": ["exp"], "exp": 1})
    assert refusal_of(trip()) == ("Y020030", "critical_headers_are_understood")


def test_headers_of_no_importance_are_ignored(trip: NewTrip, demo_provider: DemoProvider) -> None:
    demo_provider.misbehave(id_token_header={"vendor": {"x": 1}, "x5c": ["a" * 4000]})
    assert trip().go().sub == "agent-1"


def test_a_token_without_key_id_is_tried_with_each_key(trip: NewTrip, demo_provider: DemoProvider) -> None:
    demo_provider.rotate_keys("keep")
    demo_provider.misbehave(id_token_signature="no_kid")
    assert trip().go().sub == "agent-1"


@pytest.mark.parametrize("skew", [-25, 25])
def test_f20_a_clock_off_by_less_than_30_s_is_tolerated(
    trip: NewTrip, demo_provider: DemoProvider, skew: int
) -> None:
    demo_provider.misbehave(clock_skew=skew)
    assert trip().go().sub == "agent-1"


@pytest.mark.parametrize("skew", [-300, 300, -7200, 7200])
def test_f20_a_clock_off_by_minutes_is_refused_and_said(
    trip: NewTrip, demo_provider: DemoProvider, skew: int
) -> None:
    demo_provider.misbehave(clock_skew=skew)
    there = trip()
    refusal = refused(there, there.sign_in(there.depart()))
    assert refusal.code == "Y020030"
    assert refusal.description.startswith("horloge décalée de ")
    assert abs(int(refusal.description.split()[-2]) - skew) <= 3


def test_max_age_is_owed_an_authentication_time(trip: NewTrip, demo_provider: DemoProvider) -> None:
    demo_provider.misbehave(id_token={"auth_time": None})
    asked = {"max_age": timedelta(minutes=5)}
    assert refusal_of(trip(), **asked) == ("Y020030", "authentication_is_as_recent_as_asked")
    assert trip().go().sub == "agent-1"


def test_an_old_authentication_does_not_pass_for_a_fresh_one(
    trip: NewTrip, demo_provider: DemoProvider
) -> None:
    demo_provider.misbehave(id_token={"auth_time": int(time.time()) - 600})
    assert refusal_of(trip(), fresh=True)[1] == "authentication_is_as_recent_as_asked"
    assert refusal_of(trip(), max_age=timedelta(minutes=5))[1] == "authentication_is_as_recent_as_asked"
    assert trip().go({"max_age": timedelta(minutes=15)}).sub == "agent-1"


# The token endpoint


@pytest.mark.parametrize(
    ("answer", "check"),
    [
        ({"access_token": None}, "access_token_is_readable"),
        ({"access_token": ""}, "access_token_is_readable"),
        ({"access_token": "é"}, "access_token_is_readable"),
        ({"access_token": "a\r\nX-Injected: 1"}, "access_token_is_readable"),
        ({"access_token": ["a"]}, "access_token_is_readable"),
        ({"token_type": None}, "token_type_is_bearer"),
        ({"token_type": "DPoP"}, "token_type_is_bearer"),
        ({"id_token": None}, "id_token_is_there"),
        ({"id_token": {"sub": "agent-1"}}, "id_token_is_there"),
        ({"id_token": "x"}, "token_is_a_jws"),
        ({"id_token": "a.b.c"}, "token_is_a_jws"),
        ({"id_token": "é.é.é"}, "token_is_a_jws"),
        ({"id_token": "a.b.c.d.e"}, "token_is_a_jws"),
        ({"id_token": "W10.e30.c2ln"}, "token_is_a_jws"),
        ({"id_token": "e30.e30.c2ln"}, "algorithm_is_the_one_agreed"),
        ({"id_token": "eyJhbGciOjF9.e30.c2ln"}, "algorithm_is_the_one_agreed"),
        ({"id_token": "eyJhbGciOlsiRVMyNTYiXX0.e30.c2ln"}, "algorithm_is_the_one_agreed"),
        ({"id_token": "eyJhbGciOiJFUzI1NiIsImtpZCI6e319.e30.c2ln"}, "signing_key_is_known"),
        ({"id_token": "eyJhbGciOiJFUzI1NiJ9.e30.c2ln"}, "signature_is_valid"),
        ({"id_token": "eyJhbGciOiJFUzI1NiJ9..."}, "token_is_a_jws"),
        ({"id_token": "a" * 200_000}, "token_is_a_jws"),
        ({"id_token": f"eyJhbGciOiJFUzI1NiJ9.{'a' * 70_000}.c2ln"}, "token_is_a_jws"),
    ],
)
def test_a_token_answer_that_makes_no_sense_is_refused(
    trip: NewTrip, demo_provider: DemoProvider, answer: dict[str, Any], check: str
) -> None:
    demo_provider.misbehave(token=answer)
    assert refusal_of(trip()) == ("Y020030", check)


TROUBLES = [
    pytest.param({"kind": "status", "value": 500}, id="500"),
    pytest.param({"kind": "html"}, id="HTML"),
    pytest.param({"kind": "garbage"}, id="garbage"),
    pytest.param({"kind": "empty"}, id="empty"),
    pytest.param({"kind": "truncated"}, id="truncated"),
    pytest.param({"kind": "huge"}, id="huge"),
    pytest.param({"kind": "json", "value": []}, id="list"),
    pytest.param({"kind": "redirect", "value": "http://127.0.0.1:9/"}, id="redirect"),
]


@pytest.mark.parametrize("trouble", TROUBLES)
@pytest.mark.parametrize(
    ("endpoint", "code"), [("token", "Y020026"), ("userinfo", "Y020027"), ("jwks", "Y020031")]
)
def test_f17_an_endpoint_in_trouble_has_its_code_and_is_asked_once(
    trip: NewTrip, demo_provider: DemoProvider, trouble: dict[str, Any], endpoint: str, code: str
) -> None:
    demo_provider.misbehave(trouble={endpoint: trouble})
    there = trip()
    callback = there.sign_in(there.depart())
    assert failure_code(there, callback) == code
    assert len(demo_provider.received(endpoint)) == 1


def failure_code(there: Trip, callback: str) -> str:
    try:
        there.collect(callback)
    except (ProviderUnreachable, ProviderRefused) as failure:
        return failure.code
    raise AssertionError("an identity came back")


@pytest.mark.parametrize("trouble", TROUBLES)
def test_f17_discovery_in_trouble_stops_the_departure(
    trip: NewTrip, demo_provider: DemoProvider, trouble: dict[str, Any]
) -> None:
    demo_provider.misbehave(trouble={"discovery": trouble})
    with pytest.raises(ProviderUnreachable) as failure:
        trip().depart()
    assert failure.value.code == "Y020031"


def test_f15_a_fi_that_refuses_connections_fails_fast(trip: NewTrip) -> None:
    started = time.monotonic()
    with pytest.raises(ProviderUnreachable) as failure:
        trip(issuer="http://127.0.0.1:9").depart()
    assert failure.value.code == "Y020031"
    assert time.monotonic() - started < 3


def test_f16_a_slow_fi_is_cut_within_the_step(
    trip: NewTrip, demo_provider: DemoProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("federation.rp.remote.WHOLE_STEP", timedelta(seconds=0.5))
    demo_provider.misbehave(trouble={"userinfo": {"kind": "slow", "value": 3}})
    there = trip()
    callback = there.sign_in(there.depart())
    started = time.monotonic()
    with pytest.raises(ProviderUnreachable) as failure:
        there.collect(callback)
    assert failure.value.code == "Y020027"
    assert time.monotonic() - started < 1.5


def test_s072_a_private_address_is_not_called_in_production(
    trip: NewTrip, demo_provider: DemoProvider, settings: Any
) -> None:
    settings.ENV = replace(settings.ENV, allow_private_addresses=False)
    with pytest.raises(ProviderUnreachable) as failure:
        trip().depart()
    assert failure.value.code == "Y020031"
    assert demo_provider.received("discovery") == []


@pytest.mark.parametrize(
    "endpoint", ["token_endpoint", "userinfo_endpoint", "jwks_uri", "authorization_endpoint"]
)
@pytest.mark.parametrize("url", ["http://10.0.0.1/x", "javascript:alert(1)", "file:///etc/passwd", "//x", 42])
def test_s072_discovery_cannot_send_us_or_the_browser_anywhere(
    trip: NewTrip, demo_provider: DemoProvider, endpoint: str, url: Any
) -> None:
    demo_provider.misbehave(discovery={endpoint: url})
    with pytest.raises(ProviderUnreachable) as failure:
        trip().depart()
    assert failure.value.code == "Y020031"


def test_s074_the_discovery_of_another_issuer_is_refused(trip: NewTrip, demo_provider: DemoProvider) -> None:
    demo_provider.misbehave(discovery={"issuer": demo_provider.issuer + "/"})
    with pytest.raises(ProviderUnreachable, match="another issuer"):
        trip().depart()


# Userinfo


def test_s067_userinfo_about_somebody_else_is_refused(trip: NewTrip, demo_provider: DemoProvider) -> None:
    demo_provider.misbehave(userinfo={"sub": "agent-2"})
    assert refusal_of(trip()) == ("Y020027", "userinfo_is_about_the_same_person")


def test_s067_userinfo_about_nobody_is_refused(trip: NewTrip, demo_provider: DemoProvider) -> None:
    demo_provider.misbehave(userinfo={"sub": None})
    assert refusal_of(trip()) == ("Y020029", "userinfo_names_its_subject")


def test_s070_json_where_a_jwt_is_agreed_is_refused(trip: NewTrip, demo_provider: DemoProvider) -> None:
    demo_provider.misbehave(userinfo_signature="absent")
    assert refusal_of(trip()) == ("Y020027", "userinfo_comes_in_the_agreed_form")


def test_s070_a_jwt_where_json_is_agreed_is_refused(trip: NewTrip) -> None:
    there = trip(userinfo_signed_response_alg=None)
    assert refusal_of(there) == ("Y020027", "userinfo_comes_in_the_agreed_form")


@pytest.mark.parametrize(
    ("signature", "check"),
    [
        ("none", "algorithm_is_the_one_agreed"),
        ("hs256_with_public_key", "algorithm_is_the_one_agreed"),
        ("other_key", "signature_is_valid"),
        ("unknown_kid", "signing_key_is_known"),
        ("tampered", "signature_is_valid"),
    ],
)
def test_s065_userinfo_the_fi_did_not_sign_is_refused(
    trip: NewTrip, demo_provider: DemoProvider, signature: str, check: str
) -> None:
    demo_provider.misbehave(userinfo_signature=signature)
    assert refusal_of(trip()) == ("Y020027", check)


@pytest.mark.parametrize("claims", [{"aud": "other"}, {"aud": ["other"]}, {"iss": "https://evil.fr"}])
def test_userinfo_signed_for_another_is_refused(
    trip: NewTrip, demo_provider: DemoProvider, claims: dict[str, Any]
) -> None:
    demo_provider.misbehave(userinfo=claims)
    assert refusal_of(trip()) == ("Y020027", "userinfo_is_for_us")


def test_s079_what_the_id_token_says_of_an_address_is_not_applied_to_another(
    trip: NewTrip, demo_provider: DemoProvider
) -> None:
    demo_provider.misbehave(id_token={"email": "chef@ministere.gouv.fr", "email_verified": True})
    identity = trip().go()
    assert identity.email == "camille.durand@exemples.gouv.fr"
    assert "email_verified" not in identity.custom


@pytest.mark.parametrize(
    ("claims", "claim"),
    [
        ({"email": "not an address"}, "email"),
        ({"given_name": "a\x00b"}, "given_name"),
        ({"usual_name": None}, "usual_name"),
        ({"uid": "é"}, "uid"),
        ({"siret": "00000000000001"}, "siret"),
        ({"anything": {"a": {"b": {"c": {"d": {"e": 1}}}}}}, "custom"),
        ({"__proto__": {"admin": True}}, "custom"),
    ],
)
def test_s092_a_wrong_identity_names_the_claim(
    trip: NewTrip, demo_provider: DemoProvider, claims: dict[str, Any], claim: str
) -> None:
    demo_provider.misbehave(userinfo=claims)
    assert refusal_of(trip()) == ("Y500006", claim)


def test_s093_a_userinfo_of_10_megabytes_is_not_read(trip: NewTrip, demo_provider: DemoProvider) -> None:
    demo_provider.register(replace(demo_provider.client, userinfo_signed_response_alg=None))
    demo_provider.misbehave(userinfo={"bio": "x" * 10_000_000})
    there = trip()
    callback = there.sign_in(there.depart())
    with pytest.raises(ProviderUnreachable) as failure:
        there.collect(callback)
    assert failure.value.code == "Y020027"


# Keys


@pytest.mark.parametrize("published", ["keep", "drop"])
def test_f18_a_rotation_costs_one_fetch_and_no_login(
    trip: NewTrip, demo_provider: DemoProvider, published: Any
) -> None:
    trip().go()
    demo_provider.rotate_keys(published)
    trip().go()
    trip().go()
    assert len(demo_provider.received("jwks")) == 2


def test_f18_keys_rotated_while_the_person_was_signing_in(trip: NewTrip, demo_provider: DemoProvider) -> None:
    trip().go()
    there = trip()
    url = there.depart()
    demo_provider.rotate_keys()
    assert there.collect(there.sign_in(url)).sub == "agent-1"


def test_s073_forged_key_ids_do_not_storm_the_fi(trip: NewTrip, demo_provider: DemoProvider) -> None:
    demo_provider.misbehave(id_token_signature="unknown_kid")
    for _ in range(5):
        assert refusal_of(trip())[1] == "signing_key_is_known"
    assert len(demo_provider.received("jwks")) == 2


def test_keys_of_no_use_among_the_published_ones_are_left_out(
    trip: NewTrip, demo_provider: DemoProvider
) -> None:
    honest = httpx.get(f"{demo_provider.issuer}/jwks").json()["keys"]
    same_kid_for_encryption = {**honest[0], "use": "enc"}
    strangers = [
        {"kty": "AKP", "kid": "pq"},
        {"kty": "EC", "crv": "P-256"},
        {"kty": "oct", "k": "eHg"},
        42,
        None,
        {},
    ]
    demo_provider.misbehave(jwks={"keys": [*strangers, *honest, same_kid_for_encryption]})
    assert trip().go().sub == "agent-1"


def test_keys_without_an_id_are_tried(trip: NewTrip, demo_provider: DemoProvider) -> None:
    honest = httpx.get(f"{demo_provider.issuer}/jwks").json()["keys"]
    demo_provider.misbehave(jwks={"keys": [{k: v for k, v in key.items() if k != "kid"} for key in honest]})
    assert trip().go().sub == "agent-1"


# When what was published goes wrong, what was good serves on


@pytest.mark.parametrize(
    "fault",
    [
        pytest.param({"discovery": {"issuer": "https://evil.exemple.fr"}}, id="another issuer"),
        pytest.param({"discovery": {"token_endpoint": "http://10.0.0.1/x"}}, id="a private address"),
        pytest.param({"trouble": {"discovery": {"kind": "html"}}}, id="HTML"),
    ],
)
def test_s074_the_last_good_configuration_serves_on(
    trip: NewTrip, demo_provider: DemoProvider, fault: dict[str, Any]
) -> None:
    there = trip()
    there.depart()
    demo_provider.misbehave(**fault)
    with time_machine.travel(timedelta(hours=1)):
        assert there.depart().startswith(f"{demo_provider.issuer}/authorize?")
    assert len(demo_provider.received("discovery")) == 2


def test_f19_keys_out_of_reach_serve_for_a_day_and_no_longer(
    trip: NewTrip, demo_provider: DemoProvider
) -> None:
    trip().go()
    demo_provider.misbehave(trouble={"jwks": {"kind": "status", "value": 500}})
    for hours in (1, 23):
        with time_machine.travel(timedelta(hours=hours)):
            assert trip().go().sub == "agent-1"
    with time_machine.travel(timedelta(hours=25)):
        there = trip()
        assert failure_code(there, there.sign_in(there.depart())) == "Y020031"
