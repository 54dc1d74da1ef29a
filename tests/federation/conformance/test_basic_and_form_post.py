"""The Basic plan, and the Form Post plan: the same modules, answered by a form that the browser posts."""

import base64
import hashlib
import json
import re
import secrets
import time
from typing import Any

import httpx
import pytest
from joserfc import jws

from federation.errors import FederationError
from tests.federation.conformance import checks
from tests.federation.conformance.applicant import Applicant, Flow, Person
from tests.federation.conformance.checks import CLAIMS_OF_SCOPE, NEEDS_A_PAGE
from tests.federation.conformance.conftest import UsedCode
from tests.federation.conformance.modules import (
    lets_clients_register,
    offers_scopes,
    offers_unsigned_request_objects,
)
from tests.federation.conformance.relying_party import CALLBACK
from tests.federation.conformance.site import EMAIL, Site
from tests.mirrors.browser import Page

# The ordinary flow, and what comes of it


def test_oidcc_server(applicant: Applicant, newcomer: Person) -> None:
    flow = applicant.flow(newcomer)
    assert newcomer.saw_the_login_page()
    assert flow.claims["nonce"] == flow.asked["nonce"]


def test_oidcc_response_type_missing(applicant: Applicant, newcomer: Person) -> None:
    errors = ("unsupported_response_type", "invalid_request")
    applicant.is_refused(newcomer, *errors, response_type=None)


def test_oidcc_idtoken_signature(applicant: Applicant, signed_in: Person) -> None:
    """Run by the suite where clients register themselves; what it looks at holds for every client."""
    assert not lets_clients_register(applicant.published.metadata)
    header = _header_of(applicant.flow(signed_in).id_token)
    assert header["alg"] == "RS256"
    assert header["kid"]


def test_oidcc_idtoken_unsigned(applicant: Applicant) -> None:
    """Skipped by the suite: nobody may ask for ``none``."""
    metadata = applicant.published.metadata
    assert not lets_clients_register(metadata)
    assert "none" not in metadata["id_token_signing_alg_values_supported"]


def test_oidcc_userinfo_get(applicant: Applicant, signed_in: Person) -> None:
    flow = applicant.flow(signed_in)
    checks.userinfo_is_about_the_same_person(applicant.userinfo(flow.access_token), flow.claims)


def test_oidcc_userinfo_post_header(applicant: Applicant, signed_in: Person) -> None:
    flow = applicant.flow(signed_in)
    response = applicant.site.http.post(
        applicant.published.metadata["userinfo_endpoint"],
        headers={"Authorization": f"Bearer {flow.access_token}"},
    )
    checks.userinfo_is_about_the_same_person(response, flow.claims)


def test_oidcc_userinfo_post_body(applicant: Applicant, signed_in: Person) -> None:
    """RFC 6750 2.2."""
    flow = applicant.flow(signed_in)
    response = applicant.site.http.post(
        applicant.published.metadata["userinfo_endpoint"], data={"access_token": flow.access_token}
    )
    checks.userinfo_is_about_the_same_person(response, flow.claims)


def test_oidcc_ensure_request_without_nonce_succeeds_for_code_flow(
    applicant: Applicant, signed_in: Person
) -> None:
    assert "nonce" not in applicant.flow(signed_in, nonce=None).claims


# Scopes


def test_oidcc_scope_profile(applicant: Applicant, signed_in: Person) -> None:
    """Not announced, since it means something to FS of the generic profile alone: to these it gives what we know."""
    assert not offers_scopes(applicant.published.metadata, "profile")
    given = _claims_of(applicant, signed_in, "profile")
    assert given.keys() >= {"name", "given_name", "family_name", "updated_at"}


def test_oidcc_scope_email(applicant: Applicant, signed_in: Person) -> None:
    _the_scope_is_offered_and_whole(applicant, signed_in, "email")


def test_oidcc_scope_address(applicant: Applicant) -> None:
    assert not offers_scopes(applicant.published.metadata, "address")


