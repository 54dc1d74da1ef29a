"""Which addresses a partner may register (S-160)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from federation.registry.uris import LONGEST, UriProblem, problem_with

PRODUCTION = {"loopback_allowed": False}
INTEGRATION = {"loopback_allowed": True}


@pytest.mark.parametrize(
    "uri",
    [
        "https://service.gouv.fr/oidc/callback",
        "https://service.gouv.fr",
        "https://service.gouv.fr:8443/retour?x=1&y=%20",
        "https://SERVICE.gouv.fr/Retour",
        "https://xn--prfet-esa.gouv.fr/",
        "https://un_vieux_nom.interieur.gouv.fr/",
    ],
)
def test_s160_an_https_address_with_a_full_name_is_accepted_everywhere(uri: str) -> None:
    assert problem_with(uri, **PRODUCTION) is None
    assert problem_with(uri, **INTEGRATION) is None


@pytest.mark.parametrize(
    ("uri", "problem"),
    [
        ("", UriProblem.EMPTY),
        ("https://a.fr/" + "x" * LONGEST, UriProblem.TOO_LONG),
        ("https://*.gouv.fr/", UriProblem.WILDCARD),
        ("https://a.fr/*", UriProblem.WILDCARD),
        ("https://a.fr/ b", UriProblem.WRONG_CHARACTER),
        ("https://a.fr/\n", UriProblem.WRONG_CHARACTER),
        ("https://a.fr\\@evil.fr/", UriProblem.WRONG_CHARACTER),
        ("https://préfet.fr/", UriProblem.WRONG_CHARACTER),
        ("https://a.fr/\x00", UriProblem.WRONG_CHARACTER),
        ("/retour", UriProblem.NOT_ABSOLUTE),
        ("//a.fr/retour", UriProblem.NOT_ABSOLUTE),
        ("https:/a.fr", UriProblem.NOT_ABSOLUTE),
        ("https:///a.fr", UriProblem.NOT_ABSOLUTE),
        ("javascript:alert(1)", UriProblem.NOT_ABSOLUTE),
        ("https://a.fr/#x", UriProblem.FRAGMENT),
        ("https://a.fr/#", UriProblem.FRAGMENT),
        ("https://a.fr@evil.fr/", UriProblem.USERINFO),
        ("https://a:b@evil.fr/", UriProblem.USERINFO),
        ("https://a.fr:99999/", UriProblem.WRONG_PORT),
        ("https://a.fr:0/", UriProblem.WRONG_PORT),
        ("https://a.fr:/", UriProblem.WRONG_PORT),
        ("https://a.fr:x/", UriProblem.WRONG_PORT),
        ("https://intranet/", UriProblem.WRONG_HOST),
        ("https://a..fr/", UriProblem.WRONG_HOST),
        ("https://a.fr./", UriProblem.WRONG_HOST),
        ("https://-a.fr/", UriProblem.WRONG_HOST),
        ("https://a%2efr/", UriProblem.WRONG_HOST),
        ("https://[oops/", UriProblem.WRONG_HOST),
        ("http://service.gouv.fr/", UriProblem.NOT_HTTPS),
        ("ftp://service.gouv.fr/", UriProblem.NOT_HTTPS),
        ("fr.gouv.app://retour.gouv.fr/", UriProblem.NOT_HTTPS),
        ("https://10.0.0.1/", UriProblem.IP_ADDRESS),
        ("https://[2001:db8::1]/", UriProblem.IP_ADDRESS),
        ("https://2130706433/", UriProblem.IP_ADDRESS),
        ("https://0x7f.1/", UriProblem.IP_ADDRESS),
        ("https://localhost/", UriProblem.LOOPBACK),
        ("https://LOCALHOST/", UriProblem.LOOPBACK),
        ("https://localhost./", UriProblem.LOOPBACK),
        ("https://app.localhost/", UriProblem.LOOPBACK),
        ("http://localhost:8000/retour", UriProblem.LOOPBACK),
        ("http://127.0.0.1/", UriProblem.LOOPBACK),
        ("https://127.8.8.8/", UriProblem.LOOPBACK),
        ("https://[::1]/", UriProblem.LOOPBACK),
    ],
)
def test_s160_production_refuses(uri: str, problem: UriProblem) -> None:
    assert problem_with(uri, **PRODUCTION) is problem


@pytest.mark.parametrize(
    "uri", ["http://localhost:8001/oidc/callback/", "http://127.0.0.1:8001/", "https://localhost/"]
)
def test_s160_integration_accepts_loopback_addresses(uri: str) -> None:
    assert problem_with(uri, **INTEGRATION) is None


@pytest.mark.parametrize(
    "uri", ["http://service.gouv.fr/", "http://[::1]/", "http://127.0.0.2/", "http://a.localhost/"]
)
def test_s160_integration_accepts_clear_http_on_the_two_loopback_names_alone(uri: str) -> None:
    assert problem_with(uri, **INTEGRATION) is UriProblem.NOT_HTTPS


@given(st.text(max_size=60).map("https://".__add__) | st.text(max_size=60))
def test_whatever_is_accepted_is_plain_ascii_without_wildcard_nor_space(uri: str) -> None:
    if problem_with(uri, **PRODUCTION) is None:
        assert (
            uri.isascii() and uri.isprintable() and not set(" *#\\") & set(uri) and uri.startswith("https://")
        )
