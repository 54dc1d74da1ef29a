"""The RP-Initiated Logout plan: where a person who signs out ends, and that their session is over."""

import secrets
from typing import Any
from urllib.parse import urlencode

import pytest
from joserfc import jwt
from joserfc.jwk import RSAKey

from federation.errors import FederationError
from tests.federation.conformance import checks
from tests.federation.conformance.applicant import Applicant, Flow, Person
from tests.federation.conformance.checks import NEEDS_A_PAGE, Published
from tests.federation.conformance.relying_party import SIGNED_OUT, Arrival
from tests.mirrors.browser import Page

LONG_STATE = 96  # random bytes: 128 characters, which must come back whole


@pytest.fixture
def applicant(by_mode: dict[str, Applicant]) -> Applicant:
    return by_mode["basic"]


@pytest.fixture
def flow(applicant: Applicant, newcomer: Person) -> Flow:
    """The person has signed in, and their browser is the one that signs out."""
    return applicant.flow(newcomer)


def sign_out(applicant: Applicant, person: Person, **asked: str) -> Page:
    """Where the browser stops; the demo FI ends its own session on the way, without a page."""
    return person.open(f"{applicant.published.metadata['end_session_endpoint']}?{urlencode(asked)}")


def returned(applicant: Applicant) -> Arrival:
    (arrival,) = applicant.party.take(SIGNED_OUT)
    assert arrival.method == "GET"
    assert not arrival.repeated
    return arrival


def the_session_is_over(applicant: Applicant, person: Person) -> None:
    applicant.is_refused(person, *NEEDS_A_PAGE, prompt="none")


def the_session_is_still_open(applicant: Applicant, person: Person, flow: Flow) -> None:
    person.screens.clear()
    assert applicant.flow(person, prompt="none").claims["sub"] == flow.claims["sub"]


def nobody_is_sent_back(applicant: Applicant, page: Page) -> None:
    assert page.url.startswith(applicant.site.url)
    assert applicant.party.take(SIGNED_OUT) == []


def is_an_error_page(page: Page) -> None:
    assert page.status == 400
    assert FederationError.WRONG_POST_LOGOUT_REDIRECT_URI.value.code in page.words


def unsigned(claims: dict[str, Any]) -> str:
    return jwt.encode({"alg": "none"}, claims, RSAKey.generate_key(2048), algorithms=["none"])


def test_oidcc_rp_initiated_logout_discovery_endpoint_verification(published: Published) -> None:
    checks.every_endpoint_is_https(published.metadata)
    assert published.metadata["end_session_endpoint"].startswith(published.issuer)


def test_oidcc_rp_initiated_logout(applicant: Applicant, newcomer: Person, flow: Flow) -> None:
    state = secrets.token_urlsafe(LONG_STATE)
    sign_out(
        applicant,
        newcomer,
        id_token_hint=flow.id_token,
        post_logout_redirect_uri=applicant.party.signed_out,
        state=state,
    )
    assert returned(applicant).query == {"state": state}
    the_session_is_over(applicant, newcomer)


def test_oidcc_rp_initiated_logout_no_state(applicant: Applicant, newcomer: Person, flow: Flow) -> None:
    address = applicant.party.signed_out
    sign_out(applicant, newcomer, id_token_hint=flow.id_token, post_logout_redirect_uri=address)
    assert returned(applicant).query == {}
    the_session_is_over(applicant, newcomer)


def test_oidcc_rp_initiated_logout_bad_post_logout_redirect_uri(
    applicant: Applicant, newcomer: Person, flow: Flow
) -> None:
    bad = f"{applicant.party.signed_out}/{secrets.token_urlsafe(8)}"
    page = sign_out(applicant, newcomer, id_token_hint=flow.id_token, post_logout_redirect_uri=bad)
    is_an_error_page(page)
    nobody_is_sent_back(applicant, page)


def test_oidcc_rp_initiated_logout_query_added_to_post_logout_redirect_uri(
    applicant: Applicant, newcomer: Person, flow: Flow
) -> None:
    bad = f"{applicant.party.signed_out}?foo=bar"
    page = sign_out(applicant, newcomer, id_token_hint=flow.id_token, post_logout_redirect_uri=bad)
    is_an_error_page(page)
    nobody_is_sent_back(applicant, page)


@pytest.mark.filterwarnings("ignore")  # the library says that alg none is not safe
def test_oidcc_rp_initiated_logout_modified_id_token_hint(
    applicant: Applicant, newcomer: Person, flow: Flow
) -> None:
    _a_hint_of_somebody_else_sends_nobody_back(applicant, newcomer, unsigned(flow.claims))


def test_oidcc_rp_initiated_logout_bad_id_token_hint(
    applicant: Applicant, newcomer: Person, flow: Flow
) -> None:
    strangers = jwt.encode({"alg": "RS256"}, flow.claims, RSAKey.generate_key(2048), algorithms=["RS256"])
    _a_hint_of_somebody_else_sends_nobody_back(applicant, newcomer, strangers)


def _a_hint_of_somebody_else_sends_nobody_back(applicant: Applicant, person: Person, hint: str) -> None:
    address = applicant.party.signed_out
    page = sign_out(applicant, person, id_token_hint=hint, post_logout_redirect_uri=address, state="a-state")
    assert page.status == 400
    nobody_is_sent_back(applicant, page)


def test_oidcc_rp_initiated_logout_no_id_token_hint(
    applicant: Applicant, newcomer: Person, flow: Flow
) -> None:
    """An address without a hint names no FS that registered it (RP-Initiated Logout 3)."""
    page = sign_out(applicant, newcomer, post_logout_redirect_uri=applicant.party.signed_out)
    is_an_error_page(page)
    nobody_is_sent_back(applicant, page)
    the_session_is_still_open(applicant, newcomer, flow)


def test_oidcc_rp_initiated_logout_no_params(applicant: Applicant, newcomer: Person, flow: Flow) -> None:
    _the_person_is_asked_then_told(applicant, newcomer, sign_out(applicant, newcomer))


def test_oidcc_rp_initiated_logout_only_state(applicant: Applicant, newcomer: Person, flow: Flow) -> None:
    _the_person_is_asked_then_told(applicant, newcomer, sign_out(applicant, newcomer, state="a-state"))


def test_oidcc_rp_initiated_logout_no_post_logout_redirect_uri(
    applicant: Applicant, newcomer: Person, flow: Flow
) -> None:
    page = sign_out(applicant, newcomer, id_token_hint=flow.id_token, state="a-state")
    _the_person_is_told(applicant, newcomer, page)


def _the_person_is_asked_then_told(applicant: Applicant, person: Person, page: Page) -> None:
    """RP-Initiated Logout 2: without a hint, the person says whether they sign out."""
    assert "Voulez-vous vous déconnecter" in page.words
    _the_person_is_told(applicant, person, person.browser.submit(page, button="Me déconnecter"))


def _the_person_is_told(applicant: Applicant, person: Person, page: Page) -> None:
    assert page.status == 200
    assert "Vous êtes déconnecté" in page.words
    nobody_is_sent_back(applicant, page)
    the_session_is_over(applicant, person)
