"""The FI ended its own session: ours ends, its tokens die, and the FS told in it hears of it. Nobody else can do that."""

import time
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from django.core.cache import cache
from django.test import Client as Browser
from joserfc import jwe

from federation import own_keys, registry
from federation.models import Provider, SsoSession
from federation.rp import metadata
from federation.rp.logout_token import EVENT
from proconnect.platform.models import OutboxMessage
from tests.federation.journey.conftest import OTHER_DOMAIN
from tests.federation.journey.trip import Trip, answered
from tests.federation.op.asking import read_userinfo, renew
from tests.mirrors.provider.double import DemoProvider

BACK, FRONT = "/api/v2/client/backchannel-logout", "/api/v2/client/frontchannel-logout"
OTHER_AGENT = {"sub": "agent-2", "uid": "agent-2", "email": f"claude.petit@{OTHER_DOMAIN}"}


@pytest.fixture(autouse=True)
def nothing_remembered():
    metadata.forget()
    cache.clear()
    yield
    metadata.forget()
    cache.clear()


@pytest.fixture
def trip(navigator, service, ministry):
    return Trip(navigator, service)


@pytest.fixture
def opened(trip, demo_provider):
    """What the FS holds of a session that is open; the person is agent-1 there."""
    return trip.redeem(answered(trip.through(demo_provider))["code"])


def the_session() -> SsoSession:
    return SsoSession.objects.get(ended_at=None)


def logout_token(
    demo: DemoProvider,
    *,
    header: dict[str, Any] | None = None,
    how: Any = "honest",
    algorithm: str = "ES256",
    **changes: Any,
) -> str:
    """As this FI would sign it; ``None`` takes a claim away."""
    now = int(time.time())
    honest = {
        "iss": demo.issuer,
        "aud": "proconnect",
        "iat": now,
        "exp": now + 120,
        "jti": str(uuid4()),
        "events": {EVENT: {}},
        "sub": "agent-1",
    }
    claims = {name: value for name, value in (honest | changes).items() if value is not None}
    return demo._issuer.keys.sign(claims, {"typ": "logout+jwt"} | (header or {}), algorithm, how)


def post(token: str, **form: str) -> Any:
    body = {"logout_token": token} | form
    return Browser().post(
        BACK, "&".join(f"{name}={value}" for name, value in body.items()), content_type=FORM
    )


FORM = "application/x-www-form-urlencoded"


def is_open() -> bool:
    return SsoSession.objects.filter(ended_at=None).exists()


# By the FI's server


def test_the_session_the_fi_names_is_over_here_with_its_tokens(trip, opened, demo_provider):
    sid = the_session().provider_sid
    assert len(sid) == 16
    response = post(logout_token(demo_provider, sid=sid))
    assert (response.status_code, response.content) == (200, b"")
    assert "no-store" in response["Cache-Control"]
    row = SsoSession.objects.get()
    assert row.ending == SsoSession.Ending.PROVIDER_ENDED
    assert read_userinfo(opened["access_token"]).status_code == 401
    assert renew(trip.service, opened["refresh_token"]).json()["error"] == "invalid_grant"
    assert answered(trip.depart(prompt="none"))["error"] == "login_required"


def test_the_fs_is_told(navigator, ministry, demo_provider, service):
    service.backchannel_logout_uri = "https://fs.example.gouv.fr/logout"
    service.save()
    registry.look_again()
    Trip(navigator, service).through(demo_provider)
    before = OutboxMessage.objects.count()
    post(logout_token(demo_provider, sid=the_session().provider_sid))
    assert OutboxMessage.objects.count() == before + 1


@pytest.mark.parametrize("named", [{"sub": "agent-1"}, {"sub": "agent-1", "sid": None}])
def test_without_a_session_s_name_all_those_of_the_person_there_are_over(
    trip, opened, demo_provider, service, named
):
    Trip(Browser(enforce_csrf_checks=True), service).through(demo_provider)
    assert SsoSession.objects.filter(ended_at=None).count() == 2
    assert post(logout_token(demo_provider, **named)).status_code == 200
    assert not is_open()


def test_with_its_name_the_person_s_other_sessions_go_on(trip, opened, demo_provider, service):
    first = the_session()
    Trip(Browser(enforce_csrf_checks=True), service).through(demo_provider)
    post(logout_token(demo_provider, sid=first.provider_sid))
    assert the_session().sid != first.sid
    assert read_userinfo(opened["access_token"]).status_code == 401


def test_a_session_whose_name_the_fi_never_gave_is_found_by_the_person(trip, demo_provider):
    demo_provider.misbehave(id_token={"sid": None})
    trip.through(demo_provider)
    assert the_session().provider_sid == ""
    post(logout_token(demo_provider, sid="a-name-of-its-own"))
    assert not is_open()


