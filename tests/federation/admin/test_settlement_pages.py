"""The team tells apart two people whom a FI confused, and makes one of two accounts of the same person."""

from datetime import UTC, datetime
from uuid import uuid4

import pytest

from federation.models import Account, AccountLink, Provider
from proconnect.admin_site.roles import ASSISTANCE, SECURITE
from proconnect.platform.models import AuditEntry
from tests.factories.federation import account, fi
from tests.federation.admin.conftest import EnteredAs

pytestmark = pytest.mark.django_db

LIST = "/admin/federation/account/"


@pytest.fixture
def ministry() -> Provider:
    return fi(domains=["example.gouv.fr"])


@pytest.fixture
def disputed(ministry: Provider) -> AccountLink:
    link = account(at=ministry).links.get()
    link.disputed_at = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
    link.save()
    return link


def page_of(person: Account, act: str = "change") -> str:
    return f"{LIST}{person.pk}/{act}/"


def test_disputes_are_listed_and_nobody_else_is(
    entered_as: EnteredAs, ministry: Provider, disputed: AccountLink
) -> None:
    other = account(at=ministry)
    browser = entered_as(SECURITE)
    listed = browser.get(f"{LIST}?contestees=oui").content.decode()
    assert str(disputed.account_id) in listed
    assert str(other.pk) not in listed
    assert str(disputed.account_id) not in browser.get(LIST).content.decode()


@pytest.mark.parametrize(
    ("act", "action", "stays"),
    [
        ("meme-personne", "account.same_person", True),
        ("autre-personne", "account.another_person", False),
    ],
)
def test_a_dispute_is_settled_with_a_reason(
    entered_as: EnteredAs, disputed: AccountLink, act: str, action: str, stays: bool
) -> None:
    browser = entered_as(SECURITE)
    page = page_of(disputed.account, f"identites/{disputed.pk}/{act}")
    assert page in browser.get(page_of(disputed.account)).content.decode()
    assert browser.get(page).status_code == 200
    browser.post(page, {"reason": ""})
    assert AccountLink.objects.filter(disputed_at__isnull=False).exists()
    browser.post(page, {"reason": "Appel du ministère"})
    assert AccountLink.objects.filter(disputed_at=None).exists() is stays
    assert not AccountLink.objects.filter(disputed_at__isnull=False).exists()
    line = AuditEntry.objects.get(action=action)
    assert (line.target, line.reason) == (str(disputed.account_id), "Appel du ministère")
    assert browser.get(page).status_code == 200
    assert browser.post(page, {"reason": "encore"}).status_code == 404, "settled once"


def test_an_identity_is_settled_on_the_page_of_its_own_account(
    entered_as: EnteredAs, ministry: Provider, disputed: AccountLink
) -> None:
    other = account(at=ministry)
    page = page_of(other, f"identites/{disputed.pk}/autre-personne")
    assert entered_as(SECURITE).post(page, {"reason": "x"}).status_code == 404


def test_two_accounts_become_one(entered_as: EnteredAs, ministry: Provider) -> None:
    kept, absorbed = account(at=ministry), account(at=ministry)
    browser = entered_as(SECURITE)
    page = page_of(kept, "absorber")
    assert "Aucun compte" in browser.post(page, {"absorbed": str(uuid4()), "reason": "x"}).content.decode()
    assert browser.post(page, {"absorbed": "x", "reason": "x"}).status_code == 200
    assert "le même compte" in browser.post(page, {"absorbed": str(kept.pk), "reason": "x"}).content.decode()
    browser.post(page, {"absorbed": str(absorbed.pk), "reason": "Une seule personne"})
    assert kept.links.count() == 2
    assert str(absorbed.pk) in browser.get(page_of(kept)).content.decode()
    assert AuditEntry.objects.get(action="account.merge").reason == "Une seule personne"


def test_another_account_with_the_same_address_is_shown(entered_as: EnteredAs, ministry: Provider) -> None:
    one, same, other = (
        account(at=ministry, email=email) for email in ("a@example.fr", "a@example.fr", "b@example.fr")
    )
    shown = entered_as(ASSISTANCE).get(page_of(one)).content.decode()
    assert page_of(same) in shown
    assert page_of(other) not in shown


def test_assistance_sees_a_dispute_and_does_not_settle_it(
    entered_as: EnteredAs, disputed: AccountLink
) -> None:
    browser = entered_as(ASSISTANCE)
    shown = browser.get(page_of(disputed.account)).content.decode()
    assert "Identités contestées" in shown
    assert "autre-personne" not in shown
    for act in (
        f"identites/{disputed.pk}/meme-personne",
        f"identites/{disputed.pk}/autre-personne",
        "absorber",
    ):
        assert browser.post(page_of(disputed.account, act), {"reason": "x"}).status_code == 403
