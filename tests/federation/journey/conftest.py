from urllib.parse import urlencode

import pytest
from django.test import Client as Browser
from django.utils.crypto import get_random_string

from federation.models import Client, Provider
from proconnect.kernel.encryption import seal
from tests.factories.federation import fi, fs, identite
from tests.mirrors.fixtures import demo_provider, other_provider, provider_server
from tests.mirrors.provider.double import DemoProvider

__all__ = ["demo_provider", "other_provider", "provider_server"]

DOMAIN = "exemples.gouv.fr"
OTHER_DOMAIN = "essais.gouv.fr"


@pytest.fixture(autouse=True)
def _tables(db):
    identite()


@pytest.fixture
def service() -> Client:
    return fs()


def registered(double: DemoProvider, **facts) -> Provider:
    """The FI row that matches a demo FI's own registration of us."""
    provider = fi(
        issuer=double.issuer,
        client_id=double.client.client_id,
        userinfo_signed_response_alg="ES256",
        default_siret="13002526500013",
        **facts,
    )
    provider.sealed_secret = seal(double.client.client_secret, context=provider.secret_context)
    provider.save()
    return provider


@pytest.fixture
def ministry(demo_provider: DemoProvider) -> Provider:
    return registered(
        demo_provider, domains=[DOMAIN], title="Ministère des Exemples", support_email="aide@exemples.gouv.fr"
    )


@pytest.fixture
def agency(other_provider: DemoProvider) -> Provider:
    return registered(other_provider, domains=[OTHER_DOMAIN], title="Agence des Essais")


@pytest.fixture
def navigator() -> Browser:
    return Browser(enforce_csrf_checks=True)


def authorize_url(service: Client, **changes: str) -> str:
    parameters = {
        "client_id": service.client_id,
        "redirect_uri": service.redirect_uri_list[0],
        "response_type": "code",
        "scope": "openid email given_name usual_name siret",
        "state": get_random_string(32),
        "nonce": get_random_string(32),
    }
    return f"/api/v2/authorize?{urlencode(parameters | changes)}"


def token_of(response) -> str:
    """The CSRF token of the page's form, as a browser would post it."""
    return response.content.decode().split('name="csrfmiddlewaretoken" value="')[1].split('"')[0]
