"""Who may see and do what, tried at every page (S-162, S-163, S-164)."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.conf import settings
from django.contrib import admin
from django.db import DatabaseError, connection, transaction
from django.test import Client as Browser
from django.urls import reverse
from django.utils import timezone

from federation.models import Account, Grant, SigningKey
from identite.models import TotpDevice, User
from proconnect.admin_site.roles import ASSISTANCE, LECTEUR, PARTENAIRES, SECURITE
from proconnect.platform import outbox
from proconnect.platform.audit import audit
from proconnect.platform.models import AuditEntry, OutboxMessage
from tests.factories.federation import account, fi, fs
from tests.federation.admin.conftest import EnteredAs, operator

pytestmark = pytest.mark.django_db

LISTS = (
    "federation/client",
    "federation/provider",
    "federation/account",
    "federation/signingkey",
    "platform/auditentry",
    "platform/outboxmessage",
    "identite/user",
)
SEEN = {
    None: set(),
    LECTEUR: {"federation/client", "federation/provider", "federation/signingkey"},
    ASSISTANCE: {"federation/client", "federation/provider", "federation/signingkey", "federation/account"},
    PARTENAIRES: {"federation/client", "federation/provider", "federation/signingkey"},
    SECURITE: set(LISTS) - {"identite/user"},
}
ADDED = {PARTENAIRES: {"federation/client", "federation/provider"}}


@pytest.mark.parametrize("role", list(SEEN))
def test_s163_each_role_sees_its_pages_and_no_other(entered_as: EnteredAs, role: str | None) -> None:
    browser = entered_as(*([role] if role else []))
    for name in LISTS:
        seen = browser.get(f"/admin/{name}/").status_code
        added = browser.get(f"/admin/{name}/add/").status_code
        assert seen == (200 if name in SEEN[role] else 403), name
        assert added == (200 if name in ADDED.get(str(role), set()) else 403), name


def test_s163_a_superuser_sees_all_and_still_writes_no_journal(entered_as: EnteredAs) -> None:
    browser = entered_as(is_superuser=True)
    for name in LISTS:
        assert browser.get(f"/admin/{name}/").status_code == 200, name
    for name in (
        "platform/auditentry",
        "platform/outboxmessage",
        "federation/signingkey",
        "federation/account",
    ):
        assert browser.get(f"/admin/{name}/add/").status_code == 403, name


@pytest.mark.parametrize("role", [LECTEUR, ASSISTANCE, SECURITE])
def test_s163_who_only_reads_writes_nothing(entered_as: EnteredAs, role: str) -> None:
    client, provider = fs(), fi()
    browser = entered_as(role)
    pages = (
        f"/admin/federation/client/{client.pk}/change/",
        f"/admin/federation/client/{client.pk}/nouveau-secret/",
        f"/admin/federation/provider/{provider.pk}/change/",
    )
    for page in pages:
        assert browser.post(page, {"name": "x"}).status_code == 403, page
    browser.post("/admin/federation/client/", {"action": "suspend", "_selected_action": [client.pk]})
    client.refresh_from_db()
    assert client.is_active
    assert client.client_secret not in browser.get(pages[0]).content.decode()


def test_every_page_of_the_site_is_closed_to_who_is_not_in(client: Browser) -> None:
    service, person = fs(), Account.objects.create()
    names = [
        *(reverse(f"admin:{name.replace('/', '_')}_changelist") for name in LISTS),
        f"/admin/federation/client/{service.pk}/secret/",
        f"/admin/federation/client/{service.pk}/nouveau-secret/",
        f"/admin/federation/account/{person.pk}/bloquer/",
        f"/admin/federation/account/{person.pk}/debloquer/",
        "/admin/",
        "/admin/password_change/",
    ]
    for page in names:
        for answer in (client.get(page), client.post(page)):
            assert answer.headers["Location"].startswith("/admin/login/"), page


def test_only_our_own_tables_are_shown() -> None:
    shown = {model._meta.label_lower.replace(".", "/") for model in admin.site._registry}
    assert shown == set(LISTS)


# Accounts


def test_an_account_is_found_by_its_exact_key_alone(entered_as: EnteredAs) -> None:
    person = account(at=fi(), email="camille.martin@interieur.gouv.fr")
    browser = entered_as(ASSISTANCE)

    def found(words: str) -> bool:
        page = browser.get("/admin/federation/account/", {"q": words}).content.decode()
        return str(person.sub) in page.replace(f'value="{words}"', "")

    assert found(str(person.sub))
    assert found("Camille.Martin@interieur.gouv.fr")
    assert not found("camille")
    assert not found("@interieur.gouv.fr")
    assert not found("")


def test_blocking_asks_a_reason_kills_tokens_and_leaves_a_line(entered_as: EnteredAs) -> None:
    person = account(at=fi())
    grant = a_grant_of(person)
    browser = entered_as(SECURITE)
    page = f"/admin/federation/account/{person.pk}/"
    assert browser.post(f"{page}bloquer/", {"reason": ""}).status_code == 200
    assert not is_blocked(person)
    browser.post(f"{page}bloquer/", {"reason": "Compte détourné"})
    assert is_blocked(person)
    assert Grant.objects.filter(pk=grant.pk, revoked_at__isnull=False).exists()
    assert "Débloquer" in browser.get(f"{page}change/").content.decode()
    browser.post(f"{page}debloquer/", {"reason": "Levée de doute"})
    assert not is_blocked(person)
    lines = AuditEntry.objects.filter(target=str(person.sub)).order_by("at")
    assert [(line.action, line.reason) for line in lines] == [
        ("account.block", "Compte détourné"),
        ("account.unblock", "Levée de doute"),
    ]


def is_blocked(person: Account) -> bool:
    return Account.objects.get(pk=person.pk).is_blocked


def a_grant_of(person: Account) -> Grant:
    now = timezone.now()
    return Grant.objects.create(
        client=fs(),
        account=person,
        sid=uuid4(),
        session_ends_at=now + timedelta(hours=12),
        issued_at=now,
        code_hash=b"h" * 32,
        code_expires_at=now + timedelta(minutes=1),
        redirect_uri="https://service.gouv.fr/",
        scopes="openid",
        acr="eidas1",
        authenticated_at=now,
    )


def test_assistance_sees_people_and_does_not_block_them(entered_as: EnteredAs) -> None:
    person = account(at=fi())
    browser = entered_as(ASSISTANCE)
    page = f"/admin/federation/account/{person.pk}/"
    assert "Bloquer" not in browser.get(f"{page}change/").content.decode()
    assert browser.post(f"{page}bloquer/", {"reason": "x"}).status_code == 403


# Journals


def test_s164_nobody_changes_nor_deletes_a_line_of_the_journal(entered_as: EnteredAs) -> None:
    line = audit("someone", "client.change", "my-service", before={"name": "a"}, after={"name": "b"})
    browser = entered_as(is_superuser=True)
    page = f"/admin/platform/auditentry/{line.pk}/"
    shown = browser.get(f"{page}change/").content.decode()
    assert "my-service" in shown
    assert browser.post(f"{page}change/", {"actor": "other"}).status_code == 403
    assert browser.post(f"{page}delete/", {"post": "yes"}).status_code == 403
    for statement in ("UPDATE platform_auditentry SET actor = 'x'", "DELETE FROM platform_auditentry"):
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)


def test_dead_letters_are_seen_without_their_content(entered_as: EnteredAs) -> None:
    outbox.enqueue("mail.send", {"to": "camille@example.gouv.fr"}, key="kept")
    outbox.enqueue("mail.send", {"to": "dominique@example.gouv.fr"}, key="given-up")
    OutboxMessage.objects.filter(key="given-up").update(dead_at=timezone.now(), last_error="refused")
    page = entered_as(SECURITE).get("/admin/platform/outboxmessage/").content.decode()
    assert page.count('class="action-select"') == 1
    assert "refused" in page
    assert "dominique" not in page


def test_s171_a_signing_key_is_seen_without_its_private_part(entered_as: EnteredAs) -> None:
    key = SigningKey.objects.create(
        kid="k1",
        algorithm="ES256",
        state="next",
        public_jwk={"kty": "EC", "x": "public-part"},
        sealed_private_jwk="sealed-part",
    )
    page = entered_as(LECTEUR).get(f"/admin/federation/signingkey/{key.pk}/change/").content.decode()
    assert "public-part" in page
    assert "sealed-part" not in page


# The team


def test_a_member_is_invited_with_roles(entered_as: EnteredAs) -> None:
    browser = entered_as(is_superuser=True)
    answer = browser.post(
        "/admin/identite/user/add/",
        {
            "email": "Nouveau@Example.gouv.fr",
            "given_name": "Noé",
            "is_active": "on",
            "roles": [LECTEUR, SECURITE],
        },
    )
    assert answer.status_code == 302
    member = User.objects.get(email="nouveau@example.gouv.fr")
    assert member.is_staff
    assert not member.has_usable_password()
    assert {group.name for group in member.groups.all()} == {LECTEUR, SECURITE}
    assert OutboxMessage.objects.filter(task="mail.send").count() == 1
    line = AuditEntry.objects.get(action="staff.add")
    assert line.after["roles"] == [LECTEUR, SECURITE]


def test_a_member_changes_role_but_never_their_own(entered_as: EnteredAs) -> None:
    browser = entered_as(is_superuser=True)
    oneself = User.objects.get()
    other = operator(LECTEUR, email="autre@example.gouv.fr")
    page = f"/admin/identite/user/{other.pk}/change/"
    assert (
        browser.post(page, {"given_name": "Ève", "is_active": "on", "roles": [PARTENAIRES]}).status_code
        == 302
    )
    other.refresh_from_db()
    assert [group.name for group in other.groups.all()] == [PARTENAIRES]
    assert other.email == "autre@example.gouv.fr"
    assert AuditEntry.objects.get(action="staff.change").after["roles"] == [PARTENAIRES]
    own = f"/admin/identite/user/{oneself.pk}/change/"
    assert browser.get(own).status_code == 200
    assert browser.post(own, {"is_active": "on"}).status_code == 403


def test_people_who_are_not_of_the_team_are_not_shown(entered_as: EnteredAs) -> None:
    someone = User.objects.create_user("quelquun@example.gouv.fr")
    browser = entered_as(is_superuser=True)
    assert "quelquun" not in browser.get("/admin/identite/user/").content.decode()
    assert browser.get(f"/admin/identite/user/{someone.pk}/change/").status_code == 302


def test_a_lost_phone_is_replaced_by_another_member(entered_as: EnteredAs) -> None:
    other = operator(LECTEUR, email="autre@example.gouv.fr")
    TotpDevice.objects.create(user=other, sealed_key="x")
    browser = entered_as(is_superuser=True)
    everyone = list(User.objects.values_list("pk", flat=True))
    browser.post("/admin/identite/user/", {"action": "remove_second_factor", "_selected_action": everyone})
    assert not TotpDevice.objects.filter(user=other).exists()
    assert TotpDevice.objects.exclude(user=other).exists()  # one's own stays
    assert AuditEntry.objects.filter(action="staff.remove_second_factor").count() == 1


# Words and safety of every page


@pytest.mark.parametrize(
    "path",
    [
        "",
        *(f"{name}/" for name in LISTS),
        "federation/client/add/",
        "federation/provider/add/",
        "identite/user/add/",
        "password_change/",
    ],
)
def test_pages_are_in_french_and_hold_no_inline_script_nor_style(entered_as: EnteredAs, path: str) -> None:
    account(at=fi(domains=["gouv.fr"]))
    fs()
    audit("someone", "client.change", "my-service")
    answer = entered_as(is_superuser=True).get(f"/admin/{path}")
    page = answer.content.decode()
    assert answer.status_code == 200
    assert '<html lang="fr"' in page
    assert "<script>" not in page
    assert " style=" not in page
    assert "javascript:" not in page
    for word in ("Select", "Change ", "Delete", "Welcome", "Add ", "History", "objects", "user permissions"):
        assert f">{word}" not in page, word


def test_a_list_costs_few_queries(entered_as: EnteredAs, django_assert_max_num_queries) -> None:
    for _ in range(5):
        fs()
        fi(domains=["a.fr", "b.fr"])
    browser = entered_as(is_superuser=True)
    for name in LISTS:
        with django_assert_max_num_queries(12):
            browser.get(f"/admin/{name}/")


def test_the_site_has_its_own_place() -> None:
    assert settings.LOGIN_URL == "/admin/login/"
