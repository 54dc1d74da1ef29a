"""What a browser with scripts, a content policy and cookies by site makes of our answers, over TLS."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser as Chromium
from playwright.sync_api import Page, expect

from tests.federation.conformance import checks
from tests.federation.conformance.applicant import Applicant, Person
from tests.federation.conformance.relying_party import CALLBACK
from tests.mirrors.browser import Browser


@pytest.fixture
def page(browser: Chromium, signed_in: Person) -> Iterator[Page]:
    """Of the person whose session is open."""
    context = browser.new_context(ignore_https_errors=True, locale="fr-FR")
    context.set_default_timeout(15_000)
    context.add_cookies(
        [
            {
                "name": "__Host-session",
                "value": _session_of(signed_in.browser),
                "url": signed_in.site.url,
                "secure": True,
                "httpOnly": True,
                "sameSite": "Lax",
            }
        ]
    )
    yield context.new_page()
    context.close()


def _session_of(browser: Browser) -> str:
    return next(
        cookie.value or "" for cookie in browser.client.cookies.jar if cookie.name == "__Host-session"
    )


def ends_well(applicant: Applicant, page: Page, asked: dict[str, str]) -> None:
    expect(page.get_by_role("heading", level=1)).to_have_text("Reçu")
    (arrival,) = applicant.party.take(CALLBACK)
    checks.the_answer_came_by_the_mode_asked(arrival, applicant.response_mode)
    applicant.ends_well(asked, arrival)


def test_the_answer_of_form_post_sends_itself(by_mode: dict[str, Applicant], page: Page) -> None:
    applicant = by_mode["form_post"]
    asked = applicant.asks(prompt="none")
    page.goto(applicant.url_of(asked))
    ends_well(applicant, page, asked)


def test_a_request_posted_from_another_site_finds_the_session(
    by_mode: dict[str, Applicant], page: Page
) -> None:
    """Our cookies are Lax: they do not come with the form, and do with the redirect we answer it by."""
    applicant = by_mode["basic"]
    asked = applicant.asks()
    posting = applicant.party.page_that_posts(
        applicant.published.metadata["authorization_endpoint"], asked
    ).replace("localhost", "127.0.0.1", 1)  # another site than ours, which another port alone is not
    page.goto(posting)
    page.get_by_role("button", name="Se connecter").click()
    ends_well(applicant, page, asked)
