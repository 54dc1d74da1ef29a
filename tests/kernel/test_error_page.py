"""Refused, wherever it is raised, ends on the one error page."""

from dataclasses import replace
from enum import Enum
from typing import Any

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory
from pytest_django import Settings
from structlog.testing import capture_logs

from proconnect.kernel.error_page import Contact, ErrorPage, Refused, WayOut
from proconnect.kernel.middleware import RefusalMiddleware


def row(code: str, text: str, contact: Contact, status: int = 400) -> ErrorPage:
    return ErrorPage(
        code=code,
        title="Titre",
        text=text,
        cause="La cause.",
        remedy="Le remède.",
        contact=contact,
        status=status,
    )


class Sample(Enum):
    HERS = row("Y999001", "Bonjour {name}.", Contact.NOBODY, 401)
    THEIRS = row("Y999002", "Voyez {name}.", Contact.PROVIDER)
    OURS = row("Y999003", "Voyez {name}.", Contact.SUPPORT)


def page(error: Sample, *, way_out: WayOut | None = None, **facts: Any) -> HttpResponse:
    def view(request: HttpRequest) -> HttpResponse:
        raise Refused(error, **facts)

    request = RequestFactory().get("/")
    request.trace_id = "trace-1"  # type: ignore[attr-defined]
    if way_out:
        request.way_out = lambda page: way_out  # type: ignore[attr-defined]
    return RefusalMiddleware(view)(request)


def test_the_page_says_code_cause_and_trace() -> None:
    response = page(Sample.HERS, name="Camille")
    content = response.content.decode()
    assert response.status_code == 401
    assert "Bonjour Camille." in content
    assert "Y999001" in content
    assert "trace-1" in content
    assert "subject=ProConnect%2C%20erreur" not in content


def test_facts_are_shown_escaped() -> None:
    content = page(Sample.HERS, name="<script>alert(1)</script>{{ 7 }}").content.decode()
    assert "<script>alert(1)" not in content
    assert "{{ 7 }}" in content


def test_a_fact_is_never_a_format_of_its_own() -> None:
    assert "{code}" in page(Sample.HERS, name="{code}").content.decode()


def test_the_mail_goes_to_whoever_can_mend_it() -> None:
    way_out = WayOut(
        url="https://fs.exemple.fr/", place="Démarches", contact_email="aide@ministere.exemple.fr"
    )
    theirs = page(Sample.THEIRS, way_out=way_out, name="x").content.decode()
    ours = page(Sample.OURS, way_out=way_out, name="x").content.decode()
    assert "mailto:aide@ministere.exemple.fr" in theirs
    assert "Y999002" in theirs
    assert "aide@ministere.exemple.fr" not in ours
    assert "https://fs.exemple.fr/" in theirs
    assert "Revenir à Démarches" in theirs
    assert "subject=ProConnect%2C%20erreur%20Y999002" in theirs


def test_the_address_of_the_mail_cannot_smuggle_a_header() -> None:
    way_out = WayOut(url="", place="", contact_email="x@y.fr?bcc=evil@evil.com&subject=z")
    assert "?bcc=" not in page(Sample.THEIRS, way_out=way_out, name="x").content.decode()


def test_what_is_for_developers_is_published_and_not_shown() -> None:
    content = page(Sample.OURS, name="x").content.decode()
    assert "La cause." not in content
    assert "Le remède." not in content


def test_the_page_leads_to_the_code_s_own_documentation_where_it_is_published(settings: Settings) -> None:
    assert "Comprendre cette erreur" not in page(Sample.OURS, name="x").content.decode()
    settings.ENV = replace(settings.ENV, documentation_url="https://partenaires.exemple.gouv.fr/docs")
    content = page(Sample.OURS, name="x").content.decode()
    assert 'href="https://partenaires.exemple.gouv.fr/docs/erreurs/Y999003"' in content


def test_the_trace_says_the_code_the_reason_the_service_and_the_passage_but_not_who() -> None:
    def view(request: HttpRequest) -> HttpResponse:
        request.journey_id, request.client_id = "journey-1", "fs-1"  # type: ignore[attr-defined]
        raise Refused(Sample.OURS, name="camille@exemples.gouv.fr", claim="given_name")

    with capture_logs() as lines:
        RefusalMiddleware(view)(RequestFactory().get("/"))
    (line,) = lines
    assert line["event"] == "REFUSED"
    assert (line["code"], line["error"], line["reason"]) == ("Y999003", "OURS", "given_name")
    assert (line["journey_id"], line["client_id"]) == ("journey-1", "fs-1")
    assert "camille" not in str(line)


def test_a_stranger_s_words_are_cut_short_in_the_trace() -> None:
    with capture_logs() as lines:
        page(Sample.OURS, name="x", problem="a" * 5000)
    assert lines[0]["reason"] == "a" * 200


def test_what_is_not_a_refusal_goes_on() -> None:
    def view(request: HttpRequest) -> HttpResponse:
        raise RuntimeError("a bug")

    with pytest.raises(RuntimeError):
        RefusalMiddleware(view)(RequestFactory().get("/"))