def test_oidcc_scope_phone(applicant: Applicant, signed_in: Person) -> None:
    _the_scope_is_offered_and_whole(applicant, signed_in, "phone")


def test_oidcc_scope_all(applicant: Applicant) -> None:
    assert not offers_scopes(applicant.published.metadata, "profile", "email", "address", "phone")


def _the_scope_is_offered_and_whole(applicant: Applicant, person: Person, scope: str) -> None:
    """OIDC Core 5.4."""
    assert offers_scopes(applicant.published.metadata, scope)
    assert _claims_of(applicant, person, scope).keys() >= CLAIMS_OF_SCOPE[scope]


def _claims_of(applicant: Applicant, person: Person, scope: str) -> dict[str, Any]:
    flow = applicant.flow(person, scope=f"openid {scope}")
    return checks.userinfo_is_about_the_same_person(applicant.userinfo(flow.access_token), flow.claims)


# What a request may hold, or not


def test_oidcc_alternate_happy_flow(applicant: Applicant, signed_in: Person) -> None:
    asked = applicant.asks(scope="email openid")
    reordered = dict(reversed(asked.items()))
    applicant.ends_well(reordered, applicant.answered(signed_in, reordered))


def test_oidcc_display_page(applicant: Applicant, newcomer: Person) -> None:
    applicant.flow(newcomer, display="page")


def test_oidcc_display_popup(applicant: Applicant, newcomer: Person) -> None:
    applicant.flow(newcomer, display="popup")


def test_oidcc_ensure_request_with_unknown_parameter_succeeds(
    applicant: Applicant, signed_in: Person
) -> None:
    """OIDC Core 3.1.2.1: parameters not understood are ignored."""
    applicant.flow(signed_in, extra="foobar")


def test_oidcc_login_hint(applicant: Applicant, newcomer: Person) -> None:
    """The address the suite makes up, of which no account exists, is no dead end; nor the one it was set up with."""
    applicant.flow(newcomer, login_hint="buffy@proconnect.example")
    assert newcomer.saw_the_login_page()
    applicant.flow(newcomer, login_hint=EMAIL)


def test_oidcc_ui_locales(applicant: Applicant, newcomer: Person) -> None:
    applicant.flow(newcomer, ui_locales="se")


def test_oidcc_claims_locales(applicant: Applicant, signed_in: Person) -> None:
    applicant.flow(signed_in, claims_locales="se")


def test_oidcc_ensure_request_with_acr_values_succeeds(applicant: Applicant, newcomer: Person) -> None:
    """OIDC Core 3.1.2.1: voluntary, and one of them comes back all the same."""
    asked = applicant.published.metadata["acr_values_supported"]
    assert applicant.flow(newcomer, acr_values=" ".join(asked)).claims["acr"] in asked


def test_oidcc_claims_essential(applicant: Applicant, signed_in: Person) -> None:
    """OIDC Core 5.5: at userinfo, since it was asked for there, and not in the ID token."""
    claims = json.dumps({"userinfo": {"name": {"essential": True}}})
    flow = applicant.flow(signed_in, claims=claims)
    given = checks.userinfo_is_about_the_same_person(applicant.userinfo(flow.access_token), flow.claims)
    assert given["name"]
    assert "name" not in flow.claims


def test_oidcc_ensure_request_with_valid_pkce_succeeds(applicant: Applicant, signed_in: Person) -> None:
    """RFC 7636 4."""
    verifier = secrets.token_urlsafe(32)
    digest = hashlib.sha256(verifier.encode()).digest()
    asked = applicant.asks(
        code_challenge=base64.urlsafe_b64encode(digest).rstrip(b"=").decode(), code_challenge_method="S256"
    )
    code = applicant.words_of(applicant.answered(signed_in, asked))["code"]
    applicant.exchanged(asked, code, code_verifier=verifier)


def test_oidcc_ensure_post_request_succeeds(applicant: Applicant, newcomer: Person) -> None:
    """OIDC Core 3.1.2.1, from a page of the FS."""
    asked = applicant.asks()
    endpoint = applicant.published.metadata["authorization_endpoint"]
    page = newcomer.open(applicant.party.page_that_posts(endpoint, asked))
    page = newcomer.browser.submit(page, button="Se connecter")
    applicant.ends_well(asked, applicant.arrived_after(newcomer, page))
    assert newcomer.saw_the_login_page()


