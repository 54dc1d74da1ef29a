"""(FI, FI's sub) → account: when two identities are one person's, and when they only look so."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import transaction
from structlog.testing import capture_logs

from federation import reconciliation, registry
from federation.models import Account, AccountLink, Provider, ProviderDomain
from federation.registry import ProviderRecord
from proconnect.kernel.contracts.identity_provider import AssertedIdentity
from proconnect.platform.models import AuditEntry
from tests.factories.federation import fi, identite
from tests.federation.journey.builders import identity

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
DOMAIN = "interieur.gouv.fr"
CAMILLE: dict[str, Any] = {
    "email": f"camille.martin@{DOMAIN}",
    "given_name": "Camille",
    "usual_name": "Martin",
}
DOMINIQUE: dict[str, Any] = {
    "email": f"dominique.petit@{DOMAIN}",
    "given_name": "Dominique",
    "usual_name": "Petit",
}


@pytest.fixture(autouse=True)
def _identite() -> None:
    identite()


@pytest.fixture
def ministry() -> Provider:
    return fi(domains=[DOMAIN], proved=True)


def record_of(row: Provider) -> ProviderRecord:
    registry.look_again()
    record = registry.find_provider(row.uid)
    assert record
    return record


def found(at: Provider, asserted: AssertedIdentity) -> reconciliation.Known | None:
    return reconciliation.find(record_of(at), asserted, default=registry.default_provider())


def sign_in(at: Provider, sub: str = "s1", *, now: datetime = NOW, **person: Any) -> Account:
    asserted = identity(sub=sub, **(CAMILLE | person))
    return Account.objects.get(
        sub=reconciliation.settle(found(at, asserted), record_of(at), asserted, now=now)
    )


def is_disputed(at: Provider, sub: str = "s1", **person: Any) -> bool:
    known = found(at, identity(sub=sub, **(CAMILLE | person)))
    assert known
    return known.is_disputed


def audited(action: str) -> list[AuditEntry]:
    return list(AuditEntry.objects.filter(action=action))


# The key


def test_s075_the_key_is_the_fi_and_its_sub(ministry: Provider) -> None:
    agency = fi(domains=["agence.gouv.fr"], proved=True)
    assert sign_in(ministry) == sign_in(ministry)
    assert sign_in(ministry) != sign_in(agency, email="camille@agence.gouv.fr")
    assert sign_in(ministry, "s2", **DOMINIQUE) != sign_in(ministry)


# From Identité to a FI that proved the domain


def test_s078_a_person_keeps_their_sub_when_their_domain_goes_to_the_fi_that_proved_it(
    ministry: Provider,
) -> None:
    before = sign_in(identite(), "u1")
    assert sign_in(ministry) == before
    assert sign_in(identite(), "u1") == before


def test_s078_the_link_is_written_once_with_an_audit_line(ministry: Provider) -> None:
    before = sign_in(identite(), "u1")
    for _ in range(3):
        sign_in(ministry)
    (line,) = audited("account.link")
    assert line.target == str(before.sub)
    assert line.after == {"provider": str(ministry.uid), "domain": DOMAIN, "same_names": True}


def test_s078_a_name_that_differs_between_the_two_is_told_to_the_team(ministry: Provider) -> None:
    sign_in(identite(), "u1")
    sign_in(ministry, usual_name="Martin-Petit")
    assert audited("account.link")[0].after["same_names"] is False


def test_s078_a_domain_that_was_only_declared_joins_nobody() -> None:
    before = sign_in(identite(), "u1")
    assert sign_in(fi(domains=[DOMAIN])) != before
    assert audited("account.link") == []


def test_s076_a_fi_joins_nobody_of_a_domain_that_is_not_its_own(ministry: Provider) -> None:
    before = sign_in(identite(), "u1", email="camille@ailleurs.gouv.fr")
    loose = fi(domains=["autre.gouv.fr"], proved=True, block_unlisted_domains=False)
    assert sign_in(loose, email="camille@ailleurs.gouv.fr") != before


@pytest.mark.parametrize(("is_active", "joins"), [(True, False), (False, True)])
def test_s078_a_domain_that_two_fi_proved_joins_nobody(
    ministry: Provider, is_active: bool, joins: bool
) -> None:
    fi(domains=[DOMAIN], proved=True, is_active=is_active)
    before = sign_in(identite(), "u1")
    assert (sign_in(ministry) == before) is joins


def test_s078_two_fi_never_join_each_other(ministry: Provider) -> None:
    first = sign_in(ministry)
    ProviderDomain.objects.update(proved_at=None)
    assert sign_in(fi(domains=[DOMAIN], proved=True)) != first


def test_s078_an_address_that_two_people_had_at_identite_joins_neither(ministry: Provider) -> None:
    old, new = sign_in(identite(), "u1"), sign_in(identite(), "u2")
    assert sign_in(ministry) not in (old, new)


def test_s041_a_blocked_account_stays_blocked_whatever_the_fi(ministry: Provider) -> None:
    Account.objects.filter(pk=sign_in(identite(), "u1").pk).update(blocked_at=NOW)
    known = found(ministry, identity(sub="s1", **CAMILLE))
    assert known is not None
    assert known.is_blocked


# An address taken over


def test_a_new_sub_with_the_address_of_another_gets_an_account_of_its_own(ministry: Provider) -> None:
    first = sign_in(ministry)
    second = sign_in(ministry, "s2", given_name="Dominique")
    assert first != second
    (line,) = audited("account.email_of_another")
    assert line.target == str(second.sub)
    assert line.after["accounts_with_this_address"] == [str(first.sub)]


def test_a_known_sub_that_takes_the_address_of_another_keeps_its_account_and_is_reported(
    ministry: Provider,
) -> None:
    first, second = sign_in(ministry), sign_in(ministry, "s2", **DOMINIQUE)
    assert sign_in(ministry, "s2", **DOMINIQUE | {"email": CAMILLE["email"]}) == second
    (line,) = audited("account.email_of_another")
    assert line.target == str(second.sub)
    assert line.after["accounts_with_this_address"] == [str(first.sub)]


def test_s078_a_second_sub_of_the_fi_does_not_join_the_account_the_first_one_joined(
    ministry: Provider,
) -> None:
    theirs = sign_in(identite(), "u1")
    assert sign_in(ministry) == theirs
    assert sign_in(ministry, "s2") != theirs
    assert len(audited("account.link")) == 1


def test_s078_nor_once_the_first_one_changed_address(ministry: Provider) -> None:
    theirs = sign_in(identite(), "u1")
    sign_in(ministry)
    sign_in(ministry, email=f"camille.petit@{DOMAIN}")
    assert sign_in(ministry, "s2") != theirs


def test_s078_of_two_subs_that_claim_one_account_at_once_one_gets_it(ministry: Provider) -> None:
    theirs = sign_in(identite(), "u1")
    one, other = (identity(sub=sub, **CAMILLE) for sub in ("s1", "s2"))
    seen = [found(ministry, each) for each in (one, other)]
    assert all(known and known.account == theirs for known in seen)
    with transaction.atomic():
        subs = [
            reconciliation.settle(known, record_of(ministry), each, now=NOW)
            for known, each in zip(seen, (one, other), strict=True)
        ]
    assert subs[0] == theirs.sub
    assert subs[1] != theirs.sub


# A sub given to somebody else


@pytest.mark.parametrize(
    ("person", "disputed"),
    [
        pytest.param({}, False, id="nothing changed"),
        pytest.param({"usual_name": "Durand"}, False, id="a wedding"),
        pytest.param({"given_name": "Dominique", "usual_name": "Petit"}, False, id="the whole name"),
        pytest.param({"email": f"c.martin@{DOMAIN}"}, False, id="another address"),
        pytest.param({"given_name": "CAMILLE", "email": f"c.martin@{DOMAIN}"}, False, id="name in capitals"),
        pytest.param(DOMINIQUE, True, id="name and address: somebody else"),
    ],
)
def test_s075_a_sub_that_goes_to_somebody_else_is_noticed(
    ministry: Provider, person: dict[str, str], disputed: bool
) -> None:
    sign_in(ministry)
    assert is_disputed(ministry, **person) is disputed


def test_a_name_then_an_address_may_change_at_two_sign_ins(ministry: Provider) -> None:
    """Each alone is taken as the person's; the next comparison is with what was said last."""
    before = sign_in(ministry)
    assert sign_in(ministry, usual_name="Durand") == before
    assert not is_disputed(ministry, usual_name="Durand", email=f"camille.durand@{DOMAIN}")
    assert sign_in(ministry, usual_name="Durand", email=f"camille.durand@{DOMAIN}") == before
    assert is_disputed(ministry, **DOMINIQUE)


