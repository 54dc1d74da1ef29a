"""A domain goes from Identité to a FI that proved it: who keeps their sub, told before, true after."""

import csv
import io
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.core.management import CommandError, call_command

from federation import reconciliation, registry
from federation.models import Account, AccountLink, Provider, ProviderDomain
from federation.registry.domain_move import forecast
from federation.registry.fate import Fate, Situation, fate
from proconnect.platform.models import AuditEntry
from tests.factories.federation import fi, identite
from tests.federation.journey.builders import identity

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
DOMAIN = "culture.gouv.fr"


@pytest.fixture
def ministry() -> Provider:
    identite()
    return fi(domains=[DOMAIN], proved=True, title="Ministère de la Culture")


def person(*links: tuple[Provider, str], **facts: Any) -> Account:
    account = Account.objects.create(**facts)
    for provider, local in links:
        AccountLink.objects.create(
            account=account, provider=provider, provider_sub=str(uuid4()), email=f"{local}@{DOMAIN}"
        )
    return account


def fates(ministry: Provider) -> dict[UUID, Fate]:
    return {each.sub: each.fate for each in forecast(ministry.uid, DOMAIN).people}


def sub_at_the_next_sign_in(ministry: Provider, email: str) -> UUID:
    """Under the sub this FI gave them, or a new one."""
    link = AccountLink.objects.filter(provider=ministry, email=email).first()
    asserted = identity(sub=link.provider_sub if link else str(uuid4()), email=email)
    record = registry.find_provider(ministry.uid)
    assert record
    known = reconciliation.find(record, asserted, default=registry.default_provider())
    return reconciliation.settle(known, record, asserted, now=NOW)


USUAL = Situation(
    is_at_identite=True,
    is_at_the_fi=False,
    is_blocked=False,
    is_disputed=False,
    has_namesakes=False,
    address_is_taken=False,
)


@pytest.mark.parametrize("is_proved", [True, False])
def test_who_signed_in_by_the_fi_already_keeps_their_sub_whatever_is_proved(is_proved: bool) -> None:
    known = replace(USUAL, is_at_the_fi=True, has_namesakes=True, is_blocked=True)
    assert fate(known, is_proved=is_proved, is_proved_by_another=True) is Fate.JOINED


def test_each_fate_is_told_and_comes_true(ministry: Provider) -> None:
    ours = identite()
    expected = {
        person((ours, "jeanne")): Fate.JOINS,
        person((ours, "bloque"), blocked_at=NOW): Fate.BLOCKED,
        person((ours, "connue"), (ministry, "connue")): Fate.JOINED,
        person((ministry, "nouvelle")): Fate.OF_THE_FI_ALONE,
        person((ours, "homonyme")): Fate.TWO_ACCOUNTS_AT_IDENTITE,
        person((ours, "homonyme")): Fate.TWO_ACCOUNTS_AT_IDENTITE,
        person((ours, "double")): Fate.ANOTHER_ACCOUNT_AT_THE_FI,
        person((ministry, "double")): Fate.OF_THE_FI_ALONE,
        (disputed := person((ours, "litige"), (ministry, "litige"))): Fate.DISPUTED,
    }
    person((ours, "ailleurs"))
    AccountLink.objects.filter(email__startswith="ailleurs").update(email=f"ailleurs@sous.{DOMAIN}")
    AccountLink.objects.filter(account=disputed, provider=ministry).update(disputed_at=NOW)
    told = fates(ministry)
    assert told == {account.sub: each for account, each in expected.items()}
    for account, each in expected.items():
        if each is not Fate.DISPUTED:
            link = account.links.get(provider=ours if each is not Fate.OF_THE_FI_ALONE else ministry)
            assert (sub_at_the_next_sign_in(ministry, link.email) == account.sub) is each.keeps, each


@pytest.mark.parametrize(
    ("prove", "reason"),
    [
        (lambda: ProviderDomain.objects.update(proved_at=None), Fate.DOMAIN_NOT_PROVED),
        (lambda: fi(domains=[DOMAIN], proved=True), Fate.DOMAIN_PROVED_BY_ANOTHER),
    ],
)
def test_a_domain_that_is_not_its_own_keeps_nobody(ministry: Provider, prove: Any, reason: Fate) -> None:
    account = person((identite(), "jeanne"))
    prove()
    registry.look_again()
    assert fates(ministry) == {account.sub: reason}
    assert sub_at_the_next_sign_in(ministry, f"jeanne@{DOMAIN}") != account.sub