@pytest.mark.parametrize("named", [{"sub": "somebody-else"}, {"sub": None, "sid": "an-unknown-session"}])
def test_an_unknown_person_or_session_is_answered_alike_and_ends_nothing(opened, demo_provider, named):
    response = post(logout_token(demo_provider, **named))
    assert (response.status_code, response.content) == (200, b"")
    assert is_open()


def test_a_session_s_name_with_another_person_ends_nothing(opened, demo_provider):
    post(logout_token(demo_provider, sid=the_session().provider_sid, sub="somebody-else"))
    assert is_open()


def test_a_step_up_at_the_fi_gives_the_session_its_new_name(trip, opened, demo_provider):
    before = the_session()
    trip.through(demo_provider, prompt="login")
    after = the_session()
    assert after.sid == before.sid
    assert after.provider_sid != before.provider_sid


@pytest.mark.parametrize("sid", [42, ["x"], "x" * 256, "a\x00b", ""])
def test_a_name_of_no_use_is_left_out(trip, demo_provider, sid):
    demo_provider.misbehave(id_token={"sid": sid})
    assert answered(trip.through(demo_provider))["code"]
    assert the_session().provider_sid == ""


def test_it_serves_once(trip, opened, demo_provider):
    token = logout_token(demo_provider)
    assert post(token).status_code == 200
    trip.through(demo_provider)
    again = post(token)
    assert (again.status_code, again.json()) == (400, {"error": "invalid_request"})
    assert is_open()


REFUSED: dict[str, dict[str, Any]] = {
    "another issuer": {"iss": "https://evil.example"},
    "no issuer": {"iss": None},
    "issuer that is no text": {"iss": ["x"]},
    "another audience": {"aud": "another"},
    "one more audience": {"aud": ["proconnect", "another"]},
    "no audience": {"aud": None},
    "no issue date": {"iat": None},
    "issued tomorrow": {"iat": int(time.time()) + 86400},
    "expired": {"exp": int(time.time()) - 60},
    "no expiry": {"exp": None},
    "endless": {"exp": int(time.time()) + 10 * 86400},
    "expiry out of the calendar": {"exp": 1e300},
    "no event": {"events": None},
    "another event": {"events": {"http://schemas.openid.net/event/other": {}}},
    "an event that is no object": {"events": {EVENT: True}},
    "events in a list": {"events": [EVENT]},
    "a nonce": {"nonce": "x"},
    "an empty nonce": {"nonce": ""},
    "nobody": {"sub": None},
    "a person who is no text": {"sub": 42},
    "an empty person": {"sub": ""},
    "a session that is no text": {"sid": ["x"]},
    "no identifier": {"jti": None},
    "an endless identifier": {"jti": "x" * 300},
    "another kind of token": {"header": {"typ": "at+jwt"}},
    "a kind that is no text": {"header": {"typ": 42}},
    "a critical header": {"header": {"crit": ["exp"], "exp": 1}},
    "unsigned": {"how": "none"},
    "signed by our idea of a secret": {"how": "hs256_with_public_key"},
    "signed by another": {"how": "other_key"},
    "altered": {"how": "tampered"},
    "encrypted, unsigned": {"how": "jwe_by_password"},
}


@pytest.mark.parametrize("wrong", REFUSED.values(), ids=REFUSED)
def test_a_token_that_fails_a_check_ends_nothing_and_is_told_no_more(opened, demo_provider, wrong):
    response = post(logout_token(demo_provider, **wrong))
    assert (response.status_code, response.json()) == (400, {"error": "invalid_request"})
    assert is_open()


@pytest.mark.parametrize(
    "token", ["", "x", "a.b.c", "a.b.c.d.e", "W10.e30.c2ln", "e30.W10.c2ln", "x" * 70_000]
)
def test_what_is_no_token_ends_nothing(opened, token):
    assert post(token).status_code == 400
    assert is_open()


def test_it_is_posted_once_as_a_form(opened, demo_provider):
    token = logout_token(demo_provider)
    assert Browser().get(BACK, {"logout_token": token}).status_code == 405
    assert Browser().post(f"{BACK}?logout_token={token}").status_code == 400
    assert Browser().post(BACK, {"logout_token": token}).status_code == 400  # multipart
    assert post(token, a=f"b&logout_token={token}").status_code == 400
    assert is_open()


def test_an_id_token_does_not_pass_for_one(trip, opened, demo_provider):
    issued = trip.browser.session["sso"]["identity"]["proof"]
    assert issued.count(".") == 2
    assert post(issued).status_code == 400
    assert is_open()


