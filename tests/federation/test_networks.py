"""By which road a FI is called, from where we are."""

from dataclasses import replace
from typing import Any

import pytest

from federation.errors import FederationError
from federation.models import Provider
from federation.networks import error_of_the_relay, road_to
from federation.remembered import Unavailable
from federation.rp.failures import unreachable
from proconnect.kernel.outbound import Unreachable
from proconnect.relay.failures import EnvelopeRefused, RelayFailed, RelaySilent
from proconnect.settings.env import Network
from tests.mirrors.relay import RELAY_KEYS

QUEUE = "redis://file.exemple.gouv.fr"


@pytest.mark.parametrize(
    ("provider", "here", "queue", "is_internal", "by_relay"),
    [
        pytest.param("internet", Network.INTERNET, QUEUE, False, False, id="of the Internet, straight"),
        pytest.param(
            "hybrid", Network.INTERNET, QUEUE, True, True, id="hybrid, from the Internet: by the relay"
        ),
        pytest.param("hybrid", Network.INTERNET, "", True, False, id="hybrid, without a relay"),
        pytest.param("hybrid", Network.RIE, QUEUE, True, False, id="hybrid, from the RIE: straight"),
        pytest.param("rie", Network.RIE, "", True, False, id="of the RIE, from there"),
    ],
)
def test_the_road_to_a_provider(
    provider: str, here: Network, queue: str, *, is_internal: bool, by_relay: bool, settings: Any
) -> None:
    settings.ENV = replace(settings.ENV, network=here, relay_url=queue, relay_keys=RELAY_KEYS)
    road = road_to(Provider(network=provider))  # type: ignore[arg-type]  # what it reads of a record is there
    assert (road.is_internal, road.by_relay) == (is_internal, by_relay)


def caused_by(failure: Exception) -> Unavailable:
    """As a document that could not be fetched says it."""
    unavailable = Unavailable(str(failure))
    unavailable.__cause__ = failure
    return unavailable


@pytest.mark.parametrize(
    ("failure", "code"),
    [
        (RelaySilent("fi", "silent"), "Y300001"),
        (EnvelopeRefused("fi", "forged"), "Y300002"),
        (RelayFailed("fi", "refused", is_the_provider=True), "Y300003"),
        (caused_by(RelaySilent("fi", "silent")), "Y300001"),
        (Unreachable("fi", "refused"), "Y020031"),
        (caused_by(Unreachable("fi", "refused")), "Y020031"),
        ("no endpoint", "Y020031"),
    ],
)
def test_the_relays_own_failures_have_their_codes(failure: object, code: str) -> None:
    assert unreachable(FederationError.PROVIDER_DISCOVERY_FAILED, failure).code == code


def test_a_failure_that_has_no_cause_is_no_relays() -> None:
    assert error_of_the_relay(None) is None
