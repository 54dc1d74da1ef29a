"""Three areas, three sessions: what one opens, another does not know; nothing planted beforehand is kept (S-152, S-153)."""

import itertools
from typing import Any

import pytest
from django.conf import settings
from django.test import Client as Browser
from django.test import RequestFactory
from django.utils import timezone

from federation.models import Client, Provider
from identite.admin import team
from identite.models import User
from identite.second_factor import totp
from tests.factories.federation import fs
from tests.factories.identite import PASSWORD, SOFTWARE_COMPANY, user
from tests.factories.identite import member as belongs
from tests.federation.admin.conftest import PASSWORD as OPERATORS_PASSWORD
from tests.federation.admin.conftest import code_of, operator
from tests.federation.journey.conftest import authorize_url
from tests.federation.journey.trip import AGENT
from tests.mirrors.provider.double import DemoProvider
from tests.security.surfer import Surfer, read_userinfo_of, tokens_for

FEDERATION, IDENTITE, ADMIN = (
    settings.SESSION_COOKIE_NAME,
    settings.IDENTITE_SESSION_COOKIE_NAME,
    settings.ADMIN_SESSION_COOKIE_NAME,
)
PLANTED = "plantedplantedplantedplantedplan"


def make_complete(person: User) -> None:
    """An operator who is a user of Identité too, with nothing left to be asked."""
    proved = {"email_verified_at": timezone.now(), "given_name": "Alix", "usual_name": "Martin"}
    User.objects.filter(pk=person.pk).update(**proved)
    belongs(person, SOFTWARE_COMPANY)


@pytest.fixture
def everywhere(surfer: Surfer, service: Client) -> Surfer:
    """A browser signed in at the three areas, by one operator who is also a user of Identité."""
    member = operator(is_superuser=True)
    secret = totp.enrol_totp(member)
    make_complete(member)
    surfer.goes_to(service, member.email)
    surfer.submit(password=OPERATORS_PASSWORD)
    assert surfer.told["code"]
    surfer.open("/admin/login/")
    surfer.submit(email=member.email, password=OPERATORS_PASSWORD)
    surfer.submit(code=code_of(secret))
    assert is_in(surfer.browser, service) == {FEDERATION, IDENTITE, ADMIN}
    return surfer


def is_in(browser: Any, service: Client) -> set[str]:
    """Areas where this browser is signed in."""
    here = set()
    if "code=" in browser.get(authorize_url(service, prompt="none")).headers.get("Location", ""):
        here.add(FEDERATION)
    if browser.get("/admin/").status_code == 200:
        here.add(ADMIN)
    surfer = Surfer()
    if IDENTITE in browser.cookies:
        surfer.browser.cookies[IDENTITE] = browser.cookies[IDENTITE].value
    surfer.goes_to(fs(), "operatrice@example.gouv.fr")
    if surfer.response.status_code == 303:
        here.add(IDENTITE)
    return here


def test_s153_a_session_serves_in_its_own_area_alone(everywhere: Surfer, service: Client) -> None:
    held = {name: everywhere.cookie(name) for name in (FEDERATION, IDENTITE, ADMIN)}
    assert len(set(held.values())) == 3
    for source, target in itertools.permutations(held, 2):
        thief = Browser()
        thief.cookies[target] = held[source]
        assert is_in(thief, service) == set(), f"{source} as {target}"


def test_s153_each_cookie_alone_opens_its_area_and_no_other(everywhere: Surfer, service: Client) -> None:
    for name in (FEDERATION, IDENTITE, ADMIN):
        bearer = Browser()
        bearer.cookies[name] = everywhere.cookie(name)
        assert is_in(bearer, service) == {name}


def test_s162_a_session_of_identite_even_an_operator_s_opens_no_page_of_the_administration(
    surfer: Surfer, service: Client
) -> None:
    member = operator(is_superuser=True)
    make_complete(member)
    totp.enrol_totp(member)
    surfer.goes_to(service, member.email)
    surfer.submit(password=OPERATORS_PASSWORD)
    for name in list(surfer.browser.cookies):
        surfer.browser.cookies[ADMIN] = surfer.cookie(name)
        assert surfer.browser.get("/admin/").status_code == 302


