"""Every answer of whole journeys, in query and by form, right and wrong (S-024, S-025, S-026, S-050, S-053, S-158)."""

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest

from federation.models import Client, Provider
from tests.factories.federation import fs
from tests.factories.identite import PASSWORD, SOFTWARE_COMPANY, user
from tests.federation.journey.conftest import authorize_url
from tests.federation.journey.trip import AGENT
from tests.mirrors.provider.double import DemoProvider
from tests.security.pages import is_a_page, what_is_wrong_with
from tests.security.surfer import Surfer, found, last_mail, tokens_for

NEW_PERSON = "nora@logiciels-ponant.example"


@pytest.fixture
def travelled(service: Client, ministry: Provider, demo_provider: DemoProvider) -> list[Any]:
    """All that browsers were answered."""
    surfers = [
        an_agent(service, demo_provider),
        an_agent(service, demo_provider, response_mode="form_post"),
        a_new_person(service),
        somebody_known(service),
        somebody_refused(demo_provider),
    ]
    return [answer for surfer in surfers for answer in surfer.answers]


def an_agent(service: Client, demo_provider: DemoProvider, **asked: str) -> Surfer:
    surfer = Surfer()
    surfer.goes_to(service, "pas une adresse", **asked)
    surfer.submit(email=AGENT)
    surfer.open(demo_provider.sign_in(surfer.left_for))
    code = surfer.told["code"] if not asked else found(r'name="code" value="([^"]+)"', surfer.text)
    hint = tokens_for(service, code).json()["id_token"]
    surfer.open(authorize_url(service, prompt="none", **asked))
    surfer.open(authorize_url(service, scope="nothing", **asked))
    surfer.open("/api/v2/session/end")
    surfer.open(f"/api/v2/session/end?id_token_hint={hint}")
    surfer.open(f"/api/v2/client/logout-callback?state={surfer.told['state']}")
    return surfer


def a_new_person(service: Client) -> Surfer:
    surfer = Surfer()
    surfer.goes_to(service, NEW_PERSON)
    surfer.submit(password="pas celui-là")
    surfer.submit(f"{surfer.at}code/envoyer/")
    surfer.submit(code="0000000001")
    surfer.submit(code=found("^([0-9]{5} [0-9]{5})$", last_mail().body))
    surfer.submit(given_name="<b>", usual_name="", password="court")
    surfer.submit(given_name="Nora", usual_name="Béranger", password=PASSWORD)
    page = surfer.at
    surfer.open(f"{page}?q=99999999999999")
    surfer.open(f"{page}?q=logiciels")
    surfer.open(f"{page}?q={SOFTWARE_COMPANY}")
    surfer.submit()
    assert surfer.told["code"]
    return surfer


def somebody_known(service: Client) -> Surfer:
    person = user(sirets=(SOFTWARE_COMPANY,))
    surfer = Surfer()
    surfer.goes_to(service, person.email)
    surfer.submit(f"{surfer.at}mot-de-passe-oublie/")
    surfer.open(found(r"^(https?://\S+jeton=\S+)$", last_mail().body))
    surfer.submit("/identite/mot-de-passe/", jeton="x", password="x")
    surfer.open(authorize_url(service, login_hint=person.email))
    surfer.open(f"{surfer.at}quitter/")
    assert surfer.told["error"] == "access_denied"
    return surfer


def somebody_refused(demo_provider: DemoProvider) -> Surfer:
    surfer = Surfer()
    surfer.goes_to(fs(private=False), AGENT)
    surfer.open(demo_provider.sign_in(surfer.left_for, siret="90199991200016"))
    assert surfer.error_code == "Y500015"
    return surfer


def test_s024_s025_s026_s050_s158_every_answer_of_whole_journeys(
    travelled: list[Any], ministry: Provider
) -> None:
    assert len(travelled) > 50
    assert sum(map(is_a_page, travelled)) > 25
    allowed = ("http://localhost:8000/", *known_addresses(), ministry.issuer)
    for answer in travelled:
        path = answer.request["PATH_INFO"]
        assert list(what_is_wrong_with(answer)) == [], path
        assert [url for url in sent_to(answer) if not is_allowed(url, allowed)] == [], path
        assert [url for url in loaded_by(answer) if urlsplit(url).netloc] == [], path
        if re.search(r"code=|state=|ticket=|jeton=", answer.request["QUERY_STRING"]):
            linked = re.findall(r'(?:src|href|action)="(https?://[^"]+)"', answer.content.decode())
            assert [url for url in linked if "code=" in url or "ticket=" in url] == [], path


def is_allowed(url: str, allowed: tuple[str, ...]) -> bool:
    return bool(re.match(r"/(?![/\\])", url)) or url.startswith(allowed)


def sent_to(answer: Any) -> Iterator[str]:
    if "Location" in answer:
        assert answer.status_code in (302, 303)
        yield answer["Location"]
    if is_a_page(answer):
        yield from re.findall(r'<form[^>]*action="([^"]+)"', answer.content.decode())


def loaded_by(answer: Any) -> list[str]:
    tags = r'<(?:script|link|img|iframe|use)[^>]*(?:src|href)="([^"]+)"'
    return re.findall(tags, answer.content.decode()) if is_a_page(answer) else []


def known_addresses() -> tuple[str, ...]:
    every = Client.objects.all()
    return tuple(
        uri for each in every for uri in (*each.redirect_uri_list, *each.post_logout_redirect_uri_list)
    )
