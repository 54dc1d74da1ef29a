"""E-mail → FI: which ones, in which order, and for whom (§6 of the FI contract). Pure tables."""

from datetime import datetime, timedelta

import pytest

from federation import routing
from federation.registry import domains
from federation.registry.records import Outage, ProviderRecord
from proconnect.kernel.email_address import EmailAddress
from tests.federation.journey.builders import NOW, identite, provider

ALPHA, BRAVO = provider(title="Alpha"), provider(title="Bravo")
IDENTITE = identite()
DAY = timedelta(days=1)
HOUR = timedelta(hours=1)
CAMILLE = "camille@ministere.exemple.fr"


@pytest.mark.parametrize(
    ("serving", "default", "expected"),
    [
        pytest.param((ALPHA,), IDENTITE, (ALPHA,), id="one FI: the default one is no candidate"),
        pytest.param((ALPHA, BRAVO), IDENTITE, (ALPHA, BRAVO), id="several, in the order of the registry"),
        pytest.param(
            (IDENTITE, ALPHA), IDENTITE, (ALPHA, IDENTITE), id="the default FI lists the domain: last"
        ),
        pytest.param((BRAVO, ALPHA), BRAVO, (ALPHA, BRAVO), id="the default FI need not be Identité"),
        pytest.param((), IDENTITE, (IDENTITE,), id="nobody serves the domain"),
        pytest.param((), identite(is_open=False), (), id="nobody, and the default FI is closed"),
        pytest.param((), None, (), id="nobody, and there is no default FI (RIE)"),
    ],
)
def test_the_candidates_of_a_domain(
    serving: tuple[ProviderRecord, ...], default: ProviderRecord | None, expected: tuple[ProviderRecord, ...]
) -> None:
    assert routing.candidates(serving, default) == expected


@pytest.mark.parametrize(
    ("typed", "bare"),
    [
        ("camille+proconnect@ministere.exemple.fr", CAMILLE),
        ("Camille+ProConnect@Ministere.exemple.fr", CAMILLE),
        ("camille+essai+proconnect@ministere.exemple.fr", "camille+essai@ministere.exemple.fr"),
        (CAMILLE, None),
        ("camille+proconnect2@ministere.exemple.fr", None),
        ("camille+proconnect+x@ministere.exemple.fr", None),
        ("proconnect@ministere.exemple.fr", None),
        ("+proconnect@ministere.exemple.fr", None),
    ],
)
def test_s090_the_suffix_ends_the_local_part(typed: str, bare: str | None) -> None:
    found = routing.without_acceptance_suffix(EmailAddress.parse(typed))
    assert (str(found) if found else None) == bare


@pytest.mark.parametrize(
    ("testers", "is_open"),
    [
        pytest.param({CAMILLE: NOW + DAY}, True, id="listed until tomorrow"),
        pytest.param({CAMILLE: NOW}, False, id="the end date has just come"),
        pytest.param({CAMILLE: NOW - DAY}, False, id="the end date has passed"),
        pytest.param({"paul@ministere.exemple.fr": NOW + DAY}, False, id="somebody else is listed"),
        pytest.param({"camille@ailleurs.fr": NOW + DAY}, False, id="the same name elsewhere"),
        pytest.param({}, False, id="nobody is listed"),
    ],
)
def test_s090_a_fi_in_acceptance_opens_to_its_testers_alone(
    testers: dict[str, datetime], is_open: bool
) -> None:
    hidden = provider(is_routed=False, testers=testers)
    opened = routing.in_acceptance_for(EmailAddress.parse(CAMILLE), [hidden, ALPHA], now=NOW)
    assert opened == ((hidden,) if is_open else ())


@pytest.mark.parametrize(
    ("begins", "ends", "is_told"),
    [
        pytest.param(-HOUR, HOUR, True, id="under way"),
        pytest.param(timedelta(), HOUR, True, id="begins now"),
        pytest.param(DAY, DAY + HOUR, True, id="in a day"),
        pytest.param(DAY + timedelta(minutes=1), 2 * DAY, False, id="in more than a day"),
        pytest.param(-HOUR, timedelta(), False, id="has just ended"),
        pytest.param(-2 * DAY, -DAY, False, id="ended long ago"),
    ],
)
def test_an_outage_is_told_from_the_day_before_to_its_end(
    begins: timedelta, ends: timedelta, is_told: bool
) -> None:
    outage = Outage("Maintenance.", NOW + begins, NOW + ends)
    assert (routing.outage_to_tell(provider(outages=(outage,)), now=NOW) == outage) is is_told


def test_the_first_of_several_outages_is_told() -> None:
    later, sooner = (
        Outage(name, NOW + begins, NOW + DAY) for name, begins in (("later", 2 * HOUR), ("sooner", HOUR))
    )
    assert routing.outage_to_tell(provider(outages=(later, sooner)), now=NOW) == sooner


@pytest.mark.parametrize(
    "domain",
    [
        "exemples.gouv.fr",
        "Exemples.GOUV.fr",
        "écoles.fr",
        "ÉCOLES.fr",
        "e\u0301coles.fr",
        "xn--coles-9ra.fr",
        "straße.de",
        "fußball.de",
        "βόλος.com",
        "日本.jp",
        "gоuv.fr",
        "ｇｏｕｖ.fr",
        "gouv。fr",
        "xn--a.fr",
        "xn--80ak6aa92e.com",
        "gou\u200dv.fr",
        "İstanbul.fr",
        "a" * 64 + ".fr",
        "gouv_x.fr",
        "gouv.fr.",
    ],
)
def test_s081_a_domain_is_the_same_in_an_address_and_on_the_record_of_a_fi(domain: str) -> None:
    """Or the one would be routed to a FI that never declared the other."""
    try:
        declared = domains.parse(domain)
        given = EmailAddress.parse(f"a@{domain}").domain
    except ValueError:
        return
    assert given == declared
