"""The local door of the operators' site (S-152, S-154, S-162, S-127)."""

import re

import pytest
from django.conf import settings
from django.core import mail
from django.test import Client as Browser
from django.urls import reverse

from identite.admin.invitations import invite
from identite.models import TotpDevice, User
from identite.second_factor import totp
from proconnect.platform import outbox
from proconnect.platform.models import AuditEntry
from tests.federation.admin.conftest import PASSWORD, EnteredAs, code_of, operator

pytestmark = pytest.mark.django_db


def half_way(browser: Browser, user: User) -> None:
    browser.post("/admin/login/", {"email": user.email, "password": PASSWORD})


def session_key(browser: Browser) -> str:
    return browser.cookies[settings.ADMIN_SESSION_COOKIE_NAME].value


def is_in(browser: Browser) -> bool:
    return bool(browser.get("/admin/").status_code == 200)


def test_s162_nobody_enters_without_signing_in(client: Browser) -> None:
    answer = client.get("/admin/")
    assert answer.status_code == 302
    assert answer.headers["Location"] == "/admin/login/?next=/admin/"


def test_s162_the_password_alone_opens_nothing(client: Browser) -> None:
    user = operator()
    totp.enrol_totp(user)
    half_way(client, user)
    assert not is_in(client)
    assert "_auth_user_id" not in client.session


def test_s162_password_then_code_opens(client: Browser) -> None:
    user = operator()
    secret = totp.enrol_totp(user)
    half_way(client, user)
    answer = client.post("/admin/login/code/", {"code": code_of(secret)})
    assert answer.headers["Location"] == "/admin/"
    assert is_in(client)
    assert AuditEntry.objects.filter(action="staff.enter").exists()


def test_s162_a_session_signed_in_by_another_door_is_not_enough(client: Browser) -> None:
    client.force_login(operator(is_superuser=True))
    assert not is_in(client)


def test_s162_who_lost_their_second_factor_is_out_at_once(entered_as: EnteredAs) -> None:
    browser = entered_as("lecteur")
    TotpDevice.objects.all().delete()
    assert not is_in(browser)


@pytest.mark.parametrize(
    ("email", "password"),
    [
        ("operatrice@example.gouv.fr", "wrong"),
        ("nobody@example.gouv.fr", PASSWORD),
        ("quelquun@example.gouv.fr", PASSWORD),
        ("parti@example.gouv.fr", PASSWORD),
    ],
)
def test_s162_every_wrong_try_is_told_the_same(client: Browser, email: str, password: str) -> None:
    operator()
    User.objects.create_user("quelquun@example.gouv.fr", PASSWORD)  # not of the team
    User.objects.create_user("parti@example.gouv.fr", PASSWORD, is_staff=True, is_active=False)
    page = client.post("/admin/login/", {"email": email, "password": password}).content.decode()
    assert "Adresse e-mail ou mot de passe incorrect." in page
    assert PASSWORD not in page


def test_s162_the_fifth_failure_closes_the_door(client: Browser) -> None:
    user = operator()
    for _ in range(5):
        client.post("/admin/login/", {"email": user.email, "password": "wrong"})
    answer = client.post("/admin/login/", {"email": user.email, "password": PASSWORD})
    assert answer.status_code == 429


def test_s162_right_passwords_never_close_the_door(client: Browser) -> None:
    user = operator()
    totp.enrol_totp(user)
    for _ in range(7):
        assert client.post("/admin/login/", {"email": user.email, "password": PASSWORD}).status_code == 302


def test_s127_five_wrong_codes_close_the_second_door_for_this_account(client: Browser) -> None:
    user = operator()
    secret = totp.enrol_totp(user)
    half_way(client, user)
    wrong = "000000" if code_of(secret) != "000000" else "000001"
    for _ in range(5):
        assert client.post("/admin/login/code/", {"code": wrong}).status_code == 200
    assert client.post("/admin/login/code/", {"code": code_of(secret)}).status_code == 429
    assert not is_in(client)


def test_s126_a_code_that_opened_once_does_not_open_again(client: Browser) -> None:
    user = operator()
    secret = totp.enrol_totp(user)
    code = code_of(secret)
    for browser, opens in ((client, True), (Browser(), False)):
        half_way(browser, user)
        browser.post("/admin/login/code/", {"code": code})
        assert is_in(browser) is opens


def test_s152_the_session_key_changes_at_each_step(client: Browser) -> None:
    user = operator()
    secret = totp.enrol_totp(user)
    client.get("/admin/login/")
    half_way(client, user)
    first = session_key(client)
    client.post("/admin/login/code/", {"code": code_of(secret)})
    second = session_key(client)
    assert first != second
    thief = Browser()
    thief.cookies[settings.ADMIN_SESSION_COOKIE_NAME] = first
    assert not is_in(thief)


def test_s152_the_session_key_changes_at_each_right_password(client: Browser) -> None:
    first, second = operator(), operator(email="autre@example.gouv.fr")
    totp.enrol_totp(first)
    totp.enrol_totp(second)
    half_way(client, first)
    before = session_key(client)
    half_way(client, second)
    assert session_key(client) != before


def test_s152_a_cookie_set_beforehand_is_never_kept(client: Browser) -> None:
    user = operator()
    totp.enrol_totp(user)
    client.cookies[settings.ADMIN_SESSION_COOKIE_NAME] = "chosenbyanattackerchosenbyanatta"
    half_way(client, user)
    assert session_key(client) != "chosenbyanattackerchosenbyanatta"