def test_oidcc_server_client_secret_post(second_applicant: Applicant, newcomer: Person) -> None:
    assert second_applicant.client.method == "client_secret_post"
    second_applicant.flow(newcomer)


# A session, or none


def test_oidcc_prompt_login(applicant: Applicant, signed_in: Person) -> None:
    """OIDC Core 3.1.2.1: the person authenticates again, whatever session is open."""
    first = applicant.flow(signed_in)
    assert not signed_in.saw_the_login_page()
    _let_the_clock_pass(first, 1)
    second = applicant.flow(signed_in, prompt="login")
    assert signed_in.saw_the_login_page()
    assert second.claims["sub"] == first.claims["sub"]
    assert second.claims["auth_time"] > first.claims["auth_time"]


def test_oidcc_prompt_none_not_logged_in(applicant: Applicant, newcomer: Person) -> None:
    """OIDC Core 3.1.2.6."""
    applicant.is_refused(newcomer, *NEEDS_A_PAGE, prompt="none")


def test_oidcc_prompt_none_logged_in(applicant: Applicant, signed_in: Person) -> None:
    first = applicant.flow(signed_in)
    signed_in.screens.clear()
    second = applicant.flow(signed_in, prompt="none")
    assert signed_in.screens == []
    _same_login(first, second)


def test_oidcc_max_age_1(applicant: Applicant, signed_in: Person) -> None:
    first = applicant.flow(signed_in)
    _let_the_clock_pass(first, 2)
    signed_in.screens.clear()
    second = applicant.flow(signed_in, max_age="1")
    assert signed_in.saw_the_login_page()
    assert second.claims["sub"] == first.claims["sub"]
    assert second.claims["auth_time"] > first.claims["auth_time"]
    assert time.time() - second.claims["auth_time"] < 60


def test_oidcc_max_age_10000(applicant: Applicant, signed_in: Person) -> None:
    first = applicant.flow(signed_in, max_age="15000")
    second = applicant.flow(signed_in, max_age="10000")
    assert signed_in.screens == []
    _same_login(first, second)


def test_oidcc_id_token_hint(applicant: Applicant, signed_in: Person) -> None:
    first = applicant.flow(signed_in)
    signed_in.screens.clear()
    second = applicant.flow(signed_in, prompt="none", id_token_hint=first.id_token)
    assert signed_in.screens == []
    _same_login(first, second)


def _same_login(first: Flow, second: Flow) -> None:
    assert second.claims["sub"] == first.claims["sub"]
    assert second.claims["auth_time"] == first.claims["auth_time"]


def _let_the_clock_pass(flow: Flow, seconds: int) -> None:
    """``auth_time`` counts whole seconds."""
    time.sleep(max(0.0, flow.claims["auth_time"] + seconds + 0.1 - time.time()))


# A code, a refresh token


def test_oidcc_codereuse(applicant: Applicant, signed_in: Person) -> None:
    """RFC 6749 4.1.2."""
    asked = applicant.asks()
    code = applicant.words_of(applicant.answered(signed_in, asked))["code"]
    applicant.exchanged(asked, code)
    checks.the_grant_is_invalid(applicant.redeem(code))


def test_oidcc_codereuse_30seconds(applicant: Applicant, used_code: UsedCode) -> None:
    """RFC 6749 4.1.2: what a code gave dies with its second use."""
    used_code.wait(30)
    assert applicant.userinfo(used_code.flow.access_token).status_code == 200
    checks.the_grant_is_invalid(applicant.redeem(used_code.code))
    assert 400 <= applicant.userinfo(used_code.flow.access_token).status_code < 500