def test_s152_nobody_knows_beforehand_the_key_of_a_session_of_the_federation(
    surfer: Surfer, service: Client, ministry: Provider, demo_provider: DemoProvider
) -> None:
    surfer.browser.cookies[FEDERATION] = PLANTED
    surfer.goes_to(service, AGENT)
    during = surfer.cookie(FEDERATION)
    surfer.open(demo_provider.sign_in(surfer.left_for))
    assert surfer.told["code"]
    fixed = Browser()
    for known in {PLANTED, during}:
        fixed.cookies[FEDERATION] = known
        assert is_in(fixed, service) == set()


def test_s152_nor_of_a_session_somebody_else_really_holds(
    surfer: Surfer, stranger: Surfer, service: Client, ministry: Provider, demo_provider: DemoProvider
) -> None:
    """The attacker plants their own open session: the victim's login does not fill it."""
    stranger.goes_to(service, AGENT)
    stranger.open(demo_provider.sign_in(stranger.left_for, sub="attacker", email="autre@exemples.gouv.fr"))
    planted = stranger.cookie(FEDERATION)
    surfer.browser.cookies[FEDERATION] = planted
    surfer.goes_to(service, AGENT, prompt="login")
    surfer.open(demo_provider.sign_in(surfer.left_for))
    assert surfer.cookie(FEDERATION) != planted
    stranger.open(authorize_url(service, prompt="none"))
    assert stranger.told["error"] == "login_required", "not left open under a key two people know"


@pytest.mark.parametrize("area", [IDENTITE, ADMIN])
def test_s152_a_key_planted_or_seen_before_signing_in_is_worth_nothing_after(
    surfer: Surfer, service: Client, area: str
) -> None:
    surfer.browser.cookies[area] = PLANTED
    member = operator(is_superuser=True)
    if area == ADMIN:
        secret = totp.enrol_totp(member)
        surfer.open("/admin/login/")
        surfer.submit(email=member.email, password=OPERATORS_PASSWORD)
        before = surfer.cookie(area)
        surfer.submit(code=code_of(secret))
    else:
        make_complete(member)
        surfer.goes_to(service, member.email)
        before = surfer.cookie(area)
        surfer.submit(password=OPERATORS_PASSWORD)
    assert len({PLANTED, before, surfer.cookie(area)} - {""}) >= 2
    for known in {PLANTED, before} - {""}:
        thief = Browser()
        thief.cookies[area] = known
        assert is_in(thief, service) == set()


def test_signing_out_at_a_fs_leaves_the_operator_at_work_and_nobody_else_in(
    everywhere: Surfer, service: Client
) -> None:
    everywhere.open("/api/v2/session/end")
    everywhere.submit("/api/v2/session/end/confirm")
    assert is_in(everywhere.browser, service) == {ADMIN}


def test_s041_a_user_closed_at_identite_is_out_of_it_at_once(surfer: Surfer, service: Client) -> None:
    person = user(sirets=(SOFTWARE_COMPANY,))
    surfer.goes_to(service, person.email)
    surfer.submit(password=PASSWORD)
    User.objects.filter(pk=person.pk).update(is_active=False)
    surfer.goes_to(fs(), person.email, prompt="login")
    assert surfer.response.status_code == 200
    surfer.submit(password=PASSWORD)
    assert surfer.response.status_code == 400


def test_s160_s162_an_operator_s_role_is_not_told_to_any_fs(surfer: Surfer, service: Client) -> None:
    member = operator(is_superuser=True)
    make_complete(member)
    surfer.goes_to(service, member.email)
    surfer.submit(password=OPERATORS_PASSWORD)
    read = read_userinfo_of(tokens_for(service, surfer.told["code"]).json())
    assert not {"is_staff", "is_superuser", "groups"} & read.keys()


def test_s116_who_filled_an_account_before_its_owner_proved_it_does_not_enter_with_the_team(
    surfer: Surfer,
) -> None:
    """An invitation makes an operator of an address: nothing set on it before counts."""
    squatted = User.objects.create_user("directrice@example.gouv.fr", PASSWORD)
    totp.enrol_totp(squatted)
    inviting: Any = RequestFactory().post("/admin/")
    inviting.user = operator(is_superuser=True)
    joining: dict[str, Any] = {
        "given_name": "Alix",
        "usual_name": "Martin",
        "is_active": True,
        "is_superuser": True,
        "roles": (),
    }
    team.add(team.Member(email=squatted.email, **joining), request=inviting)
    surfer.open("/admin/login/")
    surfer.submit(email=squatted.email, password=PASSWORD)
    assert "incorrect" in surfer.text
    assert not totp.has_totp(squatted)
