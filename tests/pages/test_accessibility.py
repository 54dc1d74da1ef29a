"""U-02: axe finds nothing, whatever the width, the colours and the state."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import FloatRect, Page, expect

from tests.pages.conftest import OpenPage

pytestmark = [pytest.mark.urls("tests.pages.gallery"), pytest.mark.e2e]

PATHS = [
    "/",
    "/accessibilite/",
    "/mentions-legales/",
    "/donnees-personnelles/",
    "/plan-du-site/",
    "/inconnue/",
    "/refus/FORM_EXPIRED/",
    "/panne/",
    "/galerie/",
    "/seul/",
]
NO_BOX = FloatRect(x=0, y=0, width=0, height=0)
LOOKS = [(320, "light"), (320, "dark"), (1280, "light"), (1280, "dark")]


def assert_axe_finds_nothing(page: Page) -> None:
    for width, scheme in LOOKS:
        page.set_viewport_size({"width": width, "height": 800})
        page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
        found = Axe().run(page).response["violations"]
        assert not found, (
            width,
            scheme,
            [(it["id"], [node["html"] for node in it["nodes"]]) for it in found],
        )


@pytest.mark.parametrize("path", PATHS)
def test_s158_u02_axe_finds_nothing_nor_the_policy_nor_a_phone(open_page: OpenPage, path: str) -> None:
    complaints: list[str] = []
    page = open_page(path, console=complaints)
    assert_axe_finds_nothing(page)
    page.set_viewport_size({"width": 320, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    assert not [each for each in complaints if "Content Security Policy" in each]


@pytest.mark.parametrize("path", ["/galerie/", "/seul/"])
def test_u02_axe_finds_nothing_once_the_form_has_errors(open_page: OpenPage, path: str) -> None:
    page = open_page(path)
    page.get_by_role("button", name="Continuer").click()
    assert page.title().startswith("Erreur :")
    assert_axe_finds_nothing(page)


def test_the_error_summary_has_the_focus_and_leads_to_each_field(open_page: OpenPage) -> None:
    page = open_page("/galerie/", javascript=False)
    page.get_by_role("button", name="Continuer").click()
    summary = page.get_by_role("alert").filter(has_text="Votre saisie est à corriger")
    expect(summary).to_be_focused()
    for link in summary.get_by_role("link").all():
        target = page.locator(link.get_attribute("href") or "")
        assert target.count() == 1, link.text_content()
        assert target.get_attribute("name")


def test_what_was_typed_is_kept_but_the_password(open_page: OpenPage) -> None:
    page = open_page("/galerie/")
    page.get_by_label("Téléphone (facultatif)").fill("01 02 03 04 05")
    page.get_by_role("textbox", name="Mot de passe").fill("correct horse battery")
    page.get_by_role("button", name="Continuer").click()
    assert page.get_by_label("Téléphone (facultatif)").input_value() == "01 02 03 04 05"
    assert page.get_by_role("textbox", name="Mot de passe").input_value() == ""


def test_a_lone_field_has_the_focus_until_there_are_errors_to_read(open_page: OpenPage) -> None:
    page = open_page("/seul/")
    field = page.get_by_label("Email professionnel")
    assert field.evaluate("it => it === document.activeElement")
    page.get_by_role("button", name="Continuer").click()
    assert not field.evaluate("it => it === document.activeElement")


def test_the_password_can_be_shown_and_is_hidden_again_when_sent(open_page: OpenPage) -> None:
    page = open_page("/galerie/")
    field = page.get_by_role("textbox", name="Mot de passe")
    shown = page.get_by_role("checkbox", name="Afficher le mot de passe")
    page.get_by_text("Afficher", exact=True).click()
    assert (field.get_attribute("type"), shown.is_checked()) == ("text", True)
    page.get_by_text("Afficher", exact=True).click()
    assert field.get_attribute("type") == "password"


def test_what_needs_javascript_is_hidden_without_it(open_page: OpenPage) -> None:
    page = open_page("/galerie/", javascript=False)
    assert not page.get_by_text("Afficher", exact=True).is_visible()
    assert not page.get_by_role("button", name="Copier").is_visible()


def test_a_click_selects_the_whole_text_to_hand_over(open_page: OpenPage) -> None:
    page = open_page("/galerie/", javascript=True)
    page.get_by_text("Code : Y000404").click()
    assert page.evaluate("getSelection().toString()") == "Code : Y000404"


def test_the_copy_button_says_what_it_did(open_page: OpenPage) -> None:
    page = open_page("/galerie/")
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.get_by_role("button", name="Copier").click()
    page.locator("#copy-told").get_by_text("Copié").wait_for()
    assert page.evaluate("navigator.clipboard.readText()") == "Code : Y000404"


def test_the_page_follows_the_colours_of_the_system_without_javascript(open_page: OpenPage) -> None:
    def background(scheme: str) -> str:
        page = open_page("/seul/", scheme=scheme, javascript=False)
        return str(page.locator("body").evaluate("it => getComputedStyle(it).backgroundColor"))

    assert (background("light"), background("dark")) == ("rgb(255, 255, 255)", "rgb(22, 22, 22)")


def test_targets_are_large_enough_for_a_finger(open_page: OpenPage) -> None:
    """WCAG 2.5.8: 24 px; a box to tick counts with its label, and links inside a sentence are exempt."""
    page = open_page("/galerie/", width=320)
    for target in page.locator(
        "button:visible, .fr-input:visible, .fr-select:visible, .fr-btn:visible"
    ).all():
        box = target.bounding_box() or NO_BOX
        assert min(box["height"], box["width"]) >= 24, target.text_content()
    for label in page.locator(
        "input[type=checkbox] + label:visible, input[type=radio] + label:visible"
    ).all():
        box = label.bounding_box() or NO_BOX
        assert box["height"] >= 24, label.text_content()
