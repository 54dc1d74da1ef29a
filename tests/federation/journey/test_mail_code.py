"""The code by e-mail that raises the level: the four rows of the second-factor policy, and what attacks it."""

import json
import re
from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.db.models import F
from django.test import Client as Browser
from django.utils import timezone
from joserfc import jws

from federation import registry
from federation.models import Account, Client, Connection, Grant, Provider
from proconnect.platform import outbox
from proconnect.platform.models import OneTimeThing, RateWindow
from tests.factories.federation import account, fs
from tests.federation.journey.conftest import DOMAIN, authorize_url, registered
from tests.federation.journey.trip import AGENT
from tests.mirrors.provider.double import DemoProvider
from tests.security.surfer import Surfer, found, tokens_for

SECOND_FACTOR = ("eidas0-mfa", "eidas1-mfa", "eidas2", "eidas3")


def demand(*values: str) -> dict[str, str]:
    return {"claims": json.dumps({"id_token": {"acr": {"essential": True, "values": values}, "amr": None}})}


@pytest.fixture
def surfer() -> Surfer:
    return Surfer()


@pytest.fixture
def ministry(demo_provider: DemoProvider) -> Provider:
    return registered(demo_provider, domains=[DOMAIN])


def back_from_ministry(
    surfer: Surfer, service: Client, provider: DemoProvider, *demanded: str, **said: str
) -> Any:
    surfer.goes_to(service, AGENT, **demand(*demanded) if demanded else {})
    return surfer.open(provider.sign_in(surfer.left_for, **said))


def code_received() -> str:
    outbox.drain()
    assert mail.outbox[-1].to == [AGENT]
    return re.sub(r"\D", "", found(r"^(\d{5} \d{5})$", str(mail.outbox[-1].body)))


def claims_for(service: Client, surfer: Surfer) -> dict[str, Any]:
    """The ID token the FS gets for the code the browser brings it."""
    answer = tokens_for(service, surfer.told["code"])
    assert answer.status_code == 200, answer.content
    return dict(json.loads(jws.extract_compact(answer.json()["id_token"].encode()).payload))


def test_a_service_that_asks_eidas1_asks_no_second_factor(
    surfer: Surfer, service: Client, ministry: Provider, demo_provider: DemoProvider
) -> None:
    back_from_ministry(surfer, service, demo_provider, "eidas1")
    assert claims_for(service, surfer)["acr"] == "eidas1"
    assert not mail.outbox


def test_a_provider_that_gives_the_second_factor_is_not_asked_twice(
    surfer: Surfer, service: Client, ministry: Provider, demo_provider: DemoProvider
) -> None:
    Provider.objects.update(is_mfa_capable=True)
    back_from_ministry(surfer, service, demo_provider, *SECOND_FACTOR, acr="eidas1-mfa", amr="pwd otp mfa")
    assert claims_for(service, surfer)["acr"] == "eidas1-mfa"
    assert not mail.outbox


def test_a_provider_below_the_demand_is_completed_by_a_code(
    surfer: Surfer, service: Client, ministry: Provider, demo_provider: DemoProvider
) -> None:
    back_from_ministry(surfer, service, demo_provider, *SECOND_FACTOR)
    assert "demande une vérification de plus" in surfer.text
    surfer.submit(code=code_received())
    given = claims_for(service, surfer)
    assert (given["acr"], given["amr"]) == ("eidas1-mfa", ["pwd", "mail", "mfa"])
    assert len(mail.outbox) == 1


def test_the_code_may_be_typed_as_it_is_printed(
    surfer: Surfer, service: Client, ministry: Provider, demo_provider: DemoProvider
) -> None:
    back_from_ministry(surfer, service, demo_provider, *SECOND_FACTOR)
    code = code_received()
    surfer.submit(code=f" {code[:5]} {code[5:]} ")
    assert surfer.told["code"]


def test_an_open_session_is_raised_by_a_code_without_going_to_the_provider_again(
    surfer: Surfer, service: Client, ministry: Provider, demo_provider: DemoProvider
) -> None:
    back_from_ministry(surfer, service, demo_provider)
    surfer.open(authorize_url(fs(), **demand(*SECOND_FACTOR)))
    assert "demande une vérification de plus" in surfer.text
    surfer.submit(code=code_received())
    assert surfer.told["code"]
    assert list(Connection.objects.order_by("at").values_list("acr", "is_silent")) == [
        ("eidas1", False),
        ("eidas1-mfa", False),
    ]


