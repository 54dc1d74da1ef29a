"""Every test here starts from an empty site, a default FI, and nothing remembered from the test before."""

from collections.abc import Iterator

import pytest

from federation import own_keys, registry
from federation.models import Client, Provider
from federation.rp import metadata
from tests.factories.federation import fs, identite
from tests.federation.journey.conftest import DOMAIN, OTHER_DOMAIN, registered
from tests.mirrors.provider.double import DemoProvider
from tests.security.surfer import Surfer


@pytest.fixture(autouse=True)
def _site(db: None) -> Iterator[None]:
    registry.forget()
    own_keys.forget()
    metadata.forget()
    identite()
    yield
    metadata.forget()


@pytest.fixture
def service() -> Client:
    return fs()


@pytest.fixture
def local() -> Provider:
    return Provider.objects.get(issuer="")


@pytest.fixture
def ministry(demo_provider: DemoProvider) -> Provider:
    return registered(
        demo_provider, domains=[DOMAIN], title="Ministère des Exemples", support_email="aide@exemples.gouv.fr"
    )


@pytest.fixture
def agency(other_provider: DemoProvider) -> Provider:
    return registered(other_provider, domains=[OTHER_DOMAIN], title="Agence des Essais")


@pytest.fixture
def surfer() -> Surfer:
    return Surfer()


@pytest.fixture
def stranger() -> Surfer:
    """Another browser."""
    return Surfer()
