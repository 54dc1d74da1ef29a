"""An agent whose FI lives on the ministries' network (RIE) enters a service of the Internet, by the relay alone."""

import os
import re
import signal
import socket
import time
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest

from tests.e2e.two_networks import TwoNetworks, Visit, eventually, two_networks
from tests.mirrors.houses import way_in
from tests.mirrors.provider.double import AGENT

pytestmark = pytest.mark.needs("redis-server", "curl")

# Where the kernel lets no namespace be made, both sides share this machine's loopback, and only what each one calls is
# looked at: that form always runs. Apart, neither could reach the other if it tried.
PLACES = ["on one machine", *(["in two namespaces"] if way_in() else [])]


@pytest.fixture(scope="module", params=PLACES)
def networks(
    request: pytest.FixtureRequest, redis_url: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[TwoNetworks]:
    var = tmp_path_factory.mktemp("networks")
    apart = request.param == "in two namespaces"
    with two_networks(var, os.environ["DATABASE_URL"], redis_url, apart=apart) as networks:
        yield networks


@pytest.fixture(scope="module")
def visit(networks: TwoNetworks) -> Iterator[Visit]:
    with networks.site_on_the_internet() as visit:
        yield visit


def code_on(text: str) -> str:
    found = re.search(r"Code : (Y[0-9]{6})", text)
    assert found, text[-1500:]
    return found[1]


def addresses_of(url: str) -> set[str]:
    """A FI as the log of calls names it: looked up by name and by address, then called by address."""
    port = urlsplit(url).port
    return {
        *("localhost", "127.0.0.1", "::1"),
        *map(str, (("127.0.0.1", port), ("::1", port), ("::1", port, 0, 0))),
    }


def test_an_agent_of_the_ministries_enters_a_service_of_the_internet(
    networks: TwoNetworks, visit: Visit
) -> None:
    relay = networks.start_relay()
    eventually(lambda: visit.site.get("/readyz/relay").status_code == 200)
    identity = visit.identity()
    assert identity["email"] == AGENT["email"]
    assert identity["given_name"] == "Camille"
    assert networks.internet.called_by("internet") == set()
    assert networks.ministries.called_by("relay") <= addresses_of(networks.provider)
    assert str(("127.0.0.1", urlsplit(networks.provider).port)) in networks.ministries.called_by("relay")

    visit.site.cookies.clear()
    callback = visit.leave()
    relay.signal_group(signal.SIGKILL)
    began = time.monotonic()
    page = visit.come_back(callback)
    assert (page.status_code, code_on(page.text)) == (503, "Y300001")
    assert "Ministère des Exemples" in page.text
    assert time.monotonic() - began < 5

    eventually(lambda: visit.site.get("/readyz/relay").status_code == 503)
    assert visit.site.get("/readyz").status_code == 200  # others are served
    networks.start_relay()
    eventually(lambda: visit.site.get("/readyz/relay").status_code == 200)
    visit.site.cookies.clear()
    assert visit.identity()["email"] == AGENT["email"]


def test_a_deployment_of_the_ministries_calls_its_provider_and_nobody_else(networks: TwoNetworks) -> None:
    """No public interface, no name server, nothing: whatever Python connects to or looks up is written down."""
    with networks.site_on_the_ministries_network() as visit:
        identity = visit.identity()
        assert identity["email"] == AGENT["email"]
        visit.site.cookies.clear()
        unknown = visit.depart("alix@une-pme.example")
        assert code_on(unknown.text) == "Y500001"  # no default FI there
    calls = networks.ministries.called_by("rie")
    assert calls <= addresses_of(networks.provider)
    assert calls


def test_neither_side_reaches_the_other_but_by_the_queue(networks: TwoNetworks) -> None:
    """Said of namespaces; on one machine, what each side calls is all there is to look at."""
    if not networks.internet.enter:
        with socket.create_connection(("127.0.0.1", urlsplit(networks.provider).port or 0), timeout=5):
            return
    with pytest.raises(AssertionError, match="curl"):
        networks.internet.run("curl", "--silent", "--show-error", "--max-time", "3", networks.provider)
    for side in (networks.internet, networks.ministries):
        with pytest.raises(AssertionError, match="curl"):
            side.run("curl", "--silent", "--show-error", "--max-time", "3", "http://192.0.2.1/")