def test_a_fi_ends_the_sessions_of_its_own_people_alone(
    opened, agency: Provider, other_provider: DemoProvider, demo_provider
):
    """Same sub, same name of session: they are another FI's."""
    sid = the_session().provider_sid
    assert post(logout_token(other_provider, sid=sid)).status_code == 200
    assert post(logout_token(other_provider, iss=demo_provider.issuer, sid=sid)).status_code == 400
    assert is_open()


def test_a_fi_that_is_closed_is_not_listened_to(opened, demo_provider, ministry):
    Provider.objects.filter(uid=ministry.uid).update(is_active=False)
    registry.look_again()
    assert post(logout_token(demo_provider)).status_code == 400


def test_keys_rotated_since_are_fetched_and_keys_out_of_reach_are_waited_for(opened, demo_provider):
    demo_provider.rotate_keys("drop")
    assert post(logout_token(demo_provider)).status_code == 200
    metadata.forget()
    demo_provider.misbehave(trouble={"discovery": {"kind": "status", "value": 500}})
    cache.clear()
    response = post(logout_token(demo_provider))
    assert (response.status_code, int(response["Retry-After"]) > 0) == (503, True)


def test_f18_forged_logout_tokens_do_not_delay_the_keys_a_sign_in_needs(trip, opened, demo_provider):
    for _ in range(5):
        assert post(logout_token(demo_provider, how="unknown_kid")).status_code == 400
    assert len(demo_provider.received("jwks")) == 2
    demo_provider.rotate_keys("drop")
    assert answered(trip.through(demo_provider, prompt="login"))["code"]


def sealed_for_us(token: str, algorithm: str) -> str:
    key = own_keys.decryption().opening[algorithm][0]
    protected = {"alg": algorithm, "enc": "A256GCM"}
    return jwe.encrypt_compact(protected, token, key, algorithms=[algorithm, "A256GCM"])


@pytest.mark.parametrize(("algorithm", "status"), [("ECDH-ES", 200), ("RSA-OAEP-256", 400)])
def test_it_may_be_encrypted_as_the_id_token_is(opened, demo_provider, ministry, algorithm, status):
    Provider.objects.filter(uid=ministry.uid).update(
        id_token_encrypted_response_alg="ECDH-ES", id_token_encrypted_response_enc="A256GCM"
    )
    registry.look_again()
    assert post(sealed_for_us(logout_token(demo_provider), algorithm)).status_code == status
    assert is_open() == (status == 400)


# By a frame of the FI's page


def frame(**sent: Any) -> Any:
    """From another site: the browser sends none of our cookies (SameSite=Lax)."""
    response = Browser().get(FRONT, sent)
    assert (response.status_code, response.content) == (200, b"")
    assert not response.cookies
    assert "no-store" in response["Cache-Control"]
    assert response["X-Frame-Options"] == "DENY"
    return response


def test_a_frame_that_names_fi_and_session_ends_it(trip, opened, demo_provider):
    frame(iss=demo_provider.issuer, sid=the_session().provider_sid)
    assert SsoSession.objects.get().ending == SsoSession.Ending.PROVIDER_ENDED
    assert answered(trip.depart(prompt="none"))["error"] == "login_required"


Names = Callable[[str, str], dict[str, Any]]


@pytest.mark.parametrize(
    "names",
    [
        pytest.param(lambda iss, sid: {}, id="nothing"),
        pytest.param(lambda iss, sid: {"iss": iss}, id="no session"),
        pytest.param(lambda iss, sid: {"sid": sid}, id="no FI"),
        pytest.param(lambda iss, sid: {"iss": iss + "/", "sid": sid}, id="another FI"),
        pytest.param(lambda iss, sid: {"iss": iss, "sid": sid[:-1]}, id="another session"),
        pytest.param(lambda iss, sid: {"iss": iss, "sid": sid.upper() + "A"}, id="another case"),
        pytest.param(lambda iss, sid: {"iss": [iss, iss], "sid": sid}, id="twice"),
        pytest.param(lambda iss, sid: {"iss": iss, "sid": f"{sid}\x00"}, id="NUL"),
        pytest.param(lambda iss, sid: {"iss": "", "sid": ""}, id="empty"),
    ],
)
def test_unless_both_are_right_nothing_ends_and_the_answer_is_the_same(opened, demo_provider, names: Names):
    frame(**names(demo_provider.issuer, the_session().provider_sid))
    assert is_open()


def test_a_name_that_could_be_guessed_ends_nothing(trip, demo_provider):
    demo_provider.misbehave(id_token={"sid": "42"})
    trip.through(demo_provider)
    frame(iss=demo_provider.issuer, sid="42")
    assert is_open()


def test_the_name_of_a_session_at_another_fi_ends_nothing(opened, agency, other_provider):
    frame(iss=other_provider.issuer, sid=the_session().provider_sid)
    assert is_open()
