"""Several tabs of one browser, with Identité on one side: nothing of one expires, nor is sent to, the other."""

import pytest

from federation.models import Provider
from identite.models import User
from tests.factories.federation import fs
from tests.factories.identite import PASSWORD, SOFTWARE_COMPANY, user
from tests.federation.admin.conftest import PASSWORD as OPERATORS_PASSWORD
from tests.federation.admin.conftest import operator
from tests.federation.journey.conftest import authorize_url
from tests.federation.journey.trip import AGENT
from tests.mirrors.provider.double import DemoProvider
from tests.security.surfer import Surfer, found


@pytest.fixture
def person() -> User:
    return user(sirets=(SOFTWARE_COMPANY,))


def test_s155_a_tab_whose_form_was_open_before_another_signed_in_at_identite_goes_on(
    surfer: Surfer, person: User, ministry: Provider, demo_provider: DemoProvider
) -> None:
    first, second = fs(), fs()
    surfer.open(authorize_url(first, state="first"))
    left_open, token = surfer.at, surfer.token
    surfer.goes_to(second, person.email, state="second")
    surfer.submit(password=PASSWORD)
    assert surfer.told["state"] == "second"
    assert surfer.left_for.startswith(second.redirect_uri_list[0])
    surfer.response = surfer.browser.post(left_open, {"email": AGENT, "csrfmiddlewaretoken": token})
    surfer.open(demo_provider.sign_in(surfer.left_for))
    assert surfer.told["state"] == "first"
    assert surfer.left_for.startswith(first.redirect_uri_list[0])


def test_s155_a_form_of_identite_left_open_in_another_tab_is_one_click_from_going_on(
    surfer: Surfer, person: User
) -> None:
    first, second = fs(), fs()
    surfer.goes_to(first, person.email, state="first")
    left_open, token = surfer.at, surfer.token
    surfer.goes_to(second, person.email, state="second")
    surfer.submit(password=PASSWORD)
    page = f"http://localhost:8000{left_open}"
    form = {"password": PASSWORD, "csrfmiddlewaretoken": token}
    surfer.response = surfer.browser.post(left_open, form, headers={"referer": page})
    assert surfer.error_code == "Y470001"
    surfer.open(found(r'class="fr-btn" href="([^"]+)"', surfer.text))
    assert surfer.told["state"] == "first"
    assert surfer.left_for.startswith(first.redirect_uri_list[0])


@pytest.mark.parametrize(
    "referer",
    ["https://evil.example/", "http://localhost:8000.evil.example/", "//evil.example", "javascript:x"],
)
def test_s025_the_page_of_an_expired_form_leads_to_no_other_site(surfer: Surfer, referer: str) -> None:
    surfer.response = surfer.browser.post("/admin/login/", headers={"referer": referer})
    assert surfer.error_code == "Y470001"
    assert "evil" not in surfer.text
    assert "javascript:" not in surfer.text


def test_s154_signing_in_draws_a_new_token(surfer: Surfer, person: User) -> None:
    surfer.goes_to(fs(), person.email)
    passage, before = surfer.at, surfer.token
    surfer.submit(password=PASSWORD)
    assert surfer.browser.post(passage, {"csrfmiddlewaretoken": before}).status_code == 403


def test_s154_an_operator_s_token_is_new_once_they_are_in(surfer: Surfer) -> None:
    from identite.second_factor import totp
    from tests.federation.admin.conftest import code_of

    member = operator(is_superuser=True)
    secret = totp.enrol_totp(member)
    surfer.open("/admin/login/")
    before = surfer.token
    surfer.submit(email=member.email, password=OPERATORS_PASSWORD)
    surfer.submit(code=code_of(secret))
    assert surfer.browser.get("/admin/").status_code == 200
    assert surfer.browser.post("/admin/logout/", {"csrfmiddlewaretoken": before}).status_code == 403
