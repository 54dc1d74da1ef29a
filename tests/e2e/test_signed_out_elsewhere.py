"""Signing out of one demo FS ends the person's session at the other, told by back-channel logout."""

from tests.e2e.test_outages import eventually
from tests.e2e.trips import sign_in_at_the_ministry
from tests.mirrors.stack import Stack


def test_a_service_told_of_a_sign_out_ends_its_own_session(stack: Stack) -> None:
    with stack.browser() as browser:
        sign_in_at_the_ministry(browser, browser.open(f"{stack.everybody}/connexion"))
        silent = browser.open(f"{stack.agents}/connexion")
        assert silent.url == f"{stack.agents}/moi"
        there = browser.open(f"{stack.everybody}/moi")
        browser.submit(there, button="Se déconnecter")

        def is_signed_out() -> bool:
            return browser.open(f"{stack.agents}/moi").url == f"{stack.agents}/"

        assert eventually(is_signed_out, patience=10), stack.log("outbox")[-2000:]
        again = browser.open(f"{stack.agents}/connexion?prompt=none")
        assert "login_required" in again.text
