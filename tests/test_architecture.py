"""Properties of the whole: every error, every address, every template."""

import re
from collections import Counter
from collections.abc import Iterator
from enum import Enum
from importlib import import_module
from pathlib import Path
from string import Formatter

import pytest
from django.urls import URLPattern, URLResolver, get_resolver

from proconnect.kernel.error_page import ErrorPage

ROOT = Path(__file__).resolve().parents[1]
CATALOGUES = ("federation.errors", "identite.errors", "proconnect.platform.errors", "proconnect.pages.errors")

# Posted by services and machines, which hold no form of ours (OIDC Core 3.1.2.1, RFC 6749 3.2).
WITHOUT_CSRF = {
    "federation:authorize",
    "federation:backchannel-logout",
    "federation:end-session",
    "federation:introspection",
    "federation:revocation",
    "federation:token",
    "federation:userinfo",
}


def errors() -> list[Enum]:
    modules = [import_module(name) for name in CATALOGUES]
    enums = {
        value
        for module in modules
        for value in vars(module).values()
        if isinstance(value, type) and issubclass(value, Enum)
    }
    return [error for enum in enums for error in enum if isinstance(error.value, ErrorPage)]


def views() -> Iterator[tuple[str, URLPattern]]:
    def walk(resolver: URLResolver, namespace: str) -> Iterator[tuple[str, URLPattern]]:
        for entry in resolver.url_patterns:
            if isinstance(entry, URLResolver):
                inner = f"{namespace}{entry.namespace}:" if entry.namespace else namespace
                yield from walk(entry, inner)
            else:
                yield f"{namespace}{entry.name}", entry

    return walk(get_resolver(), "")


def test_an_error_code_names_one_refusal_for_ever():
    codes = Counter(error.value.code for error in errors())
    assert [code for code, times in codes.items() if times > 1] == []
    assert [code for code in codes if not re.fullmatch(r"Y[0-9]{6}", code)] == []


@pytest.mark.parametrize("error", errors(), ids=lambda error: error.value.code)
def test_a_refusal_speaks_french_in_short_sentences_without_jargon(error):
    text = f"{error.value.title}. {error.value.text}"
    placeholders = {name for _, name, _, _ in Formatter().parse(text) if name}
    assert all(name.isidentifier() for name in placeholders)
    assert "'" not in text, "typographic apostrophes only"
    assert not re.search(r"\b(OIDC|token|redirect_uri|FS|FI|session|null)\b", text)
    assert max(len(sentence.split()) for sentence in re.split(r"[.;!?]\s", text)) <= 24


def test_only_doors_for_services_and_machines_do_without_a_csrf_token():
    exempt = {name for name, pattern in views() if getattr(pattern.callback, "csrf_exempt", False)}
    assert exempt <= WITHOUT_CSRF


PAGES = sorted(path for path in (ROOT / "templates").rglob("*.html") if "mail" not in path.parts)


@pytest.mark.parametrize("template", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_template_holds_an_inline_script_or_style(template):
    text = template.read_text()
    assert not re.search(r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son[a-z]+=|javascript:", text)
