"""A FI owns the domains whose DNS says so: at once when asked, then every day, with a week to mend a lost record."""

from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.utils import timezone

from federation import registry
from federation.models import Provider, ProviderDomain
from federation.registry import Author, ownership
from federation.registry.proof import Seen
from proconnect.platform import housekeeping, outbox
from proconnect.platform.models import AuditEntry, OutboxMessage
from tests.factories.federation import fi, identite
from tests.mirrors.name_server import NameServer

pytestmark = pytest.mark.django_db

DOMAIN = "police.gouv.fr"
BY = Author(actor="test")


def published(names: NameServer, provider: Provider, domain: str = DOMAIN) -> None:
    names.says(domain, "TXT", '"v=spf1 -all"', f'"proconnect-identity-provider-{provider.uid}"')


def prove(provider: Provider) -> Seen:
    return ownership.prove(provider.uid, by=BY, now=timezone.now())[DOMAIN]


def domain_of(provider: Provider) -> ProviderDomain:
    return ProviderDomain.objects.get(provider=provider, name=DOMAIN)


def aged(provider: Provider, **ages: float) -> None:
    """``checked_at=2``: two days ago."""
    ProviderDomain.objects.filter(provider=provider).update(
        **{name: timezone.now() - timedelta(days=days) for name, days in ages.items()}
    )


def a_day_passes() -> None:
    ProviderDomain.objects.exclude(checked_at=None).update(checked_at=timezone.now() - timedelta(days=1))
    OutboxMessage.objects.all().delete()
    ownership.ask_for_checks()
    outbox.drain()


def test_a_record_at_the_domain_proves_it(names: NameServer) -> None:
    ministry = fi(domains=[DOMAIN])
    published(names, ministry)
    assert prove(ministry) is Seen.FOUND
    record = registry.find_provider(ministry.uid)
    assert record is not None
    assert record.proved_domains == {DOMAIN}
    assert domain_of(ministry).checked_at is not None
    line = AuditEntry.objects.get(target=str(ministry.uid))
    assert (line.action, line.actor, line.after["domain"]) == ("provider.domain_proved", "test", DOMAIN)


def test_the_record_of_another_fi_proves_nothing(names: NameServer) -> None:
    ministry, other = fi(domains=[DOMAIN]), fi()
    published(names, other)
    assert prove(ministry) is Seen.ABSENT
    assert domain_of(ministry).proved_at is None
    assert not AuditEntry.objects.exists()


def test_a_record_under_the_domain_proves_nothing(names: NameServer) -> None:
    ministry = fi(domains=[DOMAIN])
    names.says(DOMAIN, "A", "192.0.2.1")
    published(names, ministry, f"_proconnect.{DOMAIN}")
    assert prove(ministry) is Seen.ABSENT


def test_a_domain_that_the_fi_does_not_have_is_not_given_to_it(names: NameServer) -> None:
    stranger = fi(domains=["autre.gouv.fr"])
    published(names, stranger)
    ownership.prove(stranger.uid, by=BY, now=timezone.now())
    assert not ProviderDomain.objects.exclude(proved_at=None).exists()


def test_a_failure_of_the_dns_changes_nothing(names: NameServer) -> None:
    ministry = fi(domains=[DOMAIN], proved=True)
    before = ProviderDomain.objects.values().get(provider=ministry)
    names.failing.add(DOMAIN)
    assert prove(ministry) is Seen.UNKNOWN
    assert ProviderDomain.objects.values().get(provider=ministry) == before


