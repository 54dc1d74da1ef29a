"""One person, one browser, from the FS to the FI and back: Django's test client on our side, a real FI on the other."""

import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlsplit

from django.http import HttpResponse
from django.test import Client as Browser

from federation.models import Client
from tests.federation.journey.conftest import authorize_url, token_of
from tests.mirrors.provider.double import DemoProvider

AGENT = "camille.durand@exemples.gouv.fr"


@dataclass
class Trip:
    browser: Browser
    service: Client

    def depart(self, **parameters: str) -> HttpResponse:
        return self.browser.get(authorize_url(self.service, **parameters))

    def type_email(self, departure: HttpResponse, email: str = AGENT) -> HttpResponse:
        """Types the address on the page a departure led to; where that leads."""
        page = self.browser.get(departure["Location"])
        assert page.status_code == 200
        return self.browser.post(
            departure["Location"], {"email": email, "csrfmiddlewaretoken": token_of(page)}
        )

    def to_provider(self, email: str = AGENT, **parameters: str) -> str:
        """The FI's address this browser is sent to."""
        return self.type_email(self.depart(**parameters), email)["Location"]

    def come_back(self, callback_url: str) -> HttpResponse:
        parts = urlsplit(callback_url)
        return self.browser.get(f"{parts.path}?{parts.query}")

    def through(
        self,
        provider: DemoProvider,
        email: str = AGENT,
        *,
        said: dict[str, Any] | None = None,
        **parameters: str,
    ) -> HttpResponse:
        """The whole trip; the last answer of ours."""
        return self.come_back(provider.sign_in(self.to_provider(email, **parameters), **(said or {})))


def answered(response: HttpResponse) -> dict[str, str]:
    """What the FS receives at its redirect URI."""
    assert response.status_code == 303, response.content.decode()[-800:]
    return {name: values[0] for name, values in parse_qs(urlsplit(response["Location"]).query).items()}


def code_on(page: HttpResponse) -> str:
    """The public code an error page shows."""
    found = re.search(r"Code : (Y[0-9]{6})", page.content.decode())
    assert found, page.content.decode()[-800:]
    return found.group(1)