def test_a_session_raised_once_serves_the_next_service_in_silence(
    surfer: Surfer, service: Client, ministry: Provider, demo_provider: DemoProvider
) -> None:
    back_from_ministry(surfer, service, demo_provider, *SECOND_FACTOR)
    surfer.submit(code=code_received())
    surfer.open(authorize_url(fs(), prompt="none", **demand(*SECOND_FACTOR)))
    assert surfer.told["code"]
    assert len(mail.outbox) == 1


def test_s012_l4_a_silent_request_shows_no_page_of_the_code(
    surfer: Surfer, service: Client, ministry: Provider, demo_provider: DemoProvider
) -> None:
    back_from_ministry(surfer, service, demo_provider)
    surfer.open(authorize_url(service, prompt="none", **demand(*SECOND_FACTOR)))
    assert surfer.told["error"] == "interaction_required"
    assert not mail.outbox


def test_a_capable_provider_is_asked_for_the_level_without_the_email_page(
    surfer: Surfer, service: Client, ministry: Provider, demo_provider: DemoProvider
) -> None:
    back_from_ministry(surfer, service, demo_provider)
    Provider.objects.update(is_mfa_capable=True)
    registry.look_again()
    surfer.open(authorize_url(service, **demand(*SECOND_FACTOR)))
    assert surfer.left_for.startswith(ministry.issuer)
    assert surfer.told["login_hint"] == AGENT


def test_l9_a_level_no_code_can_give_is_refused_once(
    surfer: Surfer, service: Client, ministry: Provider, demo_provider: DemoProvider
) -> None:
    back_from_ministry(surfer, service, demo_provider, "eidas2")
    assert surfer.told["error"] == "access_denied"
    assert surfer.told["error_description"] == "requested ACRs could not be satisfied"
    assert not mail.outbox


def test_who_came_by_a_magic_link_is_not_sent_a_code(
    surfer: Surfer, service: Client, ministry: Provider, demo_provider: DemoProvider
) -> None:
    back_from_ministry(surfer, service, demo_provider, *SECOND_FACTOR, amr="mail")
    assert surfer.told["error"] == "access_denied"


def test_coming_back_to_the_page_sends_no_other_code(
    surfer: Surfer, service: Client, ministry: Provider, demo_provider: DemoProvider
) -> None:
    back_from_ministry(surfer, service, demo_provider, *SECOND_FACTOR)
    surfer.open(surfer.at)
    outbox.drain()
    assert len(mail.outbox) == 1


def test_s106_another_code_may_be_asked_for_a_minute_later(
    surfer: Surfer, service: Client, ministry: Provider, demo_provider: DemoProvider
) -> None:
    back_from_ministry(surfer, service, demo_provider, *SECOND_FACTOR)
    first, page = code_received(), surfer.at
    surfer.submit(f"{page}envoi/")
    assert surfer.response.status_code == 429
    assert surfer.response["Retry-After"]
    assert "Y170001" in surfer.text
    forget_the_minute()
    surfer.submit(f"{page}envoi/")
    second = code_received()
    assert second != first
    surfer.submit(page, code=first)
    assert "Y170003" in surfer.text
    surfer.submit(page, code=second)
    assert surfer.told["code"]


def test_s104_five_wrong_codes_burn_the_right_one(
    surfer: Surfer, service: Client, ministry: Provider, demo_provider: DemoProvider
) -> None:
    back_from_ministry(surfer, service, demo_provider, *SECOND_FACTOR)
    right = code_received()
    for _ in range(5):
        surfer.submit(code=f"{(int(right) + 1) % 10**10:010d}")
        assert surfer.response.status_code == 400
    surfer.submit(code=right)
    assert "essayé trop de fois" in surfer.text


def test_s103_a_code_is_too_old_after_ten_minutes(
    surfer: Surfer, service: Client, ministry: Provider, demo_provider: DemoProvider
) -> None:
    back_from_ministry(surfer, service, demo_provider, *SECOND_FACTOR)
    right = code_received()
    make_older(timedelta(minutes=10, seconds=1))
    surfer.submit(code=right)
    assert "expiré" in surfer.text


