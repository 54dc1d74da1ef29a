"""S-117: every form of the site is posted with the name of every field of every table; only what it shows is changed."""

import json
from typing import Any
from urllib.parse import urlencode

import pytest
from django.db.models import Model
from django.test import Client as Browser

from federation.models import Account, AccountLink, Client, Provider
from federation.registry import client_secrets
from identite.models import Membership, Moderation, User
from identite.second_factor import totp
from proconnect.admin_site.roles import seed
from proconnect.platform.models import AuditEntry
from tests.factories.federation import SECRET, fs
from tests.factories.identite import DINUM, PASSWORD, SOFTWARE_COMPANY, TOWN_HALL, user
from tests.federation.admin.conftest import PASSWORD as OPERATORS_PASSWORD
from tests.federation.admin.conftest import code_of, operator
from tests.federation.admin.test_client_pages import GOOD as NEW_SERVICE
from tests.federation.admin.test_provider_pages import GOOD as NEW_PROVIDER
from tests.federation.journey.trip import AGENT
from tests.federation.op.asking import ask, basic
from tests.mirrors.provider.double import DemoProvider
from tests.security.surfer import Surfer, found, last_mail, read_userinfo_of, tokens_for

EVIL = "00000000-0000-4000-8000-000000000666"


def everything(*models: type[Model], **meant: Any) -> dict[str, Any]:
    """What is meant, and a value for every other field of these tables, which a form might take by mistake."""
    words = {name for model in models for field in model._meta.fields for name in (field.name, field.attname)}
    words |= {"roles", "groups", "verification_type", "email_verified", "next"}
    flags = {word: "true" for word in words if word.startswith(("is_", "accepts_", "listed_", "require_"))}
    return dict.fromkeys(words - flags.keys(), EVIL) | flags | meant


class Attacker(Surfer):
    """Fills in every form far beyond what it shows."""

    def submit(self, address: str = "", **typed: str) -> Any:
        return super().submit(address, **everything(User, Membership, Moderation, **typed))


@pytest.fixture
def attacker() -> Attacker:
    return Attacker()


def rights_of(person: User) -> dict[str, Any]:
    person.refresh_from_db()
    return {
        "is_staff": person.is_staff,
        "is_superuser": person.is_superuser,
        "federation_sub": person.federation_sub,
        "groups": list(person.groups.all()),
        "sign_in_count": person.sign_in_count < 10,
    }


NO_RIGHT: dict[str, Any] = {
    "is_staff": False,
    "is_superuser": False,
    "federation_sub": None,
    "groups": [],
    "sign_in_count": True,
}


def test_s117_signing_up_gives_an_ordinary_account_and_no_more(attacker: Attacker, service: Client) -> None:
    email = "nora@logiciels-ponant.example"
    attacker.goes_to(service)
    attacker.submit(email=email)
    passage = attacker.at
    attacker.submit(f"{passage}code/envoyer/")
    code = found("^([0-9]{5} [0-9]{5})$", last_mail().body)
    attacker.submit(code=code)
    person = User.objects.get()
    proved_at = person.email_verified_at
    attacker.submit(given_name="Nora", usual_name="Béranger", password=PASSWORD)
    attacker.open(f"{passage}organisation/{DINUM}/")
    attacker.submit()
    assert rights_of(person) == NO_RIGHT
    assert (person.email, person.email_verified_at, person.is_active) == (email, proved_at, True)
    assert not Membership.objects.exists(), "a ministry is not joined by naming a ground"
    asked = Moderation.objects.get()
    assert (asked.status, asked.organization_id, asked.user) == (Moderation.Status.PENDING, DINUM, person)


def test_s117_signing_in_choosing_and_resetting_change_what_they_show(
    attacker: Attacker, service: Client
) -> None:
    person = user(sirets=(SOFTWARE_COMPANY, TOWN_HALL))
    bystander = user()
    before = list(Membership.objects.order_by("pk").values())
    attacker.goes_to(service)
    attacker.submit(email=person.email)
    passage = attacker.at
    attacker.submit(f"{passage}mot-de-passe-oublie/")
    link = found(r"^(https?://\S+jeton=\S+)$", last_mail().body)
    attacker.open(link)
    attacker.submit(
        "/identite/mot-de-passe/", jeton=link.partition("jeton=")[2], password="deux canaris au balcon"
    )
    bystander.refresh_from_db()
    assert bystander.check_password(PASSWORD)
    attacker.open(passage)
    attacker.submit(password="deux canaris au balcon")
    attacker.submit(siret=TOWN_HALL)
    assert read_userinfo_of(tokens_for(service, attacker.told["code"]).json())["siret"] == TOWN_HALL
    assert rights_of(person) == NO_RIGHT
    assert list(Membership.objects.order_by("pk").values()) == before


def test_s117_no_parameter_of_a_journey_changes_who_or_what_is_answered(
    attacker: Attacker, service: Client, ministry: Provider, demo_provider: DemoProvider
) -> None:
    attacker.goes_to(service)
    attacker.submit(email=AGENT)
    back = demo_provider.sign_in(attacker.left_for)
    more = {name: value for name, value in everything(Account, AccountLink, Client).items() if name != "code"}
    attacker.open(f"{back}&{urlencode(more)}")
    assert attacker.told.keys() == {"code", "state", "iss"}
    tokens = tokens_for(service, attacker.told["code"]).json()
    assert read_userinfo_of(tokens)["sub"] == str(Account.objects.get().sub) != EVIL
    assert AccountLink.objects.get().email == AGENT


