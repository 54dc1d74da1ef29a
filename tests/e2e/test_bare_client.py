"""A client none of us wrote: mozilla-django-oidc, settings alone, in a process of its own."""

from tests.e2e.trips import AGENT, sign_in_at_the_ministry
from tests.mirrors.browser import Browser
from tests.mirrors.stack import Stack


def test_a_client_none_of_us_wrote_signs_in_and_out(stack: Stack) -> None:
    with Browser() as browser:
        email_page = browser.follow(browser.open(f"{stack.bare}/"), "Se connecter")
        page = sign_in_at_the_ministry(browser, email_page)
        assert page.url == f"{stack.bare}/"
        assert f'id="email">{AGENT}<' in page.text

        page = browser.submit(page, button="Se déconnecter")
        assert page.url == f"{stack.bare}/?state=signed-out"
        assert "Vous n’êtes pas connecté" in page.text

        again = browser.follow(page, "Se connecter")
        assert again.url.startswith(f"{stack.issuer}/interaction/")
