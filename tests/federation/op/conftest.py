import pytest

from federation.models import Account, Client, Provider
from tests.factories import federation


@pytest.fixture
def fi(db: None) -> Provider:
    return federation.fi(domains=["example.gouv.fr"])


@pytest.fixture
def agent(fi: Provider) -> Account:
    return federation.account(at=fi)


@pytest.fixture
def service(db: None) -> Client:
    return federation.fs()


@pytest.fixture
def other_service(db: None) -> Client:
    return federation.fs()
