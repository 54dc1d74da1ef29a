"""Trips by a browser without scripts, one hop at a time: for tests that stop, mix or repeat them."""

import secrets
from base64 import urlsafe_b64encode
from dataclasses import dataclass
from hashlib import sha256
from typing import Any
from urllib.parse import urlencode

import httpx

from tests.mirrors.browser import Browser, Page
from tests.mirrors.stack import Stack

AGENT = "camille.durand@exemples.gouv.fr"


def sign_in_at_the_ministry(
    browser: Browser, page: Page, *, email: str = AGENT, stop_before: str | None = None
) -> Page:
    """From the e-mail page to the service; ``stop_before`` leaves the last redirect unvisited."""
    login = browser.submit(page, email=email)
    return browser.submit(login, button="Camille Durand", stop_before=stop_before)


@dataclass(frozen=True, slots=True)
class OwnService:
    """A FS played by the test itself, under the registration of a demo FS: it holds its code and its tokens."""

    stack: Stack
    client: dict[str, Any]

    @classmethod
    def of(cls, stack: Stack, client_id: str = "demo-tous") -> "OwnService":
        return cls(stack, stack.client(client_id))

    @property
    def redirect_uri(self) -> str:
        address: str = self.client["redirect_uris"][0]
        return address

    def authorization_url(self, verifier: str, **more: str) -> str:
        asked = {
            "response_type": "code",
            "client_id": self.client["client_id"],
            "redirect_uri": self.redirect_uri,
            "scope": "openid email",
            "state": secrets.token_urlsafe(32),
            "nonce": secrets.token_urlsafe(32),
            "code_challenge": _challenge(verifier),
            "code_challenge_method": "S256",
        }
        return f"{self.stack.issuer}/authorize?{urlencode({**asked, **more})}"

    def code(self, browser: Browser, verifier: str) -> str:
        page = browser.open(self.authorization_url(verifier), stop_before=self.redirect_uri)
        if not page.url.startswith(self.redirect_uri):
            page = sign_in_at_the_ministry(browser, page, stop_before=self.redirect_uri)
        return page.parameters["code"]

    def exchange(self, http: httpx.Client, code: str, verifier: str) -> httpx.Response:
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self.redirect_uri,
            "code_verifier": verifier,
            "client_id": self.client["client_id"],
            "client_secret": self.client["client_secret"],
        }
        return http.post(f"{self.stack.issuer}/token", data=form)

    def userinfo(self, http: httpx.Client, access_token: str) -> httpx.Response:
        return http.get(f"{self.stack.issuer}/userinfo", headers={"Authorization": f"Bearer {access_token}"})


def new_verifier() -> str:
    return secrets.token_urlsafe(48)


def _challenge(verifier: str) -> str:
    return urlsafe_b64encode(sha256(verifier.encode()).digest()).rstrip(b"=").decode()
