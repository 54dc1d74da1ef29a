"""From the given address to the FI: the choice among several, FI in acceptance, FI that will not answer."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client as Browser
from django.utils import timezone
from structlog.testing import capture_logs

from federation import registry
from federation.models import AcceptanceTester, Client, PlannedOutage, Provider, ProviderDomain
from tests.factories.federation import fi, fs, identite
from tests.federation.journey.conftest import DOMAIN, registered, token_of
from tests.federation.journey.trip import AGENT, Trip, answered, code_on
from tests.mirrors.provider.double import DemoProvider

SUFFIXED = "camille.durand+proconnect@exemples.gouv.fr"
SHARED = "partage.gouv.fr"
ALIX = f"alix@{SHARED}"
DAY = timedelta(days=1)


@pytest.fixture
def trip(navigator: Browser, service: Client) -> Trip:
    return Trip(navigator, service)


@pytest.fixture
def traces(django_capture_on_commit_callbacks: Any) -> Iterator[Callable[[str], list[Any]]]:
    """The traces of one event, so far."""
    with capture_logs() as lines:
        committing = django_capture_on_commit_callbacks(execute=True)
        committing.__enter__()
        yield (
            lambda event: (
                committing.__exit__(None, None, None) or [line for line in lines if line["event"] == event]
            )
        )


@pytest.fixture
def in_acceptance(demo_provider: DemoProvider) -> Provider:
    """A FI of the domain that is not offered yet, with one tester."""
    hidden = registered(demo_provider, domains=[DOMAIN], title="Ministère en recette", is_routed=False)
    AcceptanceTester.objects.create(provider=hidden, email=AGENT, ends_at=timezone.now() + DAY)
    registry.look_again()
    return hidden


def out_of_service(provider: Provider, *, begins: timedelta, ends: timedelta = 2 * DAY) -> None:
    now = timezone.now()
    PlannedOutage.objects.create(
        provider=provider, message="Migration du portail.", starts_at=now + begins, ends_at=now + ends
    )
    registry.look_again()


def login_hint_in(location: str) -> str:
    return parse_qs(urlsplit(location).query)["login_hint"][0]


def text_of(trip: Trip, response: Any) -> str:
    """Of the page a response leads to."""
    page = trip.browser.get(response["Location"])
    assert page.status_code == 200
    return str(page.content.decode())


# Several FI


@pytest.fixture
def chooser(trip: Trip, demo_provider: DemoProvider, other_provider: DemoProvider) -> str:
    """The page where a person of a shared domain chooses."""
    registered(demo_provider, domains=[SHARED], title="Économie")
    registered(other_provider, domains=[SHARED], title="Éducation")
    ProviderDomain.objects.create(provider=identite(), name=SHARED)
    registry.look_again()
    return str(trip.type_email(trip.depart(), ALIX)["Location"])


def test_the_chooser_lists_the_fi_by_title_and_the_default_one_last_as_another(
    trip: Trip, chooser: str
) -> None:
    fi(domains=[SHARED], title="Culture (fermé)", is_active=False)
    fi(domains=[SHARED], title="Culture (en recette)", is_routed=False)
    text = trip.browser.get(chooser).content.decode()
    places = [text.index(title) for title in ("Économie", "Éducation", "Autre (ProConnect Identité)")]
    assert places == sorted(places)
    assert "Si aucun des choix précédents" in text
    assert "Culture" not in text


def test_the_chooser_offers_nothing_that_the_service_excludes(navigator: Browser, chooser: str) -> None:
    education = Provider.objects.get(title="Éducation")
    economy = Provider.objects.get(title="Économie")
    trip = Trip(navigator, fs(allowed_providers=[education.uid, identite().uid]))
    page_at = trip.type_email(trip.depart(), ALIX)["Location"]
    page = navigator.get(page_at)
    assert "Éducation" in page.content.decode()
    assert "Économie" not in page.content.decode()
    forged = navigator.post(page_at, {"provider": str(economy.uid), "csrfmiddlewaretoken": token_of(page)})
    assert forged.status_code == 400, "S-086"


@pytest.mark.parametrize("state", [{"is_active": False}, {"is_routed": False}, {"network": "rie"}])
def test_s086_a_fi_closed_since_the_choice_was_offered_is_no_longer_one(
    trip: Trip, chooser: str, state: dict[str, Any]
) -> None:
    page = trip.browser.get(chooser)
    economy = Provider.objects.get(title="Économie")
    Provider.objects.filter(pk=economy.pk).update(**state)
    registry.look_again()
    late = trip.browser.post(chooser, {"provider": str(economy.uid), "csrfmiddlewaretoken": token_of(page)})
    assert late.status_code == 400
    assert "Économie" not in late.content.decode()


@pytest.mark.parametrize("tampered", ["", "x", "00000000-0000-0000-0000-000000000000", "identite' OR 1=1"])
def test_s086_a_choice_that_was_not_offered_is_refused(trip: Trip, chooser: str, tampered: str) -> None:
    token = token_of(trip.browser.get(chooser))
    response = trip.browser.post(chooser, {"provider": tampered, "csrfmiddlewaretoken": token})
    assert response.status_code == 400


def test_a_chooser_with_one_fi_left_leads_straight_to_it(
    trip: Trip, chooser: str, other_provider: DemoProvider
) -> None:
    Provider.objects.filter(title="Économie").update(is_active=False)
    ProviderDomain.objects.filter(provider=identite(), name=SHARED).delete()
    registry.look_again()
    assert trip.browser.get(chooser)["Location"].startswith(other_provider.issuer)


# The default FI


def test_the_default_fi_is_for_those_nobody_serves(trip: Trip, ministry: Provider) -> None:
    assert trip.to_provider().startswith(ministry.issuer)
    assert "/identite/" in trip.to_provider("marie@une-pme.fr")


def test_a_person_whose_only_fi_the_service_excludes_is_told_so(
    navigator: Browser, ministry: Provider
) -> None:
    trip = Trip(navigator, fs(name="Paie", allowed_providers=[identite().uid], support_email="aide@paie.fr"))
    page = trip.type_email(trip.depart())
    text = page.content.decode()
    assert code_on(page) == "Y500026"
    assert "error=access_denied" in text
    for told in ("« Paie »", "« Ministère des Exemples »", f"« {DOMAIN} »", "aide@paie.fr"):
        assert told in text


def test_s087_a_closed_fi_opens_to_nobody_new(trip: Trip, ministry: Provider) -> None:
    Provider.objects.filter(pk=ministry.pk).update(is_active=False)
    registry.look_again()
    assert "/identite/" in trip.to_provider(), "as those who have no FI"
    assert "/identite/" in trip.to_provider(SUFFIXED)


# FI in acceptance


def test_s090_a_tester_reaches_a_fi_in_acceptance_under_their_own_address(
    trip: Trip, in_acceptance: Provider, traces: Callable[[str], list[Any]]
) -> None:
    away = trip.to_provider(SUFFIXED)
    assert away.startswith(in_acceptance.issuer)
    assert login_hint_in(away) == AGENT
    (trace,) = traces("FI_IN_ACCEPTANCE")
    assert trace["provider"] == str(in_acceptance.uid)
    assert AGENT not in str(trace)


def test_s090_a_tester_enters_a_service(
    trip: Trip, in_acceptance: Provider, demo_provider: DemoProvider
) -> None:
    assert answered(trip.through(demo_provider, SUFFIXED))["code"]


def test_s090_a_tester_may_be_hinted_by_a_service(trip: Trip, in_acceptance: Provider) -> None:
    assert trip.depart(login_hint=SUFFIXED)["Location"].startswith(in_acceptance.issuer)
    hinted = trip.depart(login_hint=SUFFIXED, idp_hint=str(in_acceptance.uid))["Location"]
    assert login_hint_in(hinted) == AGENT


def test_s090_each_passage_of_a_tester_is_traced(
    trip: Trip, in_acceptance: Provider, traces: Callable[[str], list[Any]]
) -> None:
    for _ in range(3):
        trip.to_provider(SUFFIXED)
    assert len(traces("FI_IN_ACCEPTANCE")) == 3


@pytest.mark.parametrize(
    "email",
    [
        pytest.param(AGENT, id="the tester without the suffix"),
        pytest.param(f"paul+proconnect@{DOMAIN}", id="somebody who is not listed"),
        pytest.param("camille.durand+proconnect@ailleurs.fr", id="the same name elsewhere"),
        pytest.param(f"camille.durand+proconnect+x@{DOMAIN}", id="a suffix that is not the last"),
    ],
)
def test_s090_for_anybody_else_the_suffix_is_a_part_of_the_address(
    trip: Trip, in_acceptance: Provider, traces: Callable[[str], list[Any]], email: str
) -> None:
    assert "/identite/" in trip.to_provider(email)
    assert traces("FI_IN_ACCEPTANCE") == []


def test_s090_with_a_fi_in_service_the_suffix_goes_there_as_typed(trip: Trip, ministry: Provider) -> None:
    away = trip.to_provider(SUFFIXED)
    assert away.startswith(ministry.issuer)
    assert login_hint_in(away) == SUFFIXED


def test_s090_a_tester_of_yesterday_is_one_no_more(trip: Trip, in_acceptance: Provider) -> None:
    AcceptanceTester.objects.update(ends_at=timezone.now() - timedelta(seconds=1))
    registry.look_again()
    assert "/identite/" in trip.to_provider(SUFFIXED)


def test_s090_a_fi_that_was_closed_opens_to_no_tester(trip: Trip, in_acceptance: Provider) -> None:
    Provider.objects.filter(pk=in_acceptance.pk).update(is_active=False)
    registry.look_again()
    assert "/identite/" in trip.to_provider(SUFFIXED)


def test_s085_a_fi_in_acceptance_is_named_by_no_service(trip: Trip, in_acceptance: Provider) -> None:
    hint = str(in_acceptance.uid)
    for login_hint in ({}, {"login_hint": AGENT}, {"login_hint": f"paul+proconnect@{DOMAIN}"}):
        assert answered(trip.depart(idp_hint=hint, **login_hint))["error"] == "idp_hint_not_found"


# idp_hint obeys the rules of a typed address


@pytest.mark.parametrize("state", [{"is_active": False}, {"network": "rie"}, {"is_routed": False}])
def test_s085_an_idp_hint_to_a_fi_out_of_reach_is_told_to_the_service(
    trip: Trip, ministry: Provider, state: dict[str, Any]
) -> None:
    Provider.objects.filter(pk=ministry.pk).update(**state)
    registry.look_again()
    assert answered(trip.depart(idp_hint=str(ministry.uid)))["error"] == "idp_hint_not_found"


def test_s085_an_idp_hint_is_judged_on_what_the_fi_asserts(
    navigator: Browser, ministry: Provider, demo_provider: DemoProvider
) -> None:
    for allowed, entered in ((DOMAIN, True), ("ailleurs.gouv.fr", False)):
        navigator.cookies.clear()
        trip = Trip(navigator, fs(allowed_email_domains=[allowed]))
        back = demo_provider.sign_in(trip.depart(idp_hint=str(ministry.uid))["Location"])
        response = trip.come_back(back)
        assert bool(answered(response)["code"] if entered else code_on(response) == "Y500025")


# Planned outages


@pytest.mark.parametrize("begins", [-DAY, timedelta(hours=23)], ids=["under way", "tomorrow"])
def test_an_outage_is_told_once_the_address_is_known_and_stops_nobody(
    trip: Trip, ministry: Provider, traces: Callable[[str], list[Any]], begins: timedelta
) -> None:
    out_of_service(ministry, begins=begins)
    departure = trip.depart()
    assert "Migration du portail." not in text_of(trip, departure)
    warned = trip.type_email(departure)
    text = text_of(trip, warned)
    assert "Migration du portail." in text
    assert "Interruption prévue du" in text
    assert "« Ministère des Exemples » ne répondra peut-être pas." in text
    assert f'value="{AGENT}"' in text
    again = trip.type_email(warned)
    assert again["Location"].startswith(ministry.issuer)
    assert len(traces("EMAIL_DOUBTED")) == 1


def test_an_outage_of_the_day_after_tomorrow_is_not_told(trip: Trip, ministry: Provider) -> None:
    out_of_service(ministry, begins=timedelta(hours=25))
    assert trip.to_provider().startswith(ministry.issuer)


def test_an_outage_is_told_to_a_person_the_service_named(trip: Trip, ministry: Provider) -> None:
    out_of_service(ministry, begins=-DAY)
    assert "Migration du portail." in text_of(trip, trip.depart(login_hint=AGENT.upper()))


def test_after_an_outage_was_told_another_address_goes_where_it_leads(
    trip: Trip, ministry: Provider, agency: Provider
) -> None:
    out_of_service(ministry, begins=-DAY)
    warned = trip.type_email(trip.depart())
    assert trip.type_email(warned, "x@essais.gouv.fr")["Location"].startswith(agency.issuer)
    assert "Migration du portail." in text_of(trip, trip.type_email(warned)), "told anew, for this address"


def test_an_outage_that_has_just_ended_is_told_no_more(trip: Trip, ministry: Provider) -> None:
    out_of_service(ministry, begins=-DAY)
    warned = trip.type_email(trip.depart())
    PlannedOutage.objects.all().delete()
    registry.look_again()
    text = text_of(trip, warned)
    assert "Erreur" not in text
    assert "fr-alert" not in text
    assert trip.type_email(warned)["Location"].startswith(ministry.issuer)


def test_the_chooser_tells_which_fi_will_not_answer(trip: Trip, chooser: str) -> None:
    economy = Provider.objects.get(title="Économie")
    out_of_service(economy, begins=-DAY)
    text = trip.browser.get(chooser).content.decode()
    assert text.count("Migration du portail.") == 1
    assert text.index("Économie") < text.index("Migration du portail.") < text.index("Éducation")
    chosen = trip.browser.post(
        chooser, {"provider": str(economy.uid), "csrfmiddlewaretoken": token_of(trip.browser.get(chooser))}
    )
    assert chosen["Location"].startswith(economy.issuer), "it was told: the choice stands"
