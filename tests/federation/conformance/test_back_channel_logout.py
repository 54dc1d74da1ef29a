"""The Back-Channel Logout plan: the FS hears from our servers that the session is over."""

import secrets
import time
from typing import Any
from urllib.parse import urlencode

from joserfc import jwt

from tests.federation.conformance import checks
from tests.federation.conformance.applicant import Applicant, Flow, Person
from tests.federation.conformance.checks import NEEDS_A_PAGE, SKEW, Published
from tests.federation.conformance.relying_party import BACK_CHANNEL, SIGNED_OUT, Arrival

EVENT = "http://schemas.openid.net/event/backchannel-logout"
PATIENCE = 15  # seconds
ONE_DAY = 24 * 3600


def test_oidcc_backchannel_logout_discovery_endpoint_verification(published: Published) -> None:
    """Back-Channel Logout 2.1; the certification wants the session named too."""
    checks.every_endpoint_is_https(published.metadata)
    assert published.metadata["backchannel_logout_supported"] is True
    assert published.metadata["backchannel_logout_session_supported"] is True
    assert published.metadata["end_session_endpoint"]


def test_oidcc_backchannel_rp_initiated_logout(by_mode: dict[str, Applicant], newcomer: Person) -> None:
    applicant = by_mode["basic"]
    flow = applicant.flow(newcomer)
    state = secrets.token_urlsafe(96)
    asked = {
        "id_token_hint": flow.id_token,
        "post_logout_redirect_uri": applicant.party.signed_out,
        "state": state,
    }
    newcomer.open(f"{applicant.published.metadata['end_session_endpoint']}?{urlencode(asked)}")

    assert _logout_token_of(flow, applicant)["sub"] == flow.claims["sub"]

    (arrival,) = applicant.party.take(SIGNED_OUT)
    assert arrival.query == {"state": state}
    applicant.is_refused(newcomer, *NEEDS_A_PAGE, prompt="none")


def _logout_token_of(flow: Flow, applicant: Applicant) -> dict[str, Any]:
    """What is told of other sessions, which other modules ended, may arrive meanwhile: it is checked alike."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        for told in applicant.party.take(BACK_CHANNEL, patience=1):
            claims = _logout_token(told, applicant)
            if claims["sid"] == flow.claims["sid"]:
                return claims
    raise AssertionError("nobody told the FS that this session is over")


def _logout_token(told: Arrival, applicant: Applicant) -> dict[str, Any]:
    """Back-Channel Logout 2.4 and 2.5; the signature is of a published key."""
    assert told.method == "POST"
    assert told.content_type.partition(";")[0] == "application/x-www-form-urlencoded"
    assert told.form.keys() == {"logout_token"}
    assert not told.query
    token = jwt.decode(told.form["logout_token"], applicant.published.key_set, algorithms=["RS256"])
    assert token.header.get("typ", "logout+jwt") == "logout+jwt"
    claims, now = token.claims, time.time()
    assert claims["iss"] == applicant.site.issuer
    assert claims["aud"] in (applicant.client.client_id, [applicant.client.client_id])
    assert now - ONE_DAY < claims["iat"] < now + SKEW
    assert now - SKEW < claims.get("exp", now)
    assert claims["jti"]
    assert claims["events"] == {EVENT: {}}
    assert "nonce" not in claims
    assert claims.keys() & {"sub", "sid"}
    return claims
