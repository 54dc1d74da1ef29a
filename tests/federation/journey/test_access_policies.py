"""Whom a FS lets in: sector, domains, FI, level. Each refusal says why, of which organisation, and whom to ask."""

import json
from base64 import urlsafe_b64decode
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client as Browser

from federation import registry
from federation.models import Client, Provider
from federation.models.client import MinimumAcr
from proconnect.kernel.assurance import Acr
from tests.factories.federation import fs
from tests.federation.journey.conftest import DOMAIN, registered
from tests.federation.journey.trip import Trip, answered, code_on
from tests.mirrors.provider.double import DemoProvider

WHOM_TO_ASK = "aide@paie.gouv.fr"
DINUM = "Direction interministérielle du numérique (DINUM)"
COMPANY = "55208131766522"
ELSEWHERE = "ailleurs.gouv.fr"

# The rule, what it is broken by, the page, and the organisation it names.
RULES = [
    pytest.param(
        {"accepts_private_sector": False},
        {"siret": COMPANY},
        "Y500015",
        COMPANY,
        id="s088 public agents only",
    ),
    pytest.param({"allowed_email_domains": [ELSEWHERE]}, {}, "Y500025", DINUM, id="s089 some domains only"),
    pytest.param({"allowed_providers": ["agency"]}, {}, "Y500026", DINUM, id="some FI only"),
    pytest.param({"minimum_acr": "eidas2"}, {}, "Y500029", DINUM, id="s091 more than the FI is believed for"),
]
each_rule = pytest.mark.parametrize(("rule", "said", "code", "organization"), RULES)


@pytest.fixture
def paie() -> Client:
    return fs(name="Paie", support_email=WHOM_TO_ASK)


@pytest.fixture
def trip(navigator: Browser, paie: Client) -> Trip:
    return Trip(navigator, paie)


@pytest.fixture
def capable(demo_provider: DemoProvider) -> Provider:
    """A FI that is believed for its second factor."""
    return registered(demo_provider, domains=[DOMAIN], title="Ministère des Exemples", is_mfa_capable=True)


def impose(paie: Client, rule: dict[str, Any]) -> None:
    """The FI of the rule is any but the person's."""
    if "allowed_providers" in rule:
        rule = {"allowed_providers": [Provider.objects.get(name="identite").uid]}
    Client.objects.filter(pk=paie.pk).update(**rule)
    registry.look_again()


def minimum(paie: Client, acr: str) -> None:
    impose(paie, {"minimum_acr": acr})


def demanding(*values: str) -> dict[str, str]:
    return {"claims": json.dumps({"id_token": {"acr": {"essential": True, "values": values}}})}


def levels_asked_in(location: str) -> list[str]:
    claims = json.loads(parse_qs(urlsplit(location).query)["claims"][0])
    return list(claims["id_token"]["acr"]["values"])


def acr_given(trip: Trip, response: Any) -> str:
    id_token = trip.redeem(answered(response)["code"])["id_token"]
    return str(json.loads(urlsafe_b64decode(id_token.split(".")[1] + "=="))["acr"])


def check_refusal(page: Any, code: str, organization: str) -> None:
    text = page.content.decode()
    assert code_on(page) == code
    for told in (
        "« Paie »",
        f"« {organization}",
        WHOM_TO_ASK,
        f"error=access_denied&amp;error_description={code}",
    ):
        assert told in text
    assert "code=" not in text


@each_rule
def test_a_rule_is_judged_on_what_the_fi_asserts(
    trip: Trip,
    ministry: Provider,
    demo_provider: DemoProvider,
    rule: dict[str, Any],
    said: dict[str, str],
    code: str,
    organization: str,
) -> None:
    back = demo_provider.sign_in(trip.to_provider(), **said)
    impose(trip.service, rule)
    check_refusal(trip.come_back(back), code, organization)


@each_rule
def test_a_rule_holds_through_the_session_that_another_service_opened(
    trip: Trip,
    ministry: Provider,
    demo_provider: DemoProvider,
    rule: dict[str, Any],
    said: dict[str, str],
    code: str,
    organization: str,
) -> None:
    Trip(trip.browser, fs()).through(demo_provider, said=said)
    impose(trip.service, rule)
    page = trip.depart()
    if code == "Y500029":  # the person signs in again: another authentication could reach more
        page = trip.come_back(demo_provider.sign_in(trip.type_email(page)["Location"]))
    check_refusal(page, code, organization)


@each_rule
def test_a_silent_request_is_told_of_a_rule_without_a_page(
    trip: Trip,
    ministry: Provider,
    demo_provider: DemoProvider,
    rule: dict[str, Any],
    said: dict[str, str],
    code: str,
    organization: str,
) -> None:
    Trip(trip.browser, fs()).through(demo_provider, said=said)
    impose(trip.service, rule)
    error = answered(trip.depart(prompt="none"))["error"]
    assert error == ("interaction_required" if code == "Y500029" else "access_denied")