@pytest.mark.at_length
def test_ten_thousand_people_change_fi_without_changing_sub(ministry: Provider) -> None:
    """Must hold: the dry run in under 10 s, no sub changed for the entitled, a report for the rest."""
    ministry.domains.update(is_routed=False)
    ours = identite()
    accounts = Account.objects.bulk_create(Account() for _ in range(10_000))
    AccountLink.objects.bulk_create(
        AccountLink(
            account=account, provider=ours, provider_sub=str(number), email=f"agent-{number}@{DOMAIN}"
        )
        for number, account in enumerate(accounts)
    )
    for number in range(0, 100, 10):  # whom the ministry knows under another account already
        person((ministry, f"agent-{number}"))
    told = io.StringIO()
    started = monotonic()
    call_command("fi", "migrate", str(ministry.uid), DOMAIN, "--dry-run", stdout=told)
    assert monotonic() - started < 10
    assert "10010 people, 10 lose their sub" in told.getvalue()
    assert "9990 keep  joins" in told.getvalue()
    assert "10 LOSE  another_account_at_the_fi" in told.getvalue()
    assert not ministry.domains.get().is_routed
    call_command("fi", "migrate", str(ministry.uid), DOMAIN, stdout=io.StringIO())
    for number in range(5, 10_000, 97):
        assert sub_at_the_next_sign_in(ministry, f"agent-{number}@{DOMAIN}") == accounts[number].sub


def test_the_domain_leads_to_the_fi_once_it_has_moved(ministry: Provider) -> None:
    ministry.domains.update(is_routed=False)
    person((identite(), "jeanne"))
    registry.look_again()
    assert registry.providers_for(DOMAIN) == ()
    told = io.StringIO()
    call_command("fi", "migrate", str(ministry.uid), DOMAIN, "--reason", "Bascule du 21", stdout=told)
    registry.look_again()
    assert [each.uid for each in registry.providers_for(DOMAIN)] == [ministry.uid]
    assert "now leads to Ministère de la Culture" in told.getvalue()
    line = AuditEntry.objects.get(action="provider.move_domain")
    assert line.after == {"domain": DOMAIN, "JOINS": 1}
    assert (line.actor, line.reason) == ("manage.py fi migrate", "Bascule du 21")


def test_a_dry_run_writes_nothing(ministry: Provider) -> None:
    ministry.domains.update(is_routed=False)
    call_command("fi", "migrate", str(ministry.uid), DOMAIN, "--dry-run", stdout=io.StringIO())
    assert not ministry.domains.get().is_routed
    assert not AuditEntry.objects.exists()


def test_a_line_for_each_person(ministry: Provider, tmp_path: Path) -> None:
    account = person((identite(), "jeanne"))
    file = tmp_path / "people.csv"
    call_command(
        "fi", "migrate", str(ministry.uid), DOMAIN, "--dry-run", "--csv", str(file), stdout=io.StringIO()
    )
    (line,) = csv.DictReader(file.read_text(encoding="utf-8").splitlines())
    assert line == {
        "sub": str(account.sub),
        "email": f"jeanne@{DOMAIN}",
        "keeps_sub": "yes",
        "fate": "joins",
        "reason": Fate.JOINS.reason,
    }


@pytest.mark.parametrize(
    ("uid", "domain", "why"),
    [
        (None, "autre.gouv.fr", "does not declare autre.gouv.fr"),
        ("11111111-2222-4333-8444-555555555555", DOMAIN, "no FI"),
        (None, "pas un domaine", "no domain name"),
    ],
)
def test_what_cannot_move_is_said(ministry: Provider, uid: str | None, domain: str, why: str) -> None:
    with pytest.raises(CommandError, match=why):
        call_command("fi", "migrate", uid or str(ministry.uid), domain, "--dry-run")


def test_a_domain_that_was_not_proved_does_not_move(ministry: Provider) -> None:
    ministry.domains.update(is_routed=False, proved_at=None)
    with pytest.raises(CommandError, match="has not proved"):
        call_command("fi", "migrate", str(ministry.uid), DOMAIN)
    assert not ministry.domains.get().is_routed
