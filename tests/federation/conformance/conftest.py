"""The installation under test, the suite's FS beside it, and the people who sign in. Made once for the whole folder."""

import os
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.federation.conformance import checks
from tests.federation.conformance.applicant import Applicant, Flow, Person
from tests.federation.conformance.authority import Certified, certify
from tests.federation.conformance.checks import Published
from tests.federation.conformance.relying_party import RelyingParty
from tests.federation.conformance.site import POST, Site, database_name, running_site
from tests.mirrors.browser import Browser
from tests.mirrors.stack import own_database

HERE = Path(__file__).parent
MODES = {"basic": "", "form_post": "form_post"}


def pytest_itemcollected(item: pytest.Item) -> None:
    """One installation, hence one worker: that of the browsers."""
    item.add_marker("conformance")
    item.add_marker("e2e")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What must wait half a minute comes last of the folder: the other tests are what it waits for."""
    places = [place for place, item in enumerate(items) if HERE in item.path.parents]
    ours = sorted((items[place] for place in places), key=_waits)
    for place, item in zip(places, ours, strict=True):
        items[place] = item


def _waits(item: pytest.Item) -> bool:
    return "codes_used_long_ago" in getattr(item, "fixturenames", ())


@pytest.fixture(scope="session")
def certified(tmp_path_factory: pytest.TempPathFactory) -> Certified:
    return certify(tmp_path_factory.mktemp("authority"))


@pytest.fixture(scope="session")
def party(certified: Certified) -> Iterator[RelyingParty]:
    with RelyingParty(certified) as party:
        yield party


@pytest.fixture(autouse=True)
def nothing_left_by_another_test(party: RelyingParty) -> None:
    party.forget()


@pytest.fixture(scope="session")
def site(
    certified: Certified, party: RelyingParty, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Site]:
    directory = tmp_path_factory.mktemp("conformance")
    with (
        own_database(os.environ["DATABASE_URL"], database_name()) as database_url,
        running_site(directory, database_url, certified, party) as site,
    ):
        yield site


@pytest.fixture(scope="session")
def published(site: Site) -> Published:
    """Read and checked before any module of any plan."""
    return checks.the_provider_describes_itself(site.http, site.discovery_url)


# The FS


@pytest.fixture(params=MODES)
def applicant(request: pytest.FixtureRequest, by_mode: dict[str, Applicant]) -> Applicant:
    """Under the Basic plan, then under the Form Post plan."""
    return by_mode[request.param]


@pytest.fixture(scope="session")
def by_mode(site: Site, party: RelyingParty, published: Published) -> dict[str, Applicant]:
    return {name: Applicant(site, party, published, mode) for name, mode in MODES.items()}


@pytest.fixture
def second_applicant(applicant: Applicant) -> Applicant:
    return Applicant(applicant.site, applicant.party, applicant.published, applicant.response_mode, POST)


# The people


@pytest.fixture
def newcomer(site: Site) -> Iterator[Person]:
    """In a browser without a cookie."""
    with Browser(verify=site.certified.for_a_client()) as browser:
        yield Person(site, browser)


@pytest.fixture(scope="session")
def known_person(site: Site, by_mode: dict[str, Applicant]) -> Iterator[Person]:
    with Browser(verify=site.certified.for_a_client()) as browser:
        person = Person(site, browser)
        by_mode["basic"].flow(person)
        yield person


@pytest.fixture
def signed_in(known_person: Person) -> Person:
    """With a session open, in a browser shared by the modules that need no other.

    It forgets how often it passed: the modules of the suite follow each other less quickly than what we call a loop.
    """
    cookies = known_person.browser.client.cookies
    for name in [cookie.name for cookie in cookies.jar if cookie.name.startswith("__Host-passages")]:
        cookies.delete(name)
    known_person.screens.clear()
    return known_person


# What waits


class UsedCode(NamedTuple):
    code: str
    flow: Flow
    at: float  # of time.monotonic

    def wait(self, seconds: float) -> None:
        time.sleep(max(0.0, self.at + seconds - time.monotonic()))


@pytest.fixture(scope="session")
def codes_used_long_ago(by_mode: dict[str, Applicant], known_person: Person) -> dict[str, UsedCode]:
    """One for each plan, redeemed when the folder begins."""
    return {name: _used_code(applicant, known_person) for name, applicant in by_mode.items()}


def _used_code(applicant: Applicant, person: Person) -> UsedCode:
    asked = applicant.asks()
    code = applicant.words_of(applicant.answered(person, asked))["code"]
    return UsedCode(code, applicant.exchanged(asked, code), time.monotonic())


@pytest.fixture(scope="session", autouse=True)
def half_a_minute_begins(request: pytest.FixtureRequest) -> None:
    """Only where a test of this run waits for it; that test, and no other, is told of what goes wrong."""
    if any(map(_waits, request.session.items)):
        with suppress(Exception):
            request.getfixturevalue("codes_used_long_ago")


@pytest.fixture
def used_code(request: pytest.FixtureRequest, codes_used_long_ago: dict[str, UsedCode]) -> UsedCode:
    return codes_used_long_ago[request.node.callspec.params["applicant"]]
