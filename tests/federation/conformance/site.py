"""Our provider as the Foundation's suite would reach it: a process of its own, https, secure cookies, one FI behind."""

import json
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from federation.claims import ALL_SCOPES
from tests.federation.conformance.authority import Certified
from tests.federation.conformance.relying_party import RelyingParty
from tests.mirrors.demo import cast
from tests.mirrors.installation import run_to_its_end
from tests.mirrors.processes import Child, NotReady, free_port, stop
from tests.mirrors.provider.double import broker_as_client
from tests.mirrors.provider.server import ProviderServer

PATIENCE = 90  # seconds, for a busy machine
PERSON = "Camille Durand"
EMAIL = f"camille.durand@{cast.OWN_DOMAIN}"


@dataclass(frozen=True, slots=True)
class Registered:
    """A client the suite was given: what it proves itself with."""

    client_id: str
    secret: str
    method: str


BASIC = Registered("conformance-basic", "a-secret-of-the-first-client-0123456789", "client_secret_basic")
POST = Registered("conformance-post", "a-secret-of-the-second-client-0123456789", "client_secret_post")


@dataclass(frozen=True, slots=True)
class Site:
    """``http`` trusts the authority of this run."""

    url: str
    provider: str  # where the FI's pages are
    certified: Certified
    http: httpx.Client

    @property
    def issuer(self) -> str:
        return f"{self.url}/api/v2"

    @property
    def discovery_url(self) -> str:
        return f"{self.issuer}/.well-known/openid-configuration"


@contextmanager
def running_site(
    directory: Path, database_url: str, certified: Certified, party: RelyingParty
) -> Iterator[Site]:
    url = f"https://localhost:{free_port()}"
    with _identity_provider(url) as provider, httpx.Client(verify=certified.for_a_client()) as http:
        site = Site(url, provider.base_url, certified, http)
        registry = directory / "registry.json"
        registry.write_text(json.dumps(_registry(party, provider.base_url)))
        children = _children(site, directory, database_url)
        run_to_its_end(_preparation(site, directory, database_url, registry))
        try:
            for child in children:
                child.start()
            _wait(site, children)
            yield site
        finally:
            stop(children)


def _identity_provider(site_url: str) -> ProviderServer:
    return ProviderServer(
        [
            {
                "title": "Ministère des Exemples",
                "clients": [broker_as_client(origins=[site_url])],
                "personas": cast.MINISTRY_PERSONAS,
            }
        ]
    )


def _registry(party: RelyingParty, provider_url: str) -> dict[str, Any]:
    return {
        "version": 1,
        "clients": [_client(party, BASIC), _client(party, POST)],
        "providers": [
            {
                "uid": cast.MINISTRY,
                "name": "ministere",
                "title": "Ministère des Exemples",
                "issuer": provider_url,
                "discovery": True,
                "client_id": "proconnect",
                "client_secret": broker_as_client()["client_secret"],
                "token_endpoint_auth_method": "client_secret_post",
                "userinfo_signed_response_alg": "ES256",
                "email_domains": [cast.OWN_DOMAIN],
                "block_unlisted_domains": True,
                "is_routed": True,
                "is_active": True,
                "is_mfa_capable": True,
                "network": "internet",
            }
        ],
    }


def _client(party: RelyingParty, registered: Registered) -> dict[str, Any]:
    """What docs/partenaires/conformite.md asks to register."""
    return {
        "client_id": registered.client_id,
        "client_secret": registered.secret,
        "name": "Suite de conformité",
        "kind": "fs",
        "redirect_uris": [party.callback],
        "post_logout_redirect_uris": [party.signed_out],
        "backchannel_logout_uri": party.back_channel,
        "scopes": list(ALL_SCOPES),
        "accepts_private_sector": True,
        "token_endpoint_auth_method": registered.method,
        "id_token_signed_response_alg": "RS256",
        "claims_profile": "generic_oidc",
        "require_pkce": False,
        "environment": "integration",
    }


def _environment(site: Site, directory: Path, database_url: str) -> dict[str, str]:
    return {
        "DJANGO_SETTINGS_MODULE": "proconnect.settings.development",
        "DATABASE_URL": database_url,
        "REDIS_URL": "",
        "BROKER_URL": "",  # the outbox is drained by a child of ours, not by Celery
        "SITE_URL": site.url,
        "MAIL_URL": (directory / "mail").as_uri(),
    }


def _preparation(site: Site, directory: Path, database_url: str, registry: Path) -> Child:
    command = [sys.executable, "-m", "tests.federation.conformance.prepare", str(registry)]
    environment = _environment(site, directory, database_url) | {"DATABASE_STATEMENT_TIMEOUT": "30"}
    return Child("preparation", command, directory / "preparation.log", environment)


def _children(site: Site, directory: Path, database_url: str) -> list[Child]:
    environment = _environment(site, directory, database_url)
    web = [
        *(sys.executable, "-m", "gunicorn", "--config", "python:proconnect.gunicorn", "--no-control-socket"),
        *("--bind", site.url.removeprefix("https://"), "--workers", "2", "--threads", "8"),
        *("--certfile", str(site.certified.certificate), "--keyfile", str(site.certified.key)),
        *("--graceful-timeout", "5"),
    ]
    outbox = [sys.executable, "manage.py", "outbox", "drain", "--forever"]
    return [
        Child("site", web, directory / "site.log", environment),
        Child("outbox", outbox, directory / "outbox.log", environment),
    ]


def _wait(site: Site, children: list[Child]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not _answers(site):
        for child in children:
            if not child.is_alive:
                raise NotReady(f"{child.name} stopped while starting: {child.last_line()}")
        if time.monotonic() > deadline:
            raise NotReady(f"{site.url} did not answer within {PATIENCE} s (see {children[0].log})")
        time.sleep(0.1)


def _answers(site: Site) -> bool:
    try:
        return site.http.get(f"{site.url}/readyz").status_code == 200
    except httpx.HTTPError:
        return False


def database_name() -> str:
    return f"conformance_{os.environ.get('PYTEST_DB_SUFFIX', os.getpid())}"
