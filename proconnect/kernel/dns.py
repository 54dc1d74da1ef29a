"""What the DNS says of a domain. The only module that asks it: never on RIE, nor where no resolver is named."""

from collections.abc import Callable
from datetime import timedelta
from functools import cache
from time import monotonic
from typing import TypeVar

import dns.exception
import dns.name
import dns.resolver
from django.conf import settings
from dns.nameserver import Do53Nameserver
from dns.rdatatype import AAAA, MX, TXT, A, RdataType

from proconnect.kernel.outbound import seconds_left
from proconnect.kernel.outbound.breaker import Breaker

DEADLINE = timedelta(seconds=2)  # of one question of ours, whatever queries it takes
PATIENCE = 0.9  # seconds given to one resolver before another, or the same one again, is tried
LARGEST_DATAGRAM = 1232  # bytes, DNS Flag Day 2020: more comes back over TCP

T = TypeVar("T")
Resolvers = tuple[tuple[str, int], ...]


class DnsUnavailable(Exception):
    """Nothing is known: no resolver to ask, none that answers, or an answer that is a failure of theirs."""


def is_asked() -> bool:
    return bool(settings.ENV.dns_resolvers) and settings.ENV.network != "rie"


def mail_route(domain: str) -> bool:
    """Does mail for this domain go anywhere (RFC 5321 5.1)? Raises DnsUnavailable."""
    return _asked(lambda questions: _mail_route(questions, domain))


def txt(name: str) -> tuple[str, ...]:
    """The texts at this name, each in one piece (RFC 7208 3.3); none when the name does not exist. Raises DnsUnavailable."""
    return _asked(lambda questions: _texts(questions, name))


class _Questions:
    """Queries that share one deadline."""

    def __init__(self, resolvers: Resolvers) -> None:
        self._ends_at = monotonic() + min(DEADLINE.total_seconds(), seconds_left())
        self._resolver = dns.resolver.Resolver(configure=False)
        self._resolver.nameservers = [Do53Nameserver(address, port) for address, port in resolvers]
        self._resolver.timeout = PATIENCE
        self._resolver.use_edns(0, payload=LARGEST_DATAGRAM)

    def ask(self, name: dns.name.Name, kind: RdataType) -> dns.resolver.Answer | None:
        """CNAME are followed. None when there is no such record. Raises DNSException."""
        if (left := self._ends_at - monotonic()) <= 0:
            raise dns.exception.Timeout
        try:
            return self._resolver.resolve(name, kind, lifetime=left, search=False)
        except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer, dns.resolver.YXDOMAIN):
            return None


def _mail_route(questions: _Questions, domain: str) -> bool:
    if (name := _name(domain)) is None:
        return False
    if exchangers := questions.ask(name, MX):
        return any(
            each.exchange != dns.name.root for each in exchangers
        )  # RFC 7505: the root means no mail at all
    return any(questions.ask(name, kind) for kind in (A, AAAA))


def _texts(questions: _Questions, name: str) -> tuple[str, ...]:
    absolute = _name(name)
    answer = questions.ask(absolute, TXT) if absolute else None
    return tuple(b"".join(each.strings).decode("ascii", "replace") for each in answer or ())


def _name(text: str) -> dns.name.Name | None:
    """Absolute; None for what no name can be."""
    try:
        name = dns.name.from_text(text)
    except (dns.exception.DNSException, UnicodeError):
        return None
    return name if len(name) > 1 else None


def _asked(question: Callable[[_Questions], T]) -> T:
    if not is_asked():
        raise DnsUnavailable("no resolver")
    resolvers = settings.ENV.dns_resolvers
    breaker = _breaker(resolvers)
    if not breaker.permits(monotonic()):
        raise DnsUnavailable("resting")
    try:
        answer = question(_Questions(resolvers))
    except (dns.exception.DNSException, OSError) as failure:
        if _one_answered(failure):  # it is this domain that they cannot read
            breaker.succeeded()
        else:
            breaker.failed(monotonic())
        raise DnsUnavailable(type(failure).__name__) from None
    breaker.succeeded()
    return answer


def _one_answered(failure: Exception) -> bool:
    """Did a resolver say anything, were it SERVFAIL?"""
    errors = failure.kwargs["errors"] if isinstance(failure, dns.resolver.NoNameservers) else ()
    return any(response is not None for *_, response in errors)


@cache
def _breaker(resolvers: Resolvers) -> Breaker:
    return Breaker()
