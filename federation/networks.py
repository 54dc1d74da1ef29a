"""Where we are, and how a FI is called from here: straight, or by the relay that stands on the ministries' network."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.conf import settings

from federation.errors import FederationError
from federation.models.provider import Network
from federation.remembered import document_in
from proconnect.kernel import outbound
from proconnect.kernel.outbound import Answer, OutboundFailure, Passage
from proconnect.relay import asking
from proconnect.relay.failures import EnvelopeRefused, RelayFailed, RelaySilent
from proconnect.relay.messages import Call
from proconnect.settings import env

if TYPE_CHECKING:
    from federation.registry.records import ProviderRecord


@dataclass(frozen=True, slots=True)
class Road:
    """To one FI. All that goes by it shares what that FI may hold of this process, whatever its hosts.

    Two FI of one issuer compare equal, so that its documents are kept, and asked for, once.
    """

    name: str = field(compare=False)
    is_internal: bool  # the FI lives on the ministries' network, whose addresses are private
    by_relay: bool = False


def road_to(provider: "ProviderRecord") -> Road:
    """A hybrid FI is called by the relay from a deployment on the Internet that has one."""
    is_hybrid = provider.network == Network.HYBRID
    has_relay = settings.ENV.network is env.Network.INTERNET and bool(settings.ENV.relay_url)
    return Road(
        f"provider {provider.uid}",
        is_internal=provider.network != Network.INTERNET,
        by_relay=is_hybrid and has_relay,
    )


@contextmanager
def passage(road: Road, *, at_most: timedelta = outbound.EXCHANGE_DEADLINE) -> Iterator[None]:
    """The calls made inside, together: one thread, one deadline, one verdict on the FI. Raises Resting."""
    with outbound.at_most(at_most), outbound.passage(road.name):
        yield


def get(road: Road, url: str, *, headers: Mapping[str, str] | None = None) -> Answer:
    """Raises OutboundFailure."""
    with outbound.passage(road.name) as passage:
        if road.by_relay:
            return _by_relay(Call(url=url, headers=headers or {}), passage)
        return outbound.get(url, headers=headers, is_internal=road.is_internal)


def post_form(
    road: Road, url: str, form: Mapping[str, str], *, headers: Mapping[str, str] | None = None
) -> Answer:
    """Raises OutboundFailure."""
    with outbound.passage(road.name) as passage:
        if road.by_relay:
            return _by_relay(Call(url=url, headers=headers or {}, form=form), passage)
        return outbound.post_form(url, form, headers=headers, is_internal=road.is_internal)


def get_json(road: Road, url: str) -> dict[str, Any]:
    """Raises OutboundFailure, or ValueError when the answer is no JSON object."""
    return document_in(get(road, url, headers={"accept": "application/json"}))


# The relay


def _by_relay(call: Call, passage: Passage) -> Answer:
    """What is wrong with the relay says nothing of the FI, and does not make it rest. Raises OutboundFailure."""
    try:
        answer = relay().ask(call)
    except RelayFailed as failure:
        if failure.is_the_provider:
            passage.failed()
        raise
    passage.answered()
    return answer


def relay() -> asking.Relay:
    return asking.relay(settings.ENV.relay_url, settings.ENV.relay_keys)


ERRORS: Mapping[type[OutboundFailure], FederationError] = {
    RelaySilent: FederationError.RELAY_SILENT,
    EnvelopeRefused: FederationError.RELAY_ANSWER_REFUSED,
    RelayFailed: FederationError.RELAY_REACHED_NOBODY,
}


def error_of_the_relay(failure: BaseException | None) -> FederationError | None:
    """When the relay is at fault, here or in what caused this failure."""
    while failure is not None:
        if isinstance(failure, OutboundFailure) and (error := ERRORS.get(type(failure))):
            return error
        failure = failure.__cause__
    return None


def check_relay() -> None:
    """Raises OutboundFailure."""
    relay().ping()