def test_s103_the_code_of_one_journey_is_worth_nothing_in_another(
    surfer: Surfer, service: Client, ministry: Provider, demo_provider: DemoProvider
) -> None:
    victim = Surfer()
    back_from_ministry(victim, service, demo_provider, *SECOND_FACTOR)
    right = code_received()
    forget_the_minute()
    back_from_ministry(surfer, service, demo_provider, *SECOND_FACTOR)
    surfer.submit(code=right)
    assert surfer.response.status_code == 400


def test_s060_the_page_of_another_browser_is_refused(
    surfer: Surfer, service: Client, ministry: Provider, demo_provider: DemoProvider
) -> None:
    back_from_ministry(surfer, service, demo_provider, *SECOND_FACTOR)
    thief = Browser()
    assert thief.get(surfer.at).status_code == 401
    assert thief.post(surfer.at, {"code": code_received()}).status_code == 401


def test_the_page_without_a_provider_s_answer_leads_where_the_journey_stands(
    surfer: Surfer, service: Client, ministry: Provider
) -> None:
    """A code page typed by hand before the FI has answered proves nothing."""
    surfer.goes_to(service, **demand(*SECOND_FACTOR))
    surfer.open(f"{surfer.at}code/")
    assert surfer.at.endswith(f"/interaction/{surfer.journey}/")
    assert not mail.outbox


def test_an_account_blocked_meanwhile_is_refused_whatever_is_typed(
    surfer: Surfer, service: Client, ministry: Provider, demo_provider: DemoProvider
) -> None:
    back_from_ministry(Surfer(), service, demo_provider)
    back_from_ministry(surfer, service, demo_provider, *SECOND_FACTOR)
    right = code_received()
    Account.objects.update(blocked_at=timezone.now())
    surfer.submit(code=right)
    assert surfer.error_code == "Y500024"


def test_giving_up_takes_the_refusal_back_to_the_service(
    surfer: Surfer, service: Client, ministry: Provider, demo_provider: DemoProvider
) -> None:
    back_from_ministry(surfer, service, demo_provider, *SECOND_FACTOR)
    assert f'href="{service.redirect_uri_list[0]}?error=access_denied' in surfer.text


def test_nothing_is_lost_when_the_code_is_missing(
    surfer: Surfer, service: Client, ministry: Provider, demo_provider: DemoProvider
) -> None:
    back_from_ministry(surfer, service, demo_provider, *SECOND_FACTOR)
    surfer.submit(code="")
    assert surfer.response.status_code == 400
    surfer.submit(code=code_received())
    assert surfer.told["code"]


def forget_the_minute() -> None:
    RateWindow.objects.filter(name__endswith=".minute").delete()


def make_older(age: timedelta) -> None:
    """As the store's own clock would see it."""
    OneTimeThing.objects.filter(kind="mail-code").update(expires_at=F("expires_at") - age)


def test_s066_what_one_provider_asserted_is_never_taken_for_the_word_of_another(
    surfer: Surfer, service: Client, ministry: Provider, demo_provider: DemoProvider
) -> None:
    """On the page of the code, a person types an address of another FI, then comes back to the page by its address."""
    victim = account(at=Provider.objects.get(issuer=""))
    victim.links.update(provider_sub="sub-of-the-victim")
    back_from_ministry(surfer, service, demo_provider, *SECOND_FACTOR, sub="sub-of-the-victim")
    page, right = surfer.at, code_received()
    token = surfer.token
    surfer.open(page.removesuffix("code/"))
    surfer.submit(email="personne@menuiserie-bonbois.example")
    surfer.open(page)
    assert "demande une vérification de plus" not in surfer.text
    surfer.post_without_token(page, code=right, csrfmiddlewaretoken=token)
    assert not Grant.objects.exists()
    assert not victim.sessions.exists()


def test_another_provider_s_address_is_sent_its_own_code(
    surfer: Surfer, service: Client, ministry: Provider, demo_provider: DemoProvider
) -> None:
    back_from_ministry(surfer, service, demo_provider, *SECOND_FACTOR)
    code_received()
    surfer.open(surfer.at.removesuffix("code/"))
    other = f"autre@{DOMAIN}"
    surfer.submit(email=other)
    surfer.open(demo_provider.sign_in(surfer.left_for, sub="another", email=other))
    outbox.drain()
    assert mail.outbox[-1].to == [other]
