"""The ground of every test: a PostgreSQL of its own, closed sockets, a browser that is already on the machine."""

import os
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import django
import hypothesis
import pytest
from django.db import connection

from scripts.services import redis_if_found, throwaway_postgres
from tests.needs import needs

pytest_plugins = ["tests.mirrors.fixtures", "tests.mirrors.stack"]

# Before Django reads its settings. Workers of xdist inherit what their controller started.
SERVICES = ExitStack()
os.environ["DATABASE_URL"] = SERVICES.enter_context(throwaway_postgres())
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "proconnect.settings.test")
os.environ.setdefault("DATABASE_STATEMENT_TIMEOUT", "30")  # to create and drop databases on a busy machine
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"  # Playwright's loop runs in the database's thread
django.setup()

from identite.organizations import directory  # noqa: E402  # once Django knows its apps

hypothesis.settings.register_profile("suite", deadline=None)  # a busy machine is no failure
hypothesis.settings.load_profile("suite")

CHROMIUM_OPTIONS = [
    "--headless",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",  # the browser's own calls home
    "--disable-component-update",
    "--disable-sync",
]


def pytest_unconfigure() -> None:
    SERVICES.close()


# What a minute does not hold: attacks on every address, real sockets and stores, services started and killed.
AT_LENGTH = (
    "tests/security/",
    "tests/scripts/",
    "tests/mirrors/",
    "tests/federation/faults/",
    "tests/federation/rp/",
    "tests/federation/test_remembered.py",
    "tests/federation/registry/test_domain_move.py",
    "tests/federation/registry/test_ownership.py",
    "tests/federation/op/test_backchannel_logout.py",
    "tests/federation/op/test_introspection.py",
    "tests/federation/op/test_limits.py",
    "tests/identite/account/test_mail_codes.py",
    "tests/identite/sign_in/test_bad_input.py",
    "tests/kernel/outbound/",
    "tests/kernel/test_dns.py",
    "tests/federation/conformance/",
    "tests/federation/journey/",
    "tests/federation/admin/",
    "tests/platform/",
    "tests/relay/",
)


def pytest_itemcollected(item: pytest.Item) -> None:
    if any(place in item.path.as_posix() for place in AT_LENGTH):
        item.add_marker("at_length")
    if "tests/e2e/" in item.path.as_posix() or "browser" in getattr(item, "fixturenames", ()):
        item.add_marker("e2e")
    if item.get_closest_marker("e2e"):
        item.add_marker(pytest.mark.xdist_group("e2e"))


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Browsers come last and share one worker: they need quiet, and leave an event loop behind."""
    items.sort(key=lambda item: item.get_closest_marker("e2e") is not None)


def pytest_runtest_setup(item: pytest.Item) -> None:
    for marker in item.iter_markers("needs"):
        for tool in marker.args:
            needs(tool)


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings_parallel_suffix: None) -> None:
    """PYTEST_DB_SUFFIX lets several runs share a server."""
    if suffix := os.environ.get("PYTEST_DB_SUFFIX"):
        test = connection.settings_dict["TEST"]
        test["NAME"] = f"{test['NAME'] or 'test_proconnect'}_{suffix}"


@pytest.fixture(autouse=True)
def _registers_that_failed_nobody_yet() -> None:
    directory.breaker.cache_clear()


@pytest.fixture(scope="session")
def redis_url() -> Iterator[str]:
    needs("redis-server")
    with redis_if_found() as url:
        assert url
        yield url


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    options = [*CHROMIUM_OPTIONS, *(["--no-sandbox"] if os.geteuid() == 0 else [])]
    return {**browser_type_launch_args, "executable_path": needs("chromium"), "args": options}


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args: dict[str, Any]) -> dict[str, Any]:
    return {**browser_context_args, "locale": "fr-FR", "timezone_id": "Europe/Paris"}
