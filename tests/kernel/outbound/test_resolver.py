"""F-26: names are resolved in bounded time, and remembered for the hour when the resolver fails."""

import socket
import threading
from collections.abc import Callable
from datetime import timedelta
from ipaddress import ip_address
from typing import Any

import httpcore
import pytest

from proconnect.kernel.outbound import at_most
from proconnect.kernel.outbound.connection import Resolver

ADDRESS = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("93.184.216.34", 0))]
LookUp = Callable[..., Any]


def answers(*outcomes: Any) -> LookUp:
    left = list(outcomes)

    def look_up(*args: Any, **options: Any) -> Any:
        outcome = left.pop(0)
        if isinstance(outcome, BaseException):
            raise outcome
        return outcome

    return look_up


def test_an_address_needs_no_resolver() -> None:
    assert Resolver(answers())("::1") == (ip_address("::1"),)


def test_addresses_in_the_order_given_each_once() -> None:
    assert Resolver(answers([*ADDRESS, *ADDRESS]))("fi.exemple.fr") == (ip_address("93.184.216.34"),)


@pytest.mark.parametrize("failure", [socket.gaierror(socket.EAI_AGAIN, "try again"), OSError("no resolver")])
def test_f26_what_was_known_serves_when_the_resolver_fails(failure: OSError) -> None:
    resolve = Resolver(answers(ADDRESS, failure))
    assert resolve("fi.exemple.fr") == resolve("fi.exemple.fr")


def test_a_name_that_no_longer_exists_is_not_remembered() -> None:
    resolve = Resolver(answers(ADDRESS, socket.gaierror(socket.EAI_NONAME, "unknown")))
    resolve("fi.exemple.fr")
    with pytest.raises(httpcore.ConnectError):
        resolve("fi.exemple.fr")


def test_f26_a_name_never_seen_fails_at_once() -> None:
    with pytest.raises(httpcore.ConnectError):
        Resolver(answers(socket.gaierror(socket.EAI_AGAIN, "try again")))("fi.exemple.fr")


def test_f26_a_resolver_that_hangs_is_left_behind() -> None:
    release = threading.Event()
    with at_most(timedelta(seconds=0.2)), pytest.raises(httpcore.ConnectError):
        Resolver(lambda *args, **options: release.wait(5))("fi.exemple.fr")
    release.set()


def test_a_name_that_cannot_be_written_in_dns_is_unknown() -> None:
    with pytest.raises(httpcore.ConnectError):
        Resolver()("a" * 64 + ".exemple.fr")
