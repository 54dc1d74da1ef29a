"""What the markup of every page holds, read without a browser."""

import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest
from django.test import Client
from pytest_django import Settings

from tests.pages.gallery import REFUSALS

pytestmark = pytest.mark.urls("tests.pages.gallery")

PATHS = [
    "/",
    "/accessibilite/",
    "/mentions-legales/",
    "/donnees-personnelles/",
    "/plan-du-site/",
    "/inconnue/",
    "/galerie/",
    "/seul/",
    *(f"/refus/{name}/" for name in REFUSALS),
]
FOOTER = ["/plan-du-site/", "/accessibilite/", "/mentions-legales/", "/donnees-personnelles/"]


class Read(HTMLParser):
    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, {name: value or "" for name, value in attrs}))

    def all(self, tag: str) -> list[dict[str, str]]:
        return [attributes for name, attributes in self.tags if name == tag]


@pytest.fixture
def visitor() -> Client:
    return Client(raise_request_exception=False, enforce_csrf_checks=True)


def text(client: Client, path: str) -> str:
    return client.get(path).content.decode()


@pytest.mark.parametrize("path", PATHS)
def test_a_page_has_one_heading_a_language_landmarks_and_skip_links(visitor: Client, path: str) -> None:
    page = Read(text(visitor, path))
    ids = [attributes["id"] for _, attributes in page.tags if "id" in attributes]
    assert page.all("html")[0]["lang"] == "fr"
    assert [len(page.all(tag)) for tag in ("h1", "title", "main", "header", "footer")] == [1, 1, 1, 1, 1]
    assert len(ids) == len(set(ids))
    for link in page.all("a"):
        href = link.get("href", "")
        assert not href.startswith("#") or href[1:] in ids


@pytest.mark.parametrize("path", PATHS)
def test_s158_a_page_holds_no_inline_script_nor_style(visitor: Client, path: str) -> None:
    page = Read(text(visitor, path))
    assert not page.all("style")
    assert all("src" in script for script in page.all("script"))
    for _, attributes in page.tags:
        assert not [name for name in attributes if name == "style" or name.startswith("on")]
        assert not attributes.get("href", "").lower().startswith("javascript:")


@pytest.mark.parametrize("path", PATHS)
def test_a_page_asks_nothing_of_another_site(visitor: Client, path: str) -> None:
    page = Read(text(visitor, path))
    loaded = [
        each.get("src") or each.get("href", "")
        for tag in ("script", "link", "img", "use")
        for each in page.all(tag)
    ]
    assert all(address.startswith("/static/") for address in loaded)


def test_a_page_in_french_says_so_to_a_browser_that_prefers_another_language(visitor: Client) -> None:
    page = visitor.post("/inconnue/", headers={"accept-language": "en"}).content.decode()
    assert Read(page).all("html")[0]["lang"] == "fr"


def test_titles_are_unique(visitor: Client) -> None:
    titles = [re.search("<title>(.*?)</title>", text(visitor, path), re.DOTALL) for path in PATHS[:8]]
    found = [title.group(1) for title in titles if title]
    assert len(set(found)) == len(found) == 8


@pytest.mark.parametrize("path", PATHS)
def test_help_and_required_links_are_at_the_same_place(
    visitor: Client, path: str, settings: Settings
) -> None:
    links = [link["href"] for link in Read(text(visitor, path)).all("a") if "href" in link]
    inside = [link for link in links if link.startswith(("/", "mailto:"))]
    assert inside[-4:] == FOOTER
    assert inside[-5].startswith(f"mailto:{settings.ENV.support_email}")


@pytest.mark.parametrize("path", PATHS)
def test_a_link_that_opens_a_window_says_so(visitor: Client, path: str) -> None:
    for link in Read(text(visitor, path)).all("a"):
        if link.get("target") == "_blank":
            assert link["title"].endswith("nouvelle fenêtre")
            assert "noopener" in link["rel"]


@pytest.mark.parametrize("name", REFUSALS)
def test_s169_a_refusal_says_its_code_its_status_and_a_next_action(visitor: Client, name: str) -> None:
    response = visitor.get(f"/refus/{name}/")
    page = response.content.decode()
    assert response.status_code == REFUSALS[name].value.status
    assert REFUSALS[name].value.title in page
    assert f"Code : {REFUSALS[name].value.code}" in page
    assert re.search(r"Date : \d\d/\d\d/\d{4} \d\d:\d\d:\d\d", page)
    assert 'class="fr-btn"' in page


def test_s169_an_unexpected_failure_tells_nothing_of_its_cause(visitor: Client) -> None:
    response = visitor.get("/panne/")
    assert response.status_code == 500
    assert "Y000500" in response.content.decode()
    for word in ("secret detail", "ZeroDivision", "Traceback", "/tests/", "Django"):
        assert word not in response.content.decode()


def test_a_form_without_its_token_is_refused_on_a_page(visitor: Client) -> None:
    response = visitor.post("/seul/", {"email": "marie@ville.fr"})
    assert response.status_code == 403
    assert "Y470001" in response.content.decode()


def test_a_form_address_typed_by_hand_says_what_to_do(visitor: Client) -> None:
    response = visitor.get("/envoi/", headers={"accept": "text/html,*/*;q=0.8"})
    assert (response.status_code, response.headers["Allow"]) == (405, "POST")
    assert "Y000405" in response.content.decode()


def test_a_machine_that_errs_on_the_method_gets_no_page(visitor: Client) -> None:
    response = visitor.get("/envoi/", headers={"accept": "application/json"})
    assert (response.status_code, response.content) == (405, b"")


def test_the_title_starts_with_the_error_of_a_form(visitor: Client) -> None:
    visitor.get("/seul/")
    token = next(cookie.value for name, cookie in visitor.cookies.items() if "csrf" in name)
    page = visitor.post("/seul/", {"email": "marie", "csrfmiddlewaretoken": token}).content.decode()
    assert "<title>Erreur : Se connecter à Démarches - ProConnect</title>" in page
    field = next(each for each in Read(page).all("input") if each.get("name") == "email")
    assert field["value"] == "marie"
    assert field["aria-invalid"] == "true"
    assert f'id="{field["aria-describedby"]}"' in page
    assert "autofocus" not in field


def test_the_environment_is_told_on_every_page_and_production_has_no_band(
    visitor: Client, settings: Settings
) -> None:
    assert "fr-notice" not in text(visitor, "/")
    settings.ENV = replace(settings.ENV, site_name_label="Environnement de test")
    assert "Environnement de test" in text(visitor, "/")
    assert "Environnement de test" in text(visitor, "/inconnue/")
