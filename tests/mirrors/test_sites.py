"""The demo FS and the bare client, each in its process, signed in to straight at the demo FI."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest

from tests.mirrors import foreign_sites
from tests.mirrors.browser import Browser, Page
from tests.mirrors.foreign_sites import FS_SCOPES, Places
from tests.mirrors.processes import free_port, stop, wait_until_ready
from tests.mirrors.provider.double import AGENT

pytestmark = pytest.mark.e2e

SECRET = "a-client-secret-of-at-least-32-characters"
SIGN_OUT_PATH = "/deconnexion/retour"


class Sites:
    def __init__(self, fi: int, service: int, bare: int) -> None:
        self.issuer = f"http://localhost:{fi}"
        self.service = f"http://localhost:{service}"
        self.bare = f"http://localhost:{bare}"

    def order(self, **order: Any) -> None:
        httpx.post(f"{self.issuer}/control", json=order).raise_for_status()


@pytest.fixture(scope="module")
def running_sites(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sites]:
    fi, service, bare = free_port(), free_port(), free_port()
    places = Places(tmp_path_factory.mktemp("sites"), tmp_path_factory.mktemp("log"))
    children = [
        foreign_sites.provider("fi", fi, [_issuer(service, bare)], places),
        foreign_sites.service(
            "service",
            _site(fi, service, "service") | {"title": "Service", "audience": "", "scopes": FS_SCOPES},
            places,
        ),
        foreign_sites.bare("bare", _site(fi, bare, "bare"), places),
    ]
    for child in children:
        child.start()
    try:
        wait_until_ready(children, patience=60)
        yield Sites(fi, service, bare)
    finally:
        stop(children)


def _site(fi: int, port: int, client_id: str) -> dict[str, Any]:
    return {
        "port": port,
        "issuer": f"http://localhost:{fi}",
        "client_id": client_id,
        "client_secret": SECRET,
        "secret_key": "k" * 50,
    }


def _issuer(service: int, bare: int) -> dict[str, Any]:
    return {
        "title": "Ministère des Exemples",
        "clients": [
            {
                "client_id": "service",
                "client_secret": SECRET,
                "redirect_uris": [f"http://localhost:{service}/callback"],
                "post_logout_redirect_uris": [f"http://localhost:{service}{SIGN_OUT_PATH}"],
                "userinfo_signed_response_alg": "ES256",
                "require_pkce": True,
            },
            {
                "client_id": "bare",
                "client_secret": SECRET,
                "redirect_uris": [f"http://localhost:{bare}/oidc/callback/"],
                "post_logout_redirect_uris": [f"http://localhost:{bare}/"],
                "id_token_signed_response_alg": "RS256",
            },
        ],
        "personas": [
            {
                "key": "camille",
                "label": "Camille Durand",
                "claims": {name: value for name, value in AGENT.items() if name not in ("acr", "amr")},
                "acr": "eidas1",
                "amr": ["pwd"],
            }
        ],
    }


@pytest.fixture
def sites(running_sites: Sites) -> Iterator[Sites]:
    yield running_sites
    running_sites.order(faults=None)


@pytest.fixture
def visitor() -> Iterator[Browser]:
    with Browser() as visitor:
        yield visitor


def sign_in(visitor: Browser, service: str, query: str = "") -> Page:
    login = visitor.open(f"{service}/connexion{query}")
    return visitor.submit(login, button="Camille Durand")


def error_of(page: Page) -> str:
    return page.text.split('id="error">')[1].split("<")[0]


def test_a_person_signs_in_and_sees_what_the_service_received(sites: Sites, visitor: Browser) -> None:
    page = sign_in(visitor, sites.service)
    assert page.url == f"{sites.service}/moi"
    assert AGENT["email"] in page.text
    assert "&quot;nonce&quot;" in page.text


def test_any_parameter_may_be_added_to_the_request(sites: Sites, visitor: Browser) -> None:
    asked = {
        "acr_values": "eidas2",
        "others": "resource=x\nstate=forged",
        "login_hint": "a@b.fr",
        "prompt": "",
    }
    page = visitor.open(f"{sites.service}/connexion?{urlencode(asked)}")
    assert page.parameters["acr_values"] == "eidas2"
    assert page.parameters["resource"] == "x"
    assert page.parameters["state"] != "forged"
    assert "prompt" not in page.parameters
    assert page.parameters["code_challenge_method"] == "S256"


def test_signing_out_goes_through_the_provider_and_back_with_the_state(
    sites: Sites, visitor: Browser
) -> None:
    page = visitor.submit(sign_in(visitor, sites.service), button="Se déconnecter")
    assert page.url.startswith(f"{sites.service}{SIGN_OUT_PATH}?state=")
    assert "Vous êtes déconnecté" in page.text
    assert any(url.startswith(f"{sites.issuer}/session/end") for url in page.trail)
    assert visitor.open(f"{sites.service}/moi").url == f"{sites.service}/"


def test_a_forged_return_from_logout_is_told(sites: Sites, visitor: Browser) -> None:
    assert error_of(visitor.open(f"{sites.service}{SIGN_OUT_PATH}?state=forged")) == "state_unknown"


def test_an_error_of_the_provider_is_shown_with_its_description(sites: Sites, visitor: Browser) -> None:
    page = visitor.submit(visitor.open(f"{sites.service}/connexion"), button="Envoyer l’erreur")
    assert error_of(page) == "access_denied"
    assert "User authentication aborted" in page.text


def test_a_foreign_error_does_not_sign_anybody_out(sites: Sites, visitor: Browser) -> None:
    sign_in(visitor, sites.service)
    assert error_of(visitor.open(f"{sites.service}/callback?error=x")) == "state_unknown"
    assert visitor.open(f"{sites.service}/moi").url == f"{sites.service}/moi"


@pytest.mark.parametrize(
    ("faults", "error"),
    [
        ({"callback": {"state": "forged"}}, "state_unknown"),
        ({"callback": {"iss": "https://evil.example"}}, "issuer_unknown"),
        ({"id_token": {"nonce": "forged"}}, "answer_refused"),
        ({"id_token": {"iss": "https://evil.example"}}, "answer_refused"),
        ({"id_token": {"aud": "another"}}, "answer_refused"),
        ({"id_token": {"exp": None}}, "answer_refused"),
        ({"id_token": {"exp": 1}}, "answer_refused"),
        ({"id_token_signature": "none"}, "answer_refused"),
        ({"id_token_signature": "tampered"}, "answer_refused"),
        ({"id_token_signature": "hs256_with_public_key"}, "answer_refused"),
        ({"userinfo_signature": "other_key"}, "identity_refused"),
        ({"userinfo": {"sub": "another"}}, "identity_refused"),
        ({"userinfo": {"aud": "another"}}, "identity_refused"),
        ({"trouble": {"token": {"kind": "status", "value": 400}}}, "exchange_failed"),
    ],
    ids=str,
)
def test_the_service_refuses_what_a_provider_may_get_wrong(
    sites: Sites, visitor: Browser, faults: dict[str, Any], error: str
) -> None:
    sites.order(faults=faults, logins=1)
    assert error_of(sign_in(visitor, sites.service)) == error
    assert visitor.open(f"{sites.service}/moi").url == f"{sites.service}/"


def test_a_client_made_of_settings_alone_signs_in_and_out(sites: Sites, visitor: Browser) -> None:
    login = visitor.follow(visitor.open(f"{sites.bare}/"), "Se connecter")
    page = visitor.submit(login, button="Camille Durand")
    assert page.url == f"{sites.bare}/"
    assert AGENT["email"] in page.text
    page = visitor.submit(page, button="Se déconnecter")
    assert page.parameters["state"] == "signed-out"
    assert "Vous n’êtes pas connecté" in page.text


def test_sites_of_one_host_do_not_mix_their_cookies(sites: Sites, visitor: Browser) -> None:
    sign_in(visitor, sites.service)
    assert "Vous n’êtes pas connecté" in visitor.open(f"{sites.bare}/").text
    names = {cookie.name for cookie in visitor.client.cookies.jar}
    assert all(name.startswith(("fs-", "bare-", "fi-")) for name in names)


def test_the_provider_keeps_a_session_only_for_who_asked(sites: Sites, visitor: Browser) -> None:
    login = visitor.open(f"{sites.service}/connexion")
    visitor.submit(login, button="Camille Durand", remember="yes")
    assert visitor.open(f"{sites.service}/connexion").url == f"{sites.service}/moi"
    assert visitor.open(f"{sites.service}/connexion?prompt=login").url.startswith(f"{sites.issuer}/authorize")
