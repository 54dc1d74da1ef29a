"""The demo FI as tests hold it: orders, what it received, and a user who answers its login page."""

import ssl
from collections.abc import Mapping, Sequence
from typing import Any, Literal
from urllib.parse import parse_qs, urlsplit

import httpx

from tests.mirrors.provider.faults import HONEST, Faults
from tests.mirrors.provider.issuer import Issuer, Received, RegisteredClient
from tests.mirrors.provider.people import Persona

PLAIN = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # the FI speaks http: no authority to read, in 50 ms
BROKER_ORIGINS = ("http://localhost:8000", "http://testserver")

AGENT: Mapping[str, Any] = {
    "sub": "agent-1",
    "uid": "agent-1",
    "email": "camille.durand@exemples.gouv.fr",
    "given_name": "Camille",
    "usual_name": "Durand",
    "siret": "13002526500013",
    "acr": "eidas1",
    "amr": "pwd",
}


def broker_as_client(
    *, client_id: str = "proconnect", origins: Sequence[str] = BROKER_ORIGINS
) -> dict[str, Any]:
    """The registration a FI keeps of our broker, as the FI kit says."""
    return {
        "client_id": client_id,
        "client_secret": f"{client_id}-secret-of-at-least-32-characters",
        "redirect_uris": [f"{origin}/api/v2/oidc-callback" for origin in origins],
        "post_logout_redirect_uris": [f"{origin}/api/v2/client/logout-callback" for origin in origins],
        "userinfo_signed_response_alg": "ES256",
    }


class DemoProvider:
    def __init__(self, issuer: Issuer) -> None:
        self._issuer = issuer
        self.issuer = issuer.url

    @property
    def client(self) -> RegisteredClient:
        return next(iter(self._issuer.clients.values()))

    def register(self, client: RegisteredClient) -> None:
        self._issuer.clients[client.client_id] = client

    def knows(self, persona: Persona) -> None:
        self._issuer.personas[persona.key] = persona

    def misbehave(self, *, logins: int | None = None, **faults: Any) -> None:
        """See ``Faults`` for the orders; they hold for so many logins, or until ``behave``."""
        self._issuer.misbehave(Faults.read(faults), logins=logins)

    def behave(self) -> None:
        self._issuer.misbehave(HONEST)

    def rotate_keys(self, published: Literal["keep", "drop"] = "drop") -> None:
        self._issuer.keys.rotate(keep_published=published == "keep")

    def received(self, endpoint: str) -> list[Received]:
        return [each for each in self._issuer.received if each.endpoint == endpoint]

    def secrets(self) -> list[str]:
        """What was told to our site in confidence, and its own credentials here: none of it may be logged."""
        told = [each.parameters.get("code_verifier", "") for each in self.received("token")]
        return [self.client.client_secret, *self._issuer.secrets, *filter(None, told)]

    def forget(self) -> None:
        """Back to the first day, keys and registered clients apart."""
        self.behave()
        self._issuer.received.clear()
        self._issuer.secrets.clear()
        self._issuer.sessions.clear()

    def sign_in(self, authorization_url: str, **identity: str) -> str:
        """The address the browser is sent back to, after this person (``AGENT`` unless told) signed in.

        ``persona="key"`` presses the button of a saved persona; ``answer="error"`` refuses.
        """
        query = urlsplit(authorization_url).query
        form = identity if {"persona", "answer"} & set(identity) else {**AGENT, **identity}
        response = httpx.post(f"{self.issuer}/sign-in?{query}", data=form, verify=PLAIN)
        if response.status_code != 303:
            raise AssertionError(f"the demo FI refused: {response.status_code} {response.text[-600:]}")
        return response.headers["location"]

    def visit(self, url: str) -> str:
        """Where the FI sends a browser that opens this address; empty when it shows a page, or nothing at all."""
        try:
            return httpx.get(url, verify=PLAIN, timeout=1).headers.get("location", "")
        except httpx.TransportError:
            return ""


def answer_in(callback_url: str) -> dict[str, str]:
    """Parameters of a callback URL."""
    return {name: values[-1] for name, values in parse_qs(urlsplit(callback_url).query).items()}