def test_who_signed_in_before_names_were_known_is_not_suspected(ministry: Provider) -> None:
    sign_in(ministry)
    AccountLink.objects.update(holder="")
    assert not is_disputed(ministry, **DOMINIQUE)


def test_identite_gives_no_sub_twice(ministry: Provider) -> None:
    sign_in(identite(), "u1")
    assert not is_disputed(identite(), "u1", **DOMINIQUE)


def test_a_dispute_is_told_once_and_closes_the_sub_to_both(
    ministry: Provider,
) -> None:
    person = sign_in(ministry)
    known = found(ministry, identity(sub="s1", **DOMINIQUE))
    assert known
    for _ in range(2):
        reconciliation.dispute(known, record_of(ministry), now=NOW)
    (line,) = audited("account.dispute")
    assert line.target == str(person.sub)
    assert AccountLink.objects.get(provider=ministry).disputed_at == NOW
    assert is_disputed(ministry), "the first one too, until the team has settled it"


def test_what_matters_of_an_account_is_traced(
    ministry: Provider, django_capture_on_commit_callbacks: Any
) -> None:
    with capture_logs() as lines, django_capture_on_commit_callbacks(execute=True):
        sign_in(identite(), "u1")
        sign_in(ministry)
        sign_in(ministry, "s2")
    told = [line["event"] for line in lines if line["event"] != "entered"]
    assert told == ["ACCOUNT_CREATED", "ACCOUNT_LINKED", "EMAIL_OF_ANOTHER", "ACCOUNT_CREATED"]


# What is kept


def test_what_a_sign_in_teaches_is_written_when_it_changes_or_once_a_day(
    ministry: Provider, django_assert_num_queries: Any
) -> None:
    sign_in(ministry)
    known, record = found(ministry, identity(sub="s1", **CAMILLE)), record_of(ministry)
    with django_assert_num_queries(0):
        reconciliation.settle(known, record, identity(sub="s1", **CAMILLE), now=NOW)
    sign_in(ministry, now=NOW + timedelta(days=1))
    assert AccountLink.objects.get().seen_at == NOW + timedelta(days=1)


def test_names_are_kept_as_a_hash_alone(ministry: Provider) -> None:
    sign_in(ministry)
    row = AccountLink.objects.values().get()
    assert not [value for value in row.values() if "Martin" in str(value) or "Camille" in str(value)]


def test_s078_a_domain_declared_shared_that_this_fi_alone_proved_is_its_own(ministry: Provider) -> None:
    ProviderDomain.objects.update(is_shared=True)
    before = sign_in(identite(), "u1")
    assert sign_in(ministry) == before
