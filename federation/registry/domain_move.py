"""A domain goes from Identité to a FI: who keeps their ``sub`` is told first; then its addresses lead to that FI."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from uuid import UUID

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Q, QuerySet

from federation.models import AccountLink, Provider, ProviderDomain
from federation.registry.acts import Author, change_provider
from federation.registry.described import provider_entry
from federation.registry.fate import Fate, Situation, fate
from proconnect.platform.audit import audit


class CannotMove(Exception):
    """Its text says why."""


@dataclass(frozen=True, slots=True)
class Person:
    sub: UUID
    email: str
    fate: Fate


@dataclass(frozen=True, slots=True)
class Forecast:
    provider: Provider
    domain: str
    people: tuple[Person, ...]

    @property
    def counts(self) -> Mapping[Fate, int]:
        """The fates that happen, in the order of their list."""
        counted = Counter(person.fate for person in self.people)
        return {each: counted[each] for each in Fate if counted[each]}

    @property
    def losing(self) -> int:
        return sum(number for each, number in self.counts.items() if not each.keeps)


@transaction.atomic
def forecast(uid: UUID, domain: str) -> Forecast:
    """Writes nothing. Raises CannotMove."""
    return _forecast(*_declared(uid, domain))


@transaction.atomic
def move(uid: UUID, domain: str, *, by: Author) -> Forecast:
    """Raises CannotMove, or DomainTaken when its addresses lead to yet another FI."""
    provider, row = _declared(uid, domain)
    if row.proved_at is None:
        raise CannotMove(f"{provider.title} has not proved that {domain} is its own")
    told = _forecast(provider, row)
    entry = provider_entry(provider)
    routed = replace(
        entry,
        email_domains=tuple(sorted({*entry.email_domains, domain})),
        extra_email_domains=tuple(name for name in entry.extra_email_domains if name != domain),
    )
    change_provider(routed, by=by)
    counts = {each.name: number for each, number in told.counts.items()}
    audit(by.actor, "provider.move_domain", str(uid), after={"domain": domain} | counts, reason=by.reason)
    return told


def _declared(uid: UUID, domain: str) -> tuple[Provider, ProviderDomain]:
    try:
        provider = Provider.objects.get(uid=uid)
        return provider, provider.domains.get(name=domain)
    except Provider.DoesNotExist:
        raise CannotMove(f"no FI {uid}") from None
    except ProviderDomain.DoesNotExist:
        raise CannotMove(f"{provider.title} does not declare {domain}") from None


def _forecast(provider: Provider, row: ProviderDomain) -> Forecast:
    _take_time()
    links = Links(provider.uid, row.name)
    others = ProviderDomain.objects.exclude(provider=provider).filter(provider__is_active=True)
    is_proved_by_another = others.filter(name=row.name, proved_at__isnull=False).exists()
    people = (
        Person(
            sub,
            email,
            fate(
                links.situation(sub, email),
                is_proved=row.proved_at is not None,
                is_proved_by_another=is_proved_by_another,
            ),
        )
        for sub, email in links.people()
    )
    return Forecast(provider, row.name, tuple(people))


def _take_time() -> None:
    """No index leads from a domain to its addresses: where people are millions, the table is read whole."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL statement_timeout = '60s'")


class Links:
    """All the identities of a domain, at Identité and at the FI, read at once."""

    def __init__(self, provider: UUID, domain: str) -> None:
        default = settings.ENV.default_provider
        here = AccountLink.objects.filter(email__endswith=f"@{domain}")
        self._at_identite = _by_email(here.filter(provider=default))
        theirs = AccountLink.objects.filter(provider=provider)
        of_its_people = theirs.filter(
            Q(pk__in=here) | Q(account__in=here.filter(provider=default).values("account"))
        )
        self._at_the_fi = _by_email(of_its_people)
        self._known_to_the_fi = {sub for subs in self._at_the_fi.values() for sub in subs}
        blocked = here.filter(account__blocked_at__isnull=False)
        disputed = of_its_people.filter(disputed_at__isnull=False)
        self._blocked = set(blocked.values_list("account", flat=True))
        self._disputed = set(disputed.values_list("account", flat=True))
        self._domain = domain

    def people(self) -> Iterator[tuple[UUID, str]]:
        """Each account once for each of its addresses in the domain."""
        for email in sorted({*self._at_identite, *self._at_the_fi}):
            if email.endswith(f"@{self._domain}"):
                subs = self._at_identite[email] | self._at_the_fi[email]
                yield from ((sub, email) for sub in sorted(subs))

    def situation(self, sub: UUID, email: str) -> Situation:
        return Situation(
            is_at_identite=sub in self._at_identite[email],
            is_at_the_fi=sub in self._known_to_the_fi,
            is_blocked=sub in self._blocked,
            is_disputed=sub in self._disputed,
            has_namesakes=len(self._at_identite[email]) > 1,
            address_is_taken=bool(self._at_the_fi[email] - {sub}),
        )


def _by_email(links: QuerySet[AccountLink]) -> defaultdict[str, set[UUID]]:
    subs: defaultdict[str, set[UUID]] = defaultdict(set)
    for email, sub in links.values_list("email", "account"):
        subs[email].add(sub)
    return subs