@pytest.mark.parametrize("rule", [{"allowed_email_domains": [ELSEWHERE]}, {"allowed_providers": ["agency"]}])
def test_a_typed_address_that_a_rule_excludes_goes_nowhere(
    trip: Trip, ministry: Provider, demo_provider: DemoProvider, rule: dict[str, Any]
) -> None:
    impose(trip.service, rule)
    code = "Y500025" if "allowed_email_domains" in rule else "Y500026"
    check_refusal(trip.type_email(trip.depart()), code, DOMAIN)
    assert demo_provider.received("authorize") == []


def test_s089_the_domains_a_service_admits_are_told(trip: Trip, ministry: Provider) -> None:
    impose(trip.service, {"allowed_email_domains": ["b.gouv.fr", "a.gouv.fr"]})
    assert "Domaines admis : a.gouv.fr, b.gouv.fr." in trip.type_email(trip.depart()).content.decode()


def test_s088_nobody_is_a_public_agent_for_saying_so(
    trip: Trip, ministry: Provider, demo_provider: DemoProvider
) -> None:
    impose(trip.service, {"accepts_private_sector": False})
    said = {"siret": COMPANY, "is_service_public": "true", "roles": "agent_public"}
    assert code_on(trip.through(demo_provider, said=said)) == "Y500015"


# The level under which nobody enters


def test_a_minimum_is_demanded_of_a_fi_that_heeds_levels(trip: Trip, capable: Provider) -> None:
    minimum(trip.service, "eidas2")
    assert levels_asked_in(trip.to_provider()) == ["eidas2", "eidas3"]


@pytest.mark.parametrize(
    ("asked", "at_least", "sent"),
    [
        (("eidas0-mfa", "eidas1-mfa", "eidas2", "eidas3"), "eidas2", ["eidas2", "eidas3"]),
        (("eidas2",), "eidas1", ["eidas2", "eidas3"]),
        (("eidas1",), "eidas0-mfa", ["eidas1-mfa", "eidas2", "eidas3"]),
    ],
)
def test_a_fi_is_asked_what_satisfies_both_the_demand_and_the_minimum(
    trip: Trip, capable: Provider, asked: tuple[str, ...], at_least: str, sent: list[str]
) -> None:
    minimum(trip.service, at_least)
    assert levels_asked_in(trip.to_provider(**demanding(*asked))) == sent


@pytest.mark.parametrize(
    ("asked", "given"), [({}, "eidas2"), (demanding("eidas1", "eidas1-mfa"), "eidas1-mfa")]
)
def test_s017_above_the_minimum_the_service_is_answered_what_it_asked(
    trip: Trip, capable: Provider, demo_provider: DemoProvider, asked: dict[str, str], given: str
) -> None:
    minimum(trip.service, "eidas1-mfa")
    said = {"acr": "eidas2", "amr": "pwd otp mfa"}
    assert acr_given(trip, trip.through(demo_provider, said=said, **asked)) == given


def test_s091_a_code_by_email_reaches_a_minimum_of_two_factors(
    trip: Trip, ministry: Provider, demo_provider: DemoProvider
) -> None:
    minimum(trip.service, "eidas1-mfa")
    response = trip.through(demo_provider)
    assert response["Location"].endswith("/code/")


def test_s091_a_fi_that_overstates_its_level_is_under_the_minimum(
    trip: Trip, ministry: Provider, demo_provider: DemoProvider
) -> None:
    minimum(trip.service, "eidas2")
    page = trip.through(demo_provider, said={"acr": "eidas3", "amr": "pwd otp mfa"})
    check_refusal(page, "Y500029", DINUM)


def test_a_demand_that_is_not_met_is_told_to_the_service_before_its_minimum(
    trip: Trip, ministry: Provider, demo_provider: DemoProvider
) -> None:
    minimum(trip.service, "eidas2")
    assert (
        answered(trip.through(demo_provider, claims=demanding("eidas3")["claims"]))["error"]
        == "access_denied"
    )


def test_an_open_session_under_the_minimum_is_raised_at_its_fi_without_the_email_page(
    trip: Trip, capable: Provider, demo_provider: DemoProvider
) -> None:
    Trip(trip.browser, fs()).through(demo_provider)
    minimum(trip.service, "eidas2")
    away = trip.depart()["Location"]
    assert away.startswith(capable.issuer)
    back = demo_provider.sign_in(away, acr="eidas2", amr="pwd otp mfa")
    assert answered(trip.come_back(back))["code"]


def test_an_open_session_at_the_minimum_is_reused(
    trip: Trip, capable: Provider, demo_provider: DemoProvider
) -> None:
    Trip(trip.browser, fs()).through(demo_provider, said={"acr": "eidas2", "amr": "pwd otp mfa"})
    minimum(trip.service, "eidas1-mfa")
    assert answered(trip.depart())["code"]


def test_every_minimum_is_a_level() -> None:
    assert {Acr(each) for each in MinimumAcr.values} < set(Acr)
