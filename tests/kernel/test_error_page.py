"""Refused, wherever it is raised, ends on the one error page."""

from enum import Enum
from typing import Any

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory

from proconnect.kernel.error_page import Contact, ErrorPage, Refused, WayOut
from proconnect.kernel.middleware import RefusalMiddleware


class Sample(Enum):
    HERS = ErrorPage(
        code="Y999001", title="Titre", text="Bonjour {name}.", contact=Contact.NOBODY, status=401
    )
    THEIRS = ErrorPage(code="Y999002", title="Titre", text="Voyez {name}.", contact=Contact.PROVIDER)
    OURS = ErrorPage(code="Y999003", title="Titre", text="Voyez {name}.", contact=Contact.SUPPORT)


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


def test_what_is_not_a_refusal_goes_on() -> None:
    def view(request: HttpRequest) -> HttpResponse:
        raise RuntimeError("a bug")

    with pytest.raises(RuntimeError):
        RefusalMiddleware(view)(RequestFactory().get("/"))
