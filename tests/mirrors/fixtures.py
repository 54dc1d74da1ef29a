"""Fixtures that put the mirrors at the disposal of any test."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from tests.mirrors.name_server import NameServer, name_server
from tests.mirrors.provider.double import DemoProvider, broker_as_client
from tests.mirrors.provider.server import ProviderServer


@pytest.fixture(scope="session")
def provider_server() -> Iterator[ProviderServer]:
    """One process-wide server for two FI that share nothing but the port."""
    configuration = [
        {"path": path, "title": title, "clients": [broker_as_client()], "personas": []}
        for path, title in (("", "Ministère des Exemples"), ("/agence", "Agence des Essais"))
    ]
    with ProviderServer(configuration) as server:
        yield server


@pytest.fixture
def demo_provider(provider_server: ProviderServer) -> Iterator[DemoProvider]:
    yield from _at_rest(provider_server, "")


@pytest.fixture
def other_provider(provider_server: ProviderServer) -> Iterator[DemoProvider]:
    yield from _at_rest(provider_server, "/agence")


@pytest.fixture
def names(settings: Any) -> Iterator[NameServer]:
    """The DNS as this test says it is; elsewhere it is not asked."""
    with name_server() as server:
        settings.ENV = replace(settings.ENV, dns_resolvers=(("127.0.0.1", server.port),))
        yield server


def _at_rest(server: ProviderServer, path: str) -> Iterator[DemoProvider]:
    provider = DemoProvider(next(issuer for issuer in server.issuers if issuer.path == path))
    registered = provider.client
    yield provider
    provider.forget()
    provider.register(registered)
