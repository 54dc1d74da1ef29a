"""Two FI that share nothing, not even a port: one misbehaves on order, the other never does."""

import logging
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from io import StringIO

import pytest
from django.conf import settings
from django.core.cache import cache

from federation.rp import metadata
from proconnect.kernel import outbound
from proconnect.observability import logs
from tests.factories.federation import identite
from tests.federation.faults.rows.identity import DOMAIN, OTHER_DOMAIN
from tests.federation.faults.scene import Party, Scene, demo_fi
from tests.federation.journey.conftest import registered
from tests.mirrors.provider.double import DemoProvider


@pytest.fixture(autouse=True)
def _nothing_remembered(db: None) -> Iterator[None]:
    metadata.forget()
    cache.clear()
    with closing(outbound.gate()):
        yield
    outbound.gate.cache_clear()
    metadata.forget()


@pytest.fixture(scope="module")
def _hostile() -> Iterator[DemoProvider]:
    with demo_fi("Ministère des Exemples") as itself:
        yield itself


@pytest.fixture(scope="module")
def _honest() -> Iterator[DemoProvider]:
    with demo_fi("Agence des Essais") as itself:
        yield itself


@pytest.fixture
def hostile(_hostile: DemoProvider) -> Iterator[DemoProvider]:
    yield from _at_rest(_hostile)


@pytest.fixture
def honest(_honest: DemoProvider) -> Iterator[DemoProvider]:
    yield from _at_rest(_honest)


def _at_rest(provider: DemoProvider) -> Iterator[DemoProvider]:
    registered = provider.client
    yield provider
    provider.forget()
    provider.register(registered)


@pytest.fixture
def scene(db: None, hostile: DemoProvider, honest: DemoProvider) -> Scene:
    identite()
    return Scene(
        Party(registered(hostile, domains=[DOMAIN], title="Ministère des Exemples"), hostile, DOMAIN),
        Party(registered(honest, domains=[OTHER_DOMAIN], title="Agence des Essais"), honest, OTHER_DOMAIN),
    )


@pytest.fixture
def logged() -> Iterator[Callable[[], str]]:
    """All that was written, at the level that writes most."""
    logs.configure({"level": "DEBUG"})
    (to_stdout,) = (each for each in logging.getLogger().handlers if type(each) is logs.Output)
    assert to_stdout.stream is sys.stdout
    to_stdout.setStream(written := StringIO())
    yield written.getvalue
    logs.configure(settings.LOGGING)