def test_s117_the_token_endpoint_hears_its_own_parameters_alone(
    surfer: Surfer, service: Client, ministry: Provider, demo_provider: DemoProvider
) -> None:
    surfer.goes_to(service, AGENT, scope="openid email")
    surfer.open(demo_provider.sign_in(surfer.left_for))
    noise = {
        "scope": "openid siret given_name",
        "sub": EVIL,
        "acr": "eidas3",
        "account": EVIL,
        "claims": "{}",
    }
    form = {"grant_type": "authorization_code", "redirect_uri": service.redirect_uri_list[0], **noise}
    tokens = ask(form | {"code": surfer.told["code"]}, headers=basic(service.client_id, SECRET)).json()
    assert tokens["scope"] == "openid email"
    assert read_userinfo_of(tokens).keys() == {"sub", "email"}


# The operators' site


@pytest.fixture
def partners(service: Client, ministry: Provider) -> Browser:
    """An operator who may change FS and FI, and nothing else."""
    seed()
    member = operator("partenaires")
    secret = totp.enrol_totp(member)
    browser = Browser()
    browser.post("/admin/login/", {"email": member.email, "password": OPERATORS_PASSWORD})
    browser.post("/admin/login/code/", everything(User, code=code_of(secret)))
    assert browser.get("/admin/").status_code == 200
    return browser


def test_s117_an_operator_s_own_form_gives_them_no_right(partners: Browser) -> None:
    member = User.objects.get(is_staff=True)
    assert not member.is_superuser
    assert [group.name for group in member.groups.all()] == ["partenaires"]


def test_s117_a_fs_is_changed_in_what_its_form_shows(partners: Browser) -> None:
    service = fs(name="Avant")
    page = f"/admin/federation/client/{service.pk}/change/"
    typed = everything(
        Client,
        **NEW_SERVICE,
        jwks="",
        jwks_uri="",
        site_url="",
        backchannel_logout_uri="",
        allowed_providers=[],
    )
    for name in (
        "userinfo_signed_response_alg",
        "userinfo_encrypted_response_alg",
        "userinfo_encrypted_response_enc",
        "introspection_signed_response_alg",
        "code_lifetime",
        "access_token_lifetime",
        "refresh_token_lifetime",
        "support_email",
        "description",
    ):
        typed[name] = ""
    answer = partners.post(page, typed)
    assert answer.status_code == 302, found(r'(?s)(<ul class="errorlist.*?</ul>)', answer.content.decode())
    kept, service = service, Client.objects.get(pk=service.pk)
    assert service.name == NEW_SERVICE["name"]
    assert (service.pk, service.client_id) == (kept.pk, kept.client_id)
    assert client_secrets.is_hash_of(SECRET, service.client_secret)
    assert (service.sealed_secret, service.previous_secret) == (kept.sealed_secret, kept.previous_secret)
    assert service.skip_authorization == kept.skip_authorization
    assert service.authorization_grant_type == kept.authorization_grant_type
    assert (service.user_id, service.access_token_lifetime) == (kept.user_id, kept.access_token_lifetime)


def test_s117_a_fi_is_changed_in_what_its_form_shows(partners: Browser, ministry: Provider) -> None:
    optional: tuple[str, ...] = (
        "authorization_endpoint",
        "token_endpoint",
        "userinfo_endpoint",
        "jwks_uri",
        "end_session_endpoint",
    )
    optional += (
        "userinfo_signed_response_alg",
        "userinfo_encrypted_response_alg",
        "userinfo_encrypted_response_enc",
    )
    optional += ("id_token_encrypted_response_alg", "id_token_encrypted_response_enc")
    optional += ("support_email", "client_secret")
    typed = everything(Provider, **NEW_PROVIDER) | dict.fromkeys(optional, "") | {"quirks": []}
    answer = partners.post(f"/admin/federation/provider/{ministry.pk}/change/", typed)
    assert answer.status_code == 302, found(r'(?s)(<ul class="errorlist.*?</ul>)', answer.content.decode())
    after = Provider.objects.get(title=NEW_PROVIDER["title"])
    assert (after.uid, after.sealed_secret) == (ministry.uid, ministry.sealed_secret)
    assert Provider.objects.count() == 2


def test_s161_the_roles_of_the_team_are_out_of_an_operator_s_reach(partners: Browser) -> None:
    member = User.objects.get(is_staff=True)
    for address in ("add/", f"{member.pk}/change/", f"{member.pk}/password/", ""):
        response = partners.post(
            f"/admin/identite/user/{address}", everything(User, action="remove_second_factor")
        )
        assert response.status_code in (302, 403, 404), address
    member.refresh_from_db()
    assert not member.is_superuser
    assert not AuditEntry.objects.filter(
        action__in=("staff.change", "staff.add", "staff.remove_second_factor")
    ).exists()
    assert "staff.add" not in json.dumps(list(AuditEntry.objects.values_list("action", flat=True)))
