"""The frame of mails, filled as an app fills it."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.template import engines
from playwright.sync_api import Browser

HTML = """
{% extends "mail/base.html" %}
{% block title %}Votre code{% endblock title %}
{% block heading %}Votre code{% endblock heading %}
{% block content %}
  <p>Bonjour {{ name }},</p>
  {% include "mail/code.html" with code="12345 67890" only %}
  {% include "mail/button.html" with href="https://exemple.gouv.fr/a?b=1&c=2" label="Continuer" only %}
{% endblock content %}
{% block reason %}<p>Vous n’avez rien demandé ? Ignorez ce message.</p>{% endblock reason %}
"""
TEXT = """
{% extends "mail/base.txt" %}
{% block content %}Bonjour {{ name }}, voici votre code : 12345 67890{% endblock content %}
{% block reason %}Vous n’avez rien demandé ? Ignorez ce message.{% endblock reason %}
"""


@pytest.fixture
def context() -> dict[str, str]:
    return {"name": "L’Hôpital d'<b>", "support_email": "support@exemple.gouv.fr"}


def test_a_mail_loads_nothing_and_escapes_what_it_is_given(context: dict[str, str]) -> None:
    mail = engines["django"].from_string(HTML.strip()).render(context)
    assert "&lt;b&gt;" in mail
    assert "12345 67890" in mail
    for word in ("<img", "url(", "<script", "@import", "<link"):
        assert word not in mail
    assert len(mail.encode()) <= 60_000


def test_the_text_part_says_the_same_and_escapes_nothing(context: dict[str, str]) -> None:
    mail = engines["django"].from_string(TEXT.strip()).render(context)
    assert "L’Hôpital d'<b>" in mail
    assert "12345 67890" in mail
    assert "support@exemple.gouv.fr" in mail


@pytest.mark.e2e
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_u02_axe_finds_nothing_in_a_mail(browser: Browser, context: dict[str, str], scheme: str) -> None:
    with browser.new_page(color_scheme="dark" if scheme == "dark" else "light") as page:
        page.set_content(engines["django"].from_string(HTML.strip()).render(context))
        found = Axe().run(page).response["violations"]
        assert not found, [(it["id"], [node["html"] for node in it["nodes"]]) for it in found]
