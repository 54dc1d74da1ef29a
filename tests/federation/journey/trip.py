"""One person, one browser, from the FS to the FI and back: Django's test client on our side, a real FI on the other."""

import re
from base64 import b64encode
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from django.test import Client as Browser

from federation.models import Client
from tests.factories.federation import SECRET
from tests.federation.journey.conftest import authorize_url, token_of
from tests.mirrors.provider.double import DemoProvider

AGENT = "camille.durand@exemples.gouv.fr"


@dataclass
class Trip:
    browser: Browser
    service: Client

    def depart(self, **parameters: str) -> Any:
        return self.browser.get(authorize_url(self.service, **parameters))

    def type_email(self, departure: Any, email: str = AGENT) -> Any:
        """Types the address on the page a departure led to; where that leads."""
        page = self.browser.get(departure["Location"])
        assert page.status_code == 200
        return self.browser.post(
            departure["Location"], {"email": email, "csrfmiddlewaretoken": token_of(page)}
        )

    def to_provider(self, email: str = AGENT, **parameters: str) -> str:
        """The FI's address this browser is sent to."""
        return self.type_email(self.depart(**parameters), email)["Location"]

    def come_back(self, callback_url: str) -> Any:
        parts = urlsplit(callback_url)
        return self.browser.get(f"{parts.path}?{parts.query}")

    def through(
        self,
        provider: DemoProvider,
        email: str = AGENT,
        *,
        said: dict[str, Any] | None = None,
        **parameters: str,
    ) -> Any:
        """The whole trip; the last answer of ours."""
        return self.come_back(provider.sign_in(self.to_provider(email, **parameters), **(said or {})))

    def redeem(self, code: str) -> dict[str, Any]:
        """The tokens of a code."""
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self.service.redirect_uri_list[0],
        }
        response = self.browser.post(
            "/api/v2/token",
            urlencode(form),
            content_type="application/x-www-form-urlencoded",
            headers={"authorization": basic(self.service)},
        )
        assert response.status_code == 200, response.content
        return dict(response.json())


def basic(service: Client) -> str:
    """RFC 6749 2.3.1."""
    return "Basic " + b64encode(f"{service.client_id}:{SECRET}".encode()).decode()


def answered(response: Any) -> dict[str, str]:
    """What the FS receives at its redirect URI."""
    assert response.status_code == 303, response.content.decode()[-800:]
    return {name: values[0] for name, values in parse_qs(urlsplit(response["Location"]).query).items()}


def code_on(page: Any) -> str:
    """The public code an error page shows."""
    found = re.search(r"Code : (Y[0-9]{6})", page.content.decode())
    assert found, page.content.decode()[-800:]
    return found.group(1)
