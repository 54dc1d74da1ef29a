"""The DNS port against a real server on loopback: what a domain says, what cannot be known, and how long that takes."""

import socket
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from time import monotonic
from typing import Any

import pytest

from proconnect.kernel.dns import DnsUnavailable, mail_route, txt
from proconnect.kernel.outbound import at_most
from proconnect.kernel.outbound.breaker import FAILURES_TOLERATED
from proconnect.settings.env import Network
from tests.mirrors.name_server import NameServer

PROOF = '"proconnect-identity-provider-f7a9"'


@pytest.mark.parametrize(
    ("records", "has_route"),
    [
        pytest.param({"MX": ["10 mx.mairie.fr."]}, True, id="exchanger"),
        pytest.param({"MX": ["0 ."], "A": ["192.0.2.1"]}, False, id="null MX, RFC 7505"),
        pytest.param({"A": ["192.0.2.1"]}, True, id="IPv4 address"),
        pytest.param({"AAAA": ["2001:db8::1"]}, True, id="IPv6 address"),
        pytest.param({"TXT": ['"v=spf1 -all"']}, False, id="name without mail (NODATA)"),
        pytest.param({}, False, id="no such name (NXDOMAIN)"),
    ],
)
def test_where_mail_goes(names: NameServer, records: dict[str, list[str]], has_route: bool) -> None:
    for kind, values in records.items():
        names.says("mairie.fr", kind, *values)
    assert mail_route("mairie.fr") is has_route


def test_an_alias_is_followed(names: NameServer) -> None:
    names.says("mairie.fr", "CNAME", "ville.fr.")
    names.says("ville.fr", "MX", "10 mx.ville.fr.")
    assert mail_route("mairie.fr")


def test_an_alias_to_nothing_has_no_route(names: NameServer) -> None:
    names.says("mairie.fr", "CNAME", "ville.fr.")
    assert not mail_route("mairie.fr")


def test_a_truncated_answer_is_asked_again_over_tcp(names: NameServer) -> None:
    names.says("mairie.fr", "TXT", PROOF, *(f'"{"x" * 200}{n}"' for n in range(20)))
    assert len(txt("mairie.fr")) == 21
    assert names.asked_over_tcp == [("mairie.fr", "TXT")]


def test_the_pieces_of_a_text_are_joined(names: NameServer) -> None:
    names.says("mairie.fr", "TXT", '"proconnect-" "identity-provider"', '"caf\\195\\169"')
    assert set(txt("mairie.fr")) == {"proconnect-identity-provider", "caf��"}


def test_a_name_that_does_not_exist_has_no_text(names: NameServer) -> None:
    assert txt("mairie.fr") == ()


@pytest.mark.parametrize(
    "name", ["", ".", "a..fr", "a" * 64 + ".fr", ("a" * 60 + ".") * 5 + "fr", "\ud800.fr"]
)
def test_what_no_name_can_be_is_not_asked(names: NameServer, name: str) -> None:
    assert not mail_route(name)
    assert txt(name) == ()
    assert not names.asked


def test_a_name_is_never_completed(names: NameServer) -> None:
    """A name asked as if it were of our own domain would tell that network what we look for."""
    txt("mairie")
    assert names.asked == [("mairie", "TXT")]


def test_a_failure_of_the_resolver_is_no_answer(names: NameServer) -> None:
    names.failing.add("mairie.fr")
    for ask in (mail_route, txt):
        with pytest.raises(DnsUnavailable):
            ask("mairie.fr")


def test_domains_that_fail_do_not_stop_the_others(names: NameServer) -> None:
    names.failing.add("casse.fr")
    names.says("mairie.fr", "MX", "10 mx.mairie.fr.")
    for _ in range(FAILURES_TOLERATED + 1):
        with pytest.raises(DnsUnavailable):
            mail_route("casse.fr")
    assert mail_route("mairie.fr")


def test_a_silent_resolver_is_left_after_two_seconds(names: NameServer) -> None:
    names.silent.add("mairie.fr")
    started = monotonic()
    with pytest.raises(DnsUnavailable):
        mail_route("mairie.fr")
    assert 1.5 < monotonic() - started < 3


def test_a_tighter_deadline_is_kept(names: NameServer) -> None:
    names.silent.add("mairie.fr")
    started = monotonic()
    with at_most(timedelta(seconds=0.2)), pytest.raises(DnsUnavailable):
        txt("mairie.fr")
    assert monotonic() - started < 1


def test_a_resolver_that_stays_silent_is_left_alone(names: NameServer) -> None:
    names.silent.add("mairie.fr")
    for _ in range(FAILURES_TOLERATED):
        with at_most(timedelta(seconds=0.05)), pytest.raises(DnsUnavailable):
            txt("mairie.fr")
    asked = len(names.asked)
    with pytest.raises(DnsUnavailable):
        txt("mairie.fr")
    assert len(names.asked) == asked


def test_a_second_resolver_answers_for_a_silent_one(
    names: NameServer, silent_port: int, settings: Any
) -> None:
    names.says("mairie.fr", "MX", "10 mx.mairie.fr.")
    both = (("127.0.0.1", silent_port), ("127.0.0.1", names.port))
    settings.ENV = replace(settings.ENV, dns_resolvers=both)
    assert mail_route("mairie.fr")


@pytest.mark.parametrize("change", [{"dns_resolvers": ()}, {"network": Network.RIE}])
def test_dns_is_not_asked_where_it_must_not(names: NameServer, settings: Any, change: dict[str, Any]) -> None:
    settings.ENV = replace(settings.ENV, **change)
    for ask in (mail_route, txt):
        with pytest.raises(DnsUnavailable):
            ask("mairie.fr")
    assert not names.asked


@pytest.fixture
def silent_port() -> Iterator[int]:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as unread:
        unread.bind(("127.0.0.1", 0))
        yield unread.getsockname()[1]
