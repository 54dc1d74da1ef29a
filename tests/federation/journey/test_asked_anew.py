"""prompt, max_age, hints and levels as a FS asks them, over whole trips through a real FI."""

import json
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import time_machine
from django.utils import timezone

from federation import registry
from federation.models import Account, AccountLink, Client, Grant, Provider
from tests.factories.federation import fs
from tests.federation.journey.conftest import DOMAIN, OTHER_DOMAIN, authorize_url, registered
from tests.federation.journey.trip import AGENT
from tests.federation.op.asking import read_userinfo, renew, verified
from tests.mirrors.provider.double import DemoProvider
from tests.security.surfer import Surfer, tokens_for

ISSUER = "http://localhost:8000/api/v2"


@pytest.fixture
def surfer() -> Surfer:
    return Surfer()


@pytest.fixture
def ministry(demo_provider: DemoProvider) -> Provider:
    return registered(demo_provider, domains=[DOMAIN])


@pytest.fixture
def signed_in(surfer: Surfer, service: Client, ministry: Provider, demo_provider: DemoProvider) -> Surfer:
    surfer.goes_to(service, AGENT)
    surfer.open(demo_provider.sign_in(surfer.left_for))
    assert surfer.told["code"]
    return surfer


def id_token_of(service: Client, surfer: Surfer) -> dict[str, Any]:
    answer = tokens_for(service, surfer.told["code"])
    assert answer.status_code == 200, answer.content
    return verified(answer.json()["id_token"])


def sent_to_provider(surfer: Surfer) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(surfer.left_for).query).items()}


# RFC 9207


@pytest.mark.parametrize("mode", ["query", "form_post"])
@pytest.mark.parametrize("prompt", ["", "none"])
def test_s007_every_answer_names_its_issuer(
    surfer: Surfer,
    service: Client,
    ministry: Provider,
    demo_provider: DemoProvider,
    mode: str,
    prompt: str,
) -> None:
    if prompt:
        surfer.open(authorize_url(service, prompt=prompt, response_mode=mode))
    else:
        surfer.goes_to(service, AGENT, response_mode=mode)
        surfer.open(demo_provider.sign_in(surfer.left_for))
    if mode == "form_post":
        assert f'name="iss" value="{ISSUER}"' in surfer.text
    else:
        assert surfer.told["iss"] == ISSUER


# prompt


@pytest.mark.parametrize(
    "prompt", ["none login", "login none", "none consent", "none select_account", "create", "login create"]
)
def test_s013_a_prompt_that_cannot_be_obeyed_is_a_wrong_request(
    signed_in: Surfer, service: Client, prompt: str
) -> None:
    signed_in.open(authorize_url(service, prompt=prompt))
    assert signed_in.told["error"] == "invalid_request"


@pytest.mark.parametrize("prompt", ["login", "login consent", "consent login"])
def test_s014_prompt_login_authenticates_again_and_auth_time_says_so(
    signed_in: Surfer, service: Client, demo_provider: DemoProvider, prompt: str
) -> None:
    before = id_token_of(service, signed_in)["auth_time"]
    with time_machine.travel(timezone.now() + timedelta(seconds=30)):
        demo_provider.forget()
        signed_in.goes_to(service, AGENT, prompt=prompt)
        assert sent_to_provider(signed_in)["prompt"] == "login"
        signed_in.open(demo_provider.sign_in(signed_in.left_for))
        assert id_token_of(service, signed_in)["auth_time"] >= before + 30


def test_s014_an_old_authentication_under_prompt_login_is_refused(
    signed_in: Surfer, service: Client, demo_provider: DemoProvider
) -> None:
    signed_in.goes_to(service, AGENT, prompt="login")
    demo_provider.misbehave(id_token={"auth_time": int(timezone.now().timestamp()) - 600})
    signed_in.open(demo_provider.sign_in(signed_in.left_for))
    assert signed_in.error_code == "Y020030"


def test_prompt_consent_alone_asks_nothing_of_who_is_signed_in(signed_in: Surfer, service: Client) -> None:
    signed_in.open(authorize_url(service, prompt="consent"))
    assert signed_in.told["code"]


def test_select_account_shows_the_address_and_lets_another_be_typed(
    signed_in: Surfer, service: Client
) -> None:
    signed_in.open(authorize_url(service, prompt="select_account", login_hint=AGENT))
    assert signed_in.response.status_code == 200
    assert f'value="{AGENT}"' in signed_in.text


def test_l4_a_silent_request_that_a_page_would_refuse_is_told_an_error(
    signed_in: Surfer, service: Client
) -> None:
    Account.objects.update(blocked_at=timezone.now())
    signed_in.open(authorize_url(service, prompt="none"))
    assert signed_in.told["error"] in ("access_denied", "login_required")


# max_age


