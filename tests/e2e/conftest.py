"""What every journey needs: a person in a browser, with or without scripts, and what they were shown."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser as Chromium
from playwright.sync_api import BrowserContext, Page, Response

from tests.mirrors.stack import Stack


class Visit:
    """A person's tab. ``screens`` holds the address of each page of ours they were shown, in order."""

    def __init__(self, page: Page, site: str) -> None:
        self.page = page
        self.screens: list[str] = []
        self.typed: list[str] = []
        self.foreign_requests: list[str] = []
        self.complaints: list[str] = []
        self._site = site
        page.on("response", self._note)
        page.on("console", lambda said: self.complaints.append(said.text) if said.type == "error" else None)

    def _note(self, response: Response) -> None:
        request = response.request
        if request.is_navigation_request() and request.frame == self.page.main_frame:
            is_page = "html" in response.headers.get("content-type", "") and not 300 <= response.status < 400
            if is_page and response.url.startswith(self._site):
                self.screens.append(response.url)
        if "localhost" not in response.url:
            self.foreign_requests.append(response.url)

    def type(self, label: str, value: str) -> None:
        self.typed.append(value)
        self.page.get_by_label(label).fill(value)

    def type_password(self, value: str) -> None:
        self.typed.append(value)
        self.page.locator("input[type=password]").fill(value)

    def press(self, name: str) -> None:
        self.page.get_by_role("button", name=name).click()


@pytest.fixture(params=[True, False], ids=["with scripts", "without scripts"])
def context_of_a_person(request: pytest.FixtureRequest, browser: Chromium) -> Iterator[BrowserContext]:
    context = browser.new_context(java_script_enabled=request.param, locale="fr-FR")
    context.set_default_timeout(15_000)
    yield context
    context.close()


@pytest.fixture
def visit(
    context_of_a_person: BrowserContext, stack: Stack, request: pytest.FixtureRequest
) -> Iterator[Visit]:
    visit = Visit(context_of_a_person.new_page(), stack.site)
    failures = request.session.testsfailed
    yield visit
    if request.session.testsfailed > failures:  # shown by pytest beside the failure
        print(  # noqa: T201
            f"The person was left at {visit.page.url}\n{visit.page.inner_text('body')[:1500]}"
        )