def test_a_lost_record_is_told_then_forgiven_for_a_week_then_lapses(names: NameServer) -> None:
    ministry = fi(domains=[DOMAIN], proved=True, support_email="aide@police.gouv.fr")
    names.says(DOMAIN, "A", "192.0.2.1")
    a_day_passes()
    assert domain_of(ministry).proof_missing_since
    assert domain_of(ministry).proved_at
    a_day_passes()
    assert domain_of(ministry).proved_at
    aged(ministry, proof_missing_since=7)
    a_day_passes()
    assert domain_of(ministry).proved_at is None
    record = registry.find_provider(ministry.uid)
    assert record is not None
    assert record.proved_domains == frozenset()
    lines = AuditEntry.objects.filter(target=str(ministry.uid)).order_by("at")
    assert [(line.action, line.actor) for line in lines] == [
        ("provider.domain_went_missing", "manage.py housekeeping"),
        ("provider.domain_lapsed", "manage.py housekeeping"),
    ]


def test_both_supports_are_written_to_once(names: NameServer, mailoutbox: list[Any]) -> None:
    ministry = fi(domains=[DOMAIN], proved=True, support_email="aide@police.gouv.fr")
    names.says(DOMAIN, "A", "192.0.2.1")
    a_day_passes()
    a_day_passes()
    assert sorted(mail.to[0] for mail in mailoutbox) == ["aide@police.gouv.fr", settings.ENV.support_email]
    assert f"proconnect-identity-provider-{ministry.uid}" in mailoutbox[0].body
    aged(ministry, proof_missing_since=7)
    a_day_passes()
    assert len(mailoutbox) == 4
    assert mailoutbox[-1].subject == f"La preuve du domaine {DOMAIN} ne vaut plus"


def test_all_the_domains_lost_at_once_make_one_mail(names: NameServer, mailoutbox: list[Any]) -> None:
    fi(domains=["a.gouv.fr", "b.gouv.fr"], proved=True, support_email="aide@police.gouv.fr")
    for domain in ("a.gouv.fr", "b.gouv.fr"):
        names.says(domain, "A", "192.0.2.1")
    a_day_passes()
    assert len(mailoutbox) == 2
    assert mailoutbox[0].subject == "La preuve de 2 domaines a disparu du DNS"
    assert "- a.gouv.fr\n- b.gouv.fr\n" in mailoutbox[0].body


def test_a_record_that_comes_back_in_time_keeps_the_proof(names: NameServer) -> None:
    ministry = fi(domains=[DOMAIN], proved=True)
    names.says(DOMAIN, "A", "192.0.2.1")
    a_day_passes()
    published(names, ministry)
    a_day_passes()
    assert domain_of(ministry).proof_missing_since is None
    assert domain_of(ministry).proved_at


def test_a_record_published_later_is_found_without_being_asked(names: NameServer) -> None:
    ministry = fi(domains=[DOMAIN])
    published(names, ministry)
    a_day_passes()
    assert domain_of(ministry).proved_at


def test_each_domain_is_looked_at_once_a_day(names: NameServer) -> None:
    fi(domains=[DOMAIN])
    a_day_passes()
    ownership.ask_for_checks()
    outbox.drain()
    assert len(names.asked) == 1


def test_all_domains_are_looked_at_batch_after_batch(
    names: NameServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Were the first ones mute: they hold none of the others back."""
    monkeypatch.setattr(ownership, "BATCH", 2)
    fi(domains=[f"d{number}.gouv.fr" for number in range(5)])
    names.failing.update(f"d{number}.gouv.fr" for number in range(3))
    a_day_passes()
    assert ProviderDomain.objects.exclude(checked_at=None).count() == 2
    assert {name for name, _ in names.asked} == {f"d{number}.gouv.fr" for number in range(5)}


def test_neither_identite_nor_a_closed_fi_is_looked_up(names: NameServer) -> None:
    ProviderDomain.objects.create(provider=identite(), name="identite.gouv.fr")
    fi(domains=["ferme.gouv.fr"], is_active=False)
    a_day_passes()
    assert not names.asked


def test_where_the_dns_is_not_asked_nothing_is_queued() -> None:
    fi(domains=[DOMAIN], proved=True)
    ownership.ask_for_checks()
    assert not OutboxMessage.objects.exists()


def test_the_check_is_a_chore() -> None:
    assert housekeeping._chores["federation.domains"] is ownership.ask_for_checks