@pytest.mark.parametrize(
    ("max_age", "is_silent"), [(0, False), (1, False), (29, False), (31, True), (10000, True)]
)
def test_s015_max_age_is_honoured(signed_in: Surfer, service: Client, max_age: int, is_silent: bool) -> None:
    with time_machine.travel(timezone.now() + timedelta(seconds=30)):
        signed_in.open(authorize_url(service, max_age=str(max_age), login_hint=AGENT))
        assert ("code" in sent_to_provider(signed_in)) is is_silent
        if not is_silent:
            assert sent_to_provider(signed_in)["max_age"] == str(max_age)


def test_s015_a_silent_answer_tells_the_first_auth_time(signed_in: Surfer, service: Client) -> None:
    first = id_token_of(service, signed_in)["auth_time"]
    with time_machine.travel(timezone.now() + timedelta(hours=1)):
        registry.look_again()
        signed_in.open(authorize_url(service, max_age="10000"))
        assert id_token_of(service, signed_in)["auth_time"] == first


def test_s015_a_provider_s_authentication_older_than_asked_is_refused(
    surfer: Surfer, service: Client, ministry: Provider, demo_provider: DemoProvider
) -> None:
    surfer.goes_to(service, AGENT, max_age="60")
    demo_provider.misbehave(id_token={"auth_time": int(timezone.now().timestamp()) - 600})
    surfer.open(demo_provider.sign_in(surfer.left_for))
    assert surfer.error_code == "Y020030"


# Levels


@pytest.mark.parametrize("acr", ["", "loa3", "eidas0", "eidas1"])
def test_s018_no_code_is_issued_below_an_essential_level(
    surfer: Surfer, service: Client, ministry: Provider, demo_provider: DemoProvider, acr: str
) -> None:
    Provider.objects.update(is_mfa_capable=True)
    claims = json.dumps({"id_token": {"acr": {"essential": True, "value": "eidas2"}}})
    surfer.goes_to(service, AGENT, claims=claims)
    surfer.open(demo_provider.sign_in(surfer.left_for, acr=acr))
    assert (surfer.told["error"], surfer.told["error_description"]) == (
        "access_denied",
        "requested ACRs could not be satisfied",
    )
    assert not Grant.objects.exists()


@pytest.mark.parametrize(
    ("wished", "reached"), [("loa9", "eidas1"), ("eidas3", "eidas1"), ("eidas1", "eidas1")]
)
def test_s019_a_wish_never_refuses_and_the_level_reached_is_told(
    surfer: Surfer,
    service: Client,
    ministry: Provider,
    demo_provider: DemoProvider,
    wished: str,
    reached: str,
) -> None:
    surfer.goes_to(service, AGENT, acr_values=wished)
    surfer.open(demo_provider.sign_in(surfer.left_for))
    assert id_token_of(service, surfer)["acr"] == reached


# Claims


def test_l3_claims_yield_nothing_the_service_was_not_granted(
    surfer: Surfer, ministry: Provider, demo_provider: DemoProvider
) -> None:
    narrow = fs(scopes=["openid", "email"])
    asked = {
        "userinfo": {"siret": {"essential": True}, "given_name": None, "email": None},
        "id_token": {"siret": None},
    }
    surfer.goes_to(narrow, AGENT, scope="openid", claims=json.dumps(asked))
    surfer.open(demo_provider.sign_in(surfer.left_for))
    tokens = tokens_for(narrow, surfer.told["code"]).json()
    assert set(read_userinfo(tokens["access_token"]).json()) == {"sub", "email"}
    assert "siret" not in verified(tokens["id_token"])


def test_l1_two_browsers_of_one_account_and_two_providers_keep_their_own_claims(
    service: Client, ministry: Provider, demo_provider: DemoProvider, other_provider: DemoProvider
) -> None:
    agency = registered(other_provider, domains=[OTHER_DOMAIN])
    at_work, elsewhere = Surfer(), Surfer()
    at_work.goes_to(service, AGENT)
    at_work.open(demo_provider.sign_in(at_work.left_for))
    first = tokens_for(service, at_work.told["code"]).json()
    account = Account.objects.get()
    AccountLink.objects.create(account=account, provider=agency, provider_sub="elsewhere", email="")
    elsewhere.goes_to(service, "camille@essais.gouv.fr")
    elsewhere.open(
        other_provider.sign_in(elsewhere.left_for, sub="elsewhere", email="camille@essais.gouv.fr")
    )
    second = tokens_for(service, elsewhere.told["code"]).json()

    for tokens, email in ((first, AGENT), (second, "camille@essais.gouv.fr")):
        assert read_userinfo(tokens["access_token"]).json()["email"] == email
        renewed = renew(service, tokens["refresh_token"]).json()
        told = read_userinfo(renewed["access_token"]).json()
        assert (told["email"], told["sub"]) == (email, str(account.sub))
