"""Where we are, and how a FI is called from here: straight, or by the relay that stands on the ministries' network."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from federation.models.provider import Network
from federation.remembered import document_in
from proconnect.kernel import outbound
from proconnect.kernel.outbound import Answer

if TYPE_CHECKING:
    from federation.registry.records import ProviderRecord


@dataclass(frozen=True, slots=True)
class Road:
    """To one FI. All that goes by it shares what that FI may hold of this process, whatever its hosts.

    Two FI of one issuer compare equal, so that its documents are kept, and asked for, once.
    """

    name: str = field(compare=False)
    is_internal: bool  # the FI lives on the ministries' network, whose addresses are private


def road_to(provider: "ProviderRecord") -> Road:
    return Road(f"provider {provider.uid}", is_internal=provider.network != Network.INTERNET)


@contextmanager
def passage(road: Road, *, at_most: timedelta = outbound.EXCHANGE_DEADLINE) -> Iterator[None]:
    """The calls made inside, together: one thread, one deadline, one verdict on the FI. Raises Resting."""
    with outbound.at_most(at_most), outbound.passage(road.name):
        yield


def get(road: Road, url: str, *, headers: Mapping[str, str] | None = None) -> Answer:
    """Raises OutboundFailure."""
    with outbound.passage(road.name):
        return outbound.get(url, headers=headers, is_internal=road.is_internal)


def post_form(
    road: Road, url: str, form: Mapping[str, str], *, headers: Mapping[str, str] | None = None
) -> Answer:
    """Raises OutboundFailure."""
    with outbound.passage(road.name):
        return outbound.post_form(url, form, headers=headers, is_internal=road.is_internal)


def get_json(road: Road, url: str) -> dict[str, Any]:
    """Raises OutboundFailure, or ValueError when the answer is no JSON object."""
    return document_in(get(road, url, headers={"accept": "application/json"}))
