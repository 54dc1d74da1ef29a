"""A browser that follows our own redirects, posts the forms it is shown, and keeps all it was answered."""

import re
from typing import Any
from urllib.parse import parse_qs, urlsplit

from django.conf import settings
from django.core import mail
from django.test import Client

from federation.models import Client as Service
from proconnect.platform import outbox
from tests.factories.federation import SECRET
from tests.federation.journey.conftest import authorize_url
from tests.federation.op.asking import ask, basic, read_userinfo


class Surfer:
    """``at`` is the address of the page shown; ``response`` is the last answer, a page or a way out of our site."""

    def __init__(self) -> None:
        self.browser = Client(enforce_csrf_checks=True, raise_request_exception=False)
        self.answers: list[Any] = []
        self.at = ""

    def open(self, address: str, **headers: str) -> Any:
        return self._follow(self.browser.get(_path(address), headers=headers), address)

    def submit(self, address: str = "", **typed: str) -> Any:
        """Posts the form of the page shown, to itself unless told."""
        target = address or self.at
        return self._follow(self.browser.post(target, typed | {"csrfmiddlewaretoken": self.token}), target)

    def post_without_token(self, address: str, **typed: str) -> Any:
        return self._follow(self.browser.post(address, typed), address)

    @property
    def token(self) -> str:
        return found(r'name="csrfmiddlewaretoken" value="([^"]+)"', self.text)

    @property
    def text(self) -> str:
        return str(self.response.content.decode())

    @property
    def left_for(self) -> str:
        """Where our site sent the browser."""
        assert self.response.status_code in (302, 303), self.text[-800:]
        return str(self.response["Location"])

    @property
    def told(self) -> dict[str, str]:
        """What the FS, or the FI, reads in the address."""
        return {name: values[0] for name, values in parse_qs(urlsplit(self.left_for).query).items()}

    @property
    def error_code(self) -> str:
        return found(r"Code : (Y[0-9]{6})", self.text)

    def cookie(self, name: str) -> str:
        kept = self.browser.cookies.get(name)
        return kept.value if kept else ""

    @property
    def journey(self) -> str:
        """Of the last one this browser began."""
        pages = [
            answer["Location"] for answer in self.answers if "/interaction/" in answer.get("Location", "")
        ]
        return found(r"interaction/([0-9a-f-]{36})/", pages[-1])

    def goes_to(self, service: Service, email: str = "", **asked: str) -> Any:
        """From the FS to the page that follows the address: Identité's, the choice of FI, or out to the FI."""
        self.open(authorize_url(service, **asked))
        return self.submit(email=email) if email else self.response

    def _follow(self, response: Any, address: str) -> Any:
        self.answers.append(response)
        while response.status_code in (301, 302, 303) and _is_ours(response["Location"]):
            address = response["Location"]
            response = self.browser.get(_path(address))
            self.answers.append(response)
        self.response = response
        if response.status_code not in (302, 303):
            self.at = _path(address)
        return response


def tokens_for(service: Service, code: str) -> Any:
    """What the FS's own server gets for a code."""
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": service.redirect_uri_list[0]}
    return ask(form, headers=basic(service.client_id, SECRET))


def read_userinfo_of(tokens: dict[str, Any]) -> Any:
    return read_userinfo(tokens["access_token"]).json()


def last_mail() -> Any:
    outbox.drain()
    return mail.outbox[-1]


def found(pattern: str, text: str) -> str:
    match = re.search(pattern, text, re.MULTILINE)
    assert match, text[-1200:]
    return match.group(1)


def _is_ours(location: str) -> bool:
    return location.startswith(("/", settings.ENV.site_url + "/")) and not location.startswith("//")


def _path(address: str) -> str:
    parts = urlsplit(address)
    return f"{parts.path}?{parts.query}" if parts.query else parts.path
