"""Several tabs, several services, several FI at once: trips never mix (S-155)."""

from itertools import permutations

import pytest
from playwright.sync_api import expect

from tests.e2e.conftest import Visit
from tests.mirrors.browser import Browser, Page
from tests.mirrors.stack import Stack

AT_THE_MINISTRY = ("camille.durand@exemples.gouv.fr", "Camille Durand")
AT_THE_AGENCY = ("charlie.roux@essais.gouv.fr", "Charlie Roux")
ORDERS = sorted(set(permutations("aaabbb")))


class Tab:
    """One trip to one service through one FI, a step at a time."""

    def __init__(self, browser: Browser, service: str, person: tuple[str, str]) -> None:
        self.browser = browser
        self.service = service
        self.email, self.persona = person
        self.page: Page | None = None

    def step(self) -> None:
        if self.page is None:
            self.page = self.browser.open(f"{self.service}/connexion?prompt=login")
        elif any("email" in form.fields and "sub" not in form.fields for form in self.page.forms):
            self.page = self.browser.submit(self.page, email=self.email)
        else:
            self.page = self.browser.submit(self.page, button=self.persona)


@pytest.mark.parametrize("order", ORDERS, ids="".join)
def test_s155_two_tabs_two_services_and_two_fi_finish_in_any_order(
    stack: Stack, order: tuple[str, ...]
) -> None:
    with Browser() as browser:
        tabs = {
            "a": Tab(browser, stack.everybody, AT_THE_MINISTRY),
            "b": Tab(browser, stack.agents, AT_THE_AGENCY),
        }
        for name in order:
            tabs[name].step()
        for tab in tabs.values():
            assert tab.page is not None
            assert tab.page.url == f"{tab.service}/moi", tab.page.text[:2000]
            assert f">{tab.email}<" in tab.page.text


def test_s155_two_tabs_of_a_real_browser_finish_the_last_one_first(visit: Visit, stack: Stack) -> None:
    first, second = visit.page, visit.page.context.new_page()
    for page, service, (email, _) in (
        (first, stack.everybody, AT_THE_MINISTRY),
        (second, stack.agents, AT_THE_AGENCY),
    ):
        page.goto(service)
        page.get_by_role("button", name="ProConnect").click()
        page.get_by_label("Email professionnel").fill(email)
        page.get_by_role("button", name="Continuer").click()
    for page, service, (email, persona) in (
        (second, stack.agents, AT_THE_AGENCY),
        (first, stack.everybody, AT_THE_MINISTRY),
    ):
        page.get_by_role("button", name=persona).click()
        expect(page).to_have_url(f"{service}/moi")
        expect(page.get_by_text(email, exact=True)).to_be_visible()