def test_oidcc_refresh_token(
    applicant: Applicant, second_applicant: Applicant, signed_in: Person, newcomer: Person
) -> None:
    """RFC 6749 6, OIDC Core 12."""
    for each, person in ((applicant, signed_in), (second_applicant, newcomer)):
        flow = each.flow(person)
        _refreshes(each, flow)
    another = second_applicant.flow(newcomer)
    checks.the_grant_is_invalid(applicant.refresh(another.answer["refresh_token"]))


def _refreshes(applicant: Applicant, flow: Flow) -> None:
    assert "refresh_token" in applicant.published.metadata["grant_types_supported"]
    assert re.fullmatch(r"[\x20-\x7e]+", flow.answer["refresh_token"])
    answer = checks.the_token_response_is_complete(applicant.refresh(flow.answer["refresh_token"]))
    assert answer["access_token"] != flow.access_token
    without_nonce = {name: value for name, value in flow.asked.items() if name != "nonce"}
    renewed = checks.the_id_token_is_valid(
        answer, without_nonce, applicant.client.client_id, applicant.published
    )
    checks.a_renewed_id_token_is_about_the_same_login(renewed, flow.claims)
    checks.userinfo_is_about_the_same_person(applicant.userinfo(answer["access_token"]), renewed)


# What is refused


def test_oidcc_ensure_registered_redirect_uri(applicant: Applicant, signed_in: Person) -> None:
    """RFC 6749 3.1.2.4: a page for the person, who goes neither to the bad address nor to the good one."""
    address = f"{applicant.party.callback}/{secrets.token_urlsafe(8)}"
    page = signed_in.open(applicant.url_of(applicant.asks(redirect_uri=address)))
    _is_an_error_page_of_ours(page, applicant)


def test_oidcc_request_uri_unsigned_supported_correctly_or_rejected_as_unsupported(
    applicant: Applicant, signed_in: Person
) -> None:
    assert not offers_unsigned_request_objects(applicant.published.metadata)
    address = f"{applicant.party.url}/request-object"
    applicant.is_refused(signed_in, "request_uri_not_supported", request_uri=address)
    assert applicant.party.take("/request-object") == []


def test_oidcc_unsigned_request_object_supported_correctly_or_rejected_as_unsupported(
    applicant: Applicant, signed_in: Person
) -> None:
    assert not offers_unsigned_request_objects(applicant.published.metadata)
    applicant.is_refused(signed_in, "request_not_supported", request=_unsigned(applicant.asks()))


def test_oidcc_ensure_request_object_with_redirect_uri(applicant: Applicant, signed_in: Person) -> None:
    assert not offers_unsigned_request_objects(applicant.published.metadata)
    inner = applicant.asks()
    outer = applicant.asks(
        redirect_uri=f"{applicant.party.callback}/{secrets.token_urlsafe(8)}", request=_unsigned(inner)
    )
    _is_an_error_page_of_ours(signed_in.open(applicant.url_of(outer)), applicant)


def _is_an_error_page_of_ours(page: Page, applicant: Applicant) -> None:
    assert page.status == 400
    assert page.url.startswith(applicant.site.url)
    assert FederationError.WRONG_REDIRECT_URI.value.code in page.words
    assert not any(form.action.startswith(applicant.party.url) for form in page.forms)
    assert applicant.party.take(CALLBACK) == []


def _unsigned(claims: dict[str, str]) -> str:
    """A request object of alg none (OIDC Core 6.1)."""
    parts = ({"alg": "none"}, claims)
    return (
        ".".join(base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode() for part in parts)
        + "."
    )


def _header_of(token: str) -> dict[str, str]:
    header: dict[str, str] = jws.extract_compact(token.encode()).headers()
    return header


# The ground of all that


def test_the_site_is_reached_over_tls_and_its_cookies_are_bound_to_it(site: Site, signed_in: Person) -> None:
    with pytest.raises(httpx.ConnectError):
        httpx.get(site.discovery_url)  # an authority nobody knows
    ours = [cookie for cookie in signed_in.browser.client.cookies.jar if cookie.name.startswith("__Host-")]
    assert "__Host-session" in {cookie.name for cookie in ours}
    assert all(cookie.secure for cookie in ours)
