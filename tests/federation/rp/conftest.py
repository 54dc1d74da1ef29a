"""A trip to the demo FI and back, over real sockets."""

from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.http import HttpRequest
from django.test import RequestFactory

from federation.registry import ProviderRecord
from federation.rp import metadata
from federation.rp.remote import RemoteProvider
from proconnect.kernel import outbound
from proconnect.kernel.contracts.identity_provider import AssertedIdentity, AuthenticationAsk
from proconnect.kernel.encryption import seal
from tests.mirrors.provider.double import DemoProvider

RETURN_TO = "http://localhost:8000/api/v2/oidc-callback"


@pytest.fixture(autouse=True)
def nothing_remembered() -> Iterator[None]:
    metadata.forget()
    with closing(outbound.gate()):
        yield
    outbound.gate.cache_clear()
    metadata.forget()


def record_of(demo: DemoProvider, **changes: Any) -> ProviderRecord:
    """What the registry knows of this demo FI."""
    uid = changes.pop("uid", uuid4())
    secret = changes.pop("secret", demo.client.client_secret)
    usual: dict[str, Any] = {
        "uid": uid,
        "name": "ministere",
        "title": "Ministère",
        "is_open": True,
        "is_routed": True,
        "network": "internet",
        "issuer": demo.issuer,
        "discovery": True,
        "authorization_endpoint": None,
        "token_endpoint": None,
        "userinfo_endpoint": None,
        "jwks_uri": None,
        "end_session_endpoint": None,
        "client_id": demo.client.client_id,
        "sealed_secret": seal(secret, context=f"provider-secret:{uid}"),
        "token_endpoint_auth_method": "client_secret_post",
        "id_token_signed_response_algs": ("ES256", "RS256"),
        "userinfo_signed_response_alg": demo.client.userinfo_signed_response_alg,
        "userinfo_encrypted_response_alg": None,
        "userinfo_encrypted_response_enc": None,
        "routed_domains": frozenset(),
        "accepted_domains": frozenset(),
        "proved_domains": frozenset(),
        "block_unlisted_domains": True,
        "is_mfa_capable": True,
        "quirks": frozenset(),
        "default_siret": None,
        "support_email": None,
    }
    return ProviderRecord(**(usual | changes))


def callback_request(url: str) -> HttpRequest:
    return RequestFactory().get(url)


@dataclass
class Trip:
    """One journey of one browser to this FI; ``changes`` alter what we know of the FI."""

    demo: DemoProvider
    changes: dict[str, Any] = field(default_factory=dict)
    journey_id: UUID = field(default_factory=uuid4)

    def __post_init__(self) -> None:
        self.record = record_of(self.demo, **self.changes)
        self.provider = RemoteProvider(self.record)

    def ask(self, **changes: Any) -> AuthenticationAsk:
        usual: dict[str, Any] = {
            "journey_id": self.journey_id,
            "provider_uid": self.record.uid,
            "return_to": RETURN_TO,
            "client_id": "demarches",
            "client_name": "Démarches en ligne",
        }
        return AuthenticationAsk(**(usual | changes))

    def depart(self, **asked: Any) -> str:
        """The URL where the browser is sent."""
        return self.provider.begin(RequestFactory().get("/"), self.ask(**asked))["Location"]

    def sign_in(self, url: str, **identity: str) -> str:
        """The callback URL the FI sends the browser back to."""
        return self.demo.sign_in(url, **identity)

    def collect(self, callback_url: str, **asked: Any) -> AssertedIdentity:
        return self.provider.collect(callback_request(callback_url), self.ask(**asked))

    def go(self, asked: dict[str, Any] | None = None, **identity: str) -> AssertedIdentity:
        asked = asked or {}
        return self.collect(self.sign_in(self.depart(**asked), **identity), **asked)


@pytest.fixture
def trip(demo_provider: DemoProvider, db: None) -> Callable[..., Trip]:
    return lambda **changes: Trip(demo_provider, changes)


@pytest.fixture
def other_trip(other_provider: DemoProvider, db: None) -> Callable[..., Trip]:
    return lambda **changes: Trip(other_provider, changes)
