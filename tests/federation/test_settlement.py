"""What the team decides: whose is a disputed identity, whether two accounts are one person's."""

from datetime import UTC, datetime
from typing import Any

import pytest

from federation import settlement
from federation.models import Account, AccountLink, Provider, SsoSession
from federation.settlement import CannotMerge
from proconnect.platform.models import AuditEntry
from tests.factories.federation import account, fi, identite
from tests.federation.test_reconciliation import DOMAIN, DOMINIQUE, is_disputed, record_of, sign_in

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
WHY: dict[str, Any] = {"actor": "claire@dinum.example", "reason": "Appel du ministère"}


@pytest.fixture
def ministry() -> Provider:
    identite()
    return fi(domains=[DOMAIN], proved=True)


@pytest.fixture
def disputed(ministry: Provider) -> AccountLink:
    sign_in(ministry)
    AccountLink.objects.update(disputed_at=NOW)
    return AccountLink.objects.get()


def has_a_session(person: Account, at: Provider) -> SsoSession:
    return SsoSession.objects.create(
        account=person,
        provider=at,
        opened_at=NOW,
        ends_at=datetime(2100, 1, 1, tzinfo=UTC),
    )


def the_line(action: str) -> AuditEntry:
    line = AuditEntry.objects.get(action=action)
    assert (line.actor, line.reason) == (WHY["actor"], WHY["reason"])
    return line


def test_the_same_person_signs_in_again_under_their_new_name_and_address(
    ministry: Provider, disputed: AccountLink
) -> None:
    settlement.same_person(disputed, **WHY)
    assert not is_disputed(ministry, **DOMINIQUE)
    assert sign_in(ministry, **DOMINIQUE) == disputed.account
    assert is_disputed(ministry), "compared from now on with the new name"
    assert the_line("account.same_person").target == str(disputed.account_id)


def test_another_person_gets_a_new_account_and_the_first_one_is_signed_out(
    ministry: Provider, disputed: AccountLink
) -> None:
    session = has_a_session(disputed.account, ministry)
    settlement.another_person(disputed, **WHY)
    session.refresh_from_db()
    assert session.ended_at
    assert sign_in(ministry, **DOMINIQUE) != disputed.account
    assert Account.objects.filter(pk=disputed.account_id).exists(), "its history stays"
    assert the_line("account.another_person").before["provider_sub"] == "s1"


def test_two_accounts_become_one_and_the_sub_that_goes_is_remembered(ministry: Provider) -> None:
    kept, absorbed = account(at=identite()), sign_in(ministry)
    Account.objects.filter(pk=absorbed.pk).update(previous_subs=["an-older-one"])
    session = has_a_session(absorbed, ministry)
    absorbed.refresh_from_db()
    settlement.merge(kept, absorbed, **WHY)
    kept.refresh_from_db()
    session.refresh_from_db()
    assert kept.previous_subs == ["an-older-one", str(absorbed.sub)]
    assert session.ended_at
    assert sign_in(ministry) == kept
    assert not is_disputed(ministry)
    assert the_line("account.merge").after == {"previous_subs": kept.previous_subs}


def test_an_account_is_not_merged_into_itself(ministry: Provider) -> None:
    person = sign_in(ministry)
    with pytest.raises(CannotMerge, match="le même"):
        settlement.merge(person, person, **WHY)


@pytest.mark.parametrize("which", ["kept", "absorbed"])
def test_s041_a_merge_unblocks_nobody(ministry: Provider, which: str) -> None:
    people = {"kept": account(at=identite()), "absorbed": sign_in(ministry)}
    Account.objects.filter(pk=people[which].pk).update(blocked_at=NOW)
    with pytest.raises(CannotMerge, match="bloqué"):
        settlement.merge(people["kept"], people["absorbed"], **WHY)
    assert record_of(ministry).uid == AccountLink.objects.get(account=people["absorbed"]).provider_id