def test_s153_the_operators_cookie_is_their_own(client: Browser) -> None:
    names = {
        settings.ADMIN_SESSION_COOKIE_NAME,
        settings.IDENTITE_SESSION_COOKIE_NAME,
        settings.SESSION_COOKIE_NAME,
    }
    assert len(names) == 3
    user = operator()
    half_way(client, user)
    cookie = client.cookies[settings.ADMIN_SESSION_COOKIE_NAME]
    assert cookie["httponly"]
    assert cookie["samesite"] == "Lax"


@pytest.mark.parametrize(
    "path", ["/admin/login/", "/admin/login/code/", "/admin/login/application/", "/admin/logout/"]
)
def test_s154_every_form_of_the_door_needs_its_token(path: str) -> None:
    browser = Browser(enforce_csrf_checks=True)
    assert browser.post(path, {}).status_code == 403


def test_the_page_of_the_code_is_closed_without_the_password(client: Browser) -> None:
    for path in ("/admin/login/code/", "/admin/login/application/"):
        assert client.get(path).headers["Location"] == "/admin/login/"


def test_s128_the_first_entry_enrols_an_application_proved_by_its_code(client: Browser) -> None:
    user = operator()
    half_way(client, user)
    page = client.get("/admin/login/application/").content.decode()
    secret = shown_secret(page)
    assert "<svg" in page
    assert "style=" not in page
    assert not totp.has_totp(user)
    wrong = "000000" if code_of(secret) != "000000" else "000001"
    again = client.post("/admin/login/application/", {"code": wrong, "new_secret": "A" * 32}).content.decode()
    assert shown_secret(again) == secret  # neither redrawn nor chosen by the browser
    assert not totp.has_totp(user)
    client.post("/admin/login/application/", {"code": code_of(secret)})
    assert is_in(client)
    assert TotpDevice.objects.get(user=user).sealed_key != ""
    assert secret not in str(list(AuditEntry.objects.values()))


def test_s128_who_has_an_application_cannot_enrol_another_with_the_password_alone(client: Browser) -> None:
    user = operator()
    totp.enrol_totp(user)
    half_way(client, user)
    assert client.get("/admin/login/application/").headers["Location"] == "/admin/login/code/"


def shown_secret(page: str) -> str:
    found = re.search(r'id="totp-key-text"[^>]*>([A-Z2-7 ]+)<', page)
    assert found
    return found[1].replace(" ", "")


def test_leaving_closes_the_session_for_good(entered_as: EnteredAs) -> None:
    browser = entered_as()
    key = session_key(browser)
    answer = browser.post("/admin/logout/")
    assert answer.headers["Location"].startswith("/admin/login/")
    browser.cookies[settings.ADMIN_SESSION_COOKIE_NAME] = key
    assert not is_in(browser)


def test_a_new_password_closes_the_other_sessions_and_leaves_a_line(entered_as: EnteredAs) -> None:
    browser = entered_as("lecteur")
    other = Browser()
    other.cookies[settings.ADMIN_SESSION_COOKIE_NAME] = session_key(browser)
    new = "la mer est calme ce matin"
    answer = browser.post(
        "/admin/password_change/", {"old_password": PASSWORD, "new_password1": new, "new_password2": new}
    )
    assert answer.status_code == 302
    assert is_in(browser)
    assert not is_in(other)
    assert AuditEntry.objects.filter(action="staff.change_password").exists()
    assert new not in str(list(AuditEntry.objects.values()))


@pytest.mark.parametrize(
    ("wanted", "reached"),
    [
        ("/admin/federation/client/", "/admin/federation/client/"),
        ("https://evil.example/", "/admin/"),
        ("//evil.example/admin/", "/admin/"),
        ("/api/v2/authorize", "/admin/"),
    ],
)
def test_s005_the_page_wanted_is_one_of_this_site_alone(client: Browser, wanted: str, reached: str) -> None:
    user = operator(is_superuser=True)
    secret = totp.enrol_totp(user)
    client.post("/admin/login/", {"email": user.email, "password": PASSWORD, "next": wanted})
    assert client.post("/admin/login/code/", {"code": code_of(secret)}).headers["Location"] == reached


def test_an_operator_put_out_of_service_is_out_at_once(entered_as: EnteredAs) -> None:
    browser = entered_as("lecteur")
    User.objects.update(is_active=False)
    assert not is_in(browser)


def test_an_invitation_gives_a_password_then_asks_for_an_application(client: Browser) -> None:
    user = User.objects.create_user("nouveau@example.gouv.fr", is_staff=True)
    link = invitation_sent_to(user)
    page = client.get(link)
    assert "nouveau@example.gouv.fr" in page.content.decode()
    assert client.post(link, {"password": "court"}).status_code == 200
    answer = client.post(link, {"password": "la mer est calme ce matin"})
    assert answer.headers["Location"] == "/admin/login/application/"
    user.refresh_from_db()
    assert user.check_password("la mer est calme ce matin")
    assert user.email_verified_at is not None
    assert Browser().get(link).status_code == 410


def test_an_invitation_that_nobody_sent_is_over(client: Browser) -> None:
    assert client.get("/admin/invitation/?jeton=unknown").status_code == 410


def invitation_sent_to(user: User) -> str:
    invite(user)
    outbox.drain()
    found = re.search(rf"{re.escape(settings.ENV.site_url)}(\S+)", str(mail.outbox[-1].body))
    assert found
    return found[1]


def test_the_door_is_where_django_expects_it() -> None:
    assert reverse("admin:login") == settings.LOGIN_URL
