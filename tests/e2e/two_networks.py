"""A deployment on the Internet, another on the ministries' network with a FI and the relay; a queue between them."""

import json
import os
import subprocess
import sys
import time
from base64 import b64encode
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx
import psycopg

from tests.mirrors import audited
from tests.mirrors.houses import House, house
from tests.mirrors.processes import Child, free_port, stop
from tests.mirrors.provider.double import AGENT, broker_as_client
from tests.mirrors.relay import RELAY_KEYS
from tests.mirrors.stack import own_database

SITE = "http://localhost:8000"  # served by Unix sockets: nothing listens there
DOMAIN = "exemples.gouv.fr"
REDIRECT_URI = "https://service.example/retour"
SECRET = "the-secret-of-the-service-of-two-networks-0123456789"
SEED = """
import sys, django
django.setup()
from django.core.management import call_command
call_command("migrate", interactive=False, verbosity=0)
call_command("keys", "init")
call_command("registry", "apply", sys.argv[1])
"""


@dataclass(slots=True)
class Visit:
    """A person's browser at one of the two sites, and the FS they come from."""

    site: httpx.Client
    sign_in_at_the_provider: Callable[[str], str]

    def depart(self, email: str = AGENT["email"]) -> httpx.Response:
        """The answer to the address they typed: to their FI, or a page."""
        asked = {
            "client_id": "service",
            "redirect_uri": REDIRECT_URI,
            "response_type": "code",
            "scope": "openid email given_name usual_name siret",
            "state": "a-state-of-the-service-0123456789",
            "nonce": "a-nonce-of-the-service-0123456789",
        }
        page = self.site.get(f"/api/v2/authorize?{urlencode(asked)}").headers["location"]
        assert page.startswith("/"), page
        token = self.site.get(page).text.split('name="csrfmiddlewaretoken" value="')[1].split('"')[0]
        return self.site.post(page, data={"email": email, "csrfmiddlewaretoken": token})

    def leave(self) -> str:
        """They authenticated: the address their FI sends them back to."""
        return self.sign_in_at_the_provider(self.depart().headers["location"])

    def come_back(self, callback: str) -> httpx.Response:
        parts = urlsplit(callback)
        return self.site.get(f"{parts.path}?{parts.query}")

    def identity(self) -> dict[str, Any]:
        """What the FS reads of who signed in, at the end of the whole trip."""
        answered = self.come_back(self.leave())
        assert answered.status_code == 303, answered.text[-1500:]
        told = parse_qs(urlsplit(answered.headers["location"]).query)
        form = {"grant_type": "authorization_code", "code": told["code"][0], "redirect_uri": REDIRECT_URI}
        tokens = (
            self.site.post("/api/v2/token", data=form, auth=("service", SECRET)).raise_for_status().json()
        )
        bearer = {"authorization": f"Bearer {tokens['access_token']}"}
        said: dict[str, Any] = self.site.get("/api/v2/userinfo", headers=bearer).raise_for_status().json()
        return said


@dataclass(slots=True)
class Side:
    """One network: how a command enters it, what runs there."""

    var: Path
    enter: Sequence[str] = ()
    children: list[Child] = field(default_factory=list)

    def start(self, name: str, module: str, *arguments: str, environment: Mapping[str, str]) -> Child:
        """With its calls written down."""
        command = [
            *(*self.enter, sys.executable, "-m", "tests.mirrors.audited"),
            *(str(self.calls(name)), module, *arguments),
        ]
        child = Child(name, command, self.var / f"{name}.log", environment)
        child.start()
        self.children.append(child)
        return child

    def calls(self, name: str) -> Path:
        return self.var / f"{name}.calls"

    def called_by(self, name: str) -> set[str]:
        return audited.called(self.calls(name))

    def run(self, *command: str) -> str:
        done = subprocess.run([*self.enter, *command], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr[-1000:]
        return done.stdout

    def start_site(self, database_url: str, **more: str) -> "httpx.Client":
        socket = self.var / f"{more['NETWORK']}.sock"
        arguments = ["--config", "python:proconnect.gunicorn", "--bind", f"unix:{socket}", "--threads", "4"]
        self.start(
            more["NETWORK"], "gunicorn", *arguments, "--no-control-socket",
            environment=settings_of(database_url, **more),
        )  # fmt: skip
        site = httpx.Client(
            transport=httpx.HTTPTransport(uds=str(socket)), base_url=SITE, timeout=20, follow_redirects=False
        )
        eventually(socket.exists)  # httpcore leaks the socket of an attempt that fails
        time.sleep(0.2)
        eventually(lambda: site.get("/readyz").status_code == 200)
        return site


def settings_of(database_url: str, **more: str) -> dict[str, str]:
    return {
        "DJANGO_SETTINGS_MODULE": "proconnect.settings.test",
        "DATABASE_URL": database_url,
        "REDIS_URL": "",
        "DEFAULT_PROVIDER": "",
        **more,
    }


@dataclass(slots=True)
class TwoNetworks:
    internet: Side
    ministries: Side
    provider: str
    queue_url: str
    databases: Mapping[str, str]

    def start(self) -> None:
        registration = [{"title": "Ministère des Exemples", "clients": [broker_as_client()]}]
        configuration = self.ministries.var / "provider.json"
        configuration.write_text(json.dumps(registration))
        self.ministries.start(
            "provider", "tests.mirrors.provider",
            "--port", str(urlsplit(self.provider).port), "--configuration", str(configuration),
            environment={},
        )  # fmt: skip
        eventually(lambda: self.at_the_provider("-o", os.devnull, f"{self.provider}/") is not None)

    def start_relay(self) -> Child:
        environment = {
            "RELAY_DESTINATIONS": self.provider,
            "ALLOW_PRIVATE_ADDRESSES": "yes",
            **self.shared,
        }
        return self.ministries.start("relay", "manage.py", "relay", environment=environment)

    @property
    def shared(self) -> dict[str, str]:
        key = b64encode(RELAY_KEYS["k1"]).decode()
        return {"RELAY_URL": self.queue_url, "RELAY_KEYS": f"k1:{key}"}

    @contextmanager
    def site_on_the_internet(self) -> Iterator[Visit]:
        url = self.databases["internet"]
        with closing(self.internet.start_site(url, NETWORK="internet", **self.shared)) as site:
            yield Visit(site, self.sign_in)

    @contextmanager
    def site_on_the_ministries_network(self) -> Iterator[Visit]:
        with closing(self.ministries.start_site(self.databases["rie"], NETWORK="rie")) as site:
            yield Visit(site, self.sign_in)

    def at_the_provider(self, *arguments: str) -> str:
        """By the browser of somebody who is on the ministries' network."""
        return self.ministries.run("curl", "--silent", "--show-error", "--fail", *arguments)

    def sign_in(self, location: str) -> str:
        form = [word for name, value in AGENT.items() for word in ("--data-urlencode", f"{name}={value}")]
        url = f"{self.provider}/sign-in?{urlsplit(location).query}"
        return self.at_the_provider(*form, "-o", os.devnull, "-w", "%{redirect_url}", url)


@contextmanager
def two_networks(var: Path, server_url: str, redis_url: str, *, apart: bool) -> Iterator[TwoNetworks]:
    """``apart``: each in a network namespace of its own; otherwise both on this machine's loopback."""
    suffix = os.environ.get("PYTEST_DB_SUFFIX", str(os.getpid()))
    houses = [house(name, var) for name in ("internet", "ministries")] if apart else []
    provider = f"http://localhost:{free_port()}"
    sides: list[Side] = []
    with (
        own_database(server_url, f"networks_{suffix}") as one,
        own_database(server_url, f"rie_{suffix}") as other,
    ):
        try:
            sides = [Side(var, _opened(each)) for each in houses] or [Side(var), Side(var)]
            _seed(one, other, var, provider)
            queue_url = f"{redis_url.partition('?')[0]}?db=9"
            both = TwoNetworks(sides[0], sides[1], provider, queue_url, {"internet": one, "rie": other})
            both.start()
            yield both
        finally:
            stop([child for side in sides for child in side.children])
            stop([each.keeper for each in houses])


def _opened(place: House) -> list[str]:
    place.keeper.start()
    eventually(place.is_ready.exists)
    return place.enter


def _seed(one: str, other: str, var: Path, provider: str) -> None:
    registry = var / "registry.json"
    registry.write_text(json.dumps(registry_of(provider)))
    subprocess.run(
        [sys.executable, "-c", SEED, str(registry)],
        env={**os.environ, **settings_of(one)},
        check=True,
        capture_output=True,
    )
    name, model = (urlsplit(url).path[1:] for url in (other, one))
    with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as server:
        server.execute(f'DROP DATABASE "{name}"')
        server.execute(f'CREATE DATABASE "{name}" TEMPLATE "{model}"')


def registry_of(provider: str) -> dict[str, Any]:
    return {
        "version": 1,
        "clients": [
            {
                "client_id": "service",
                "name": "Service de l’Internet",
                "kind": "fs",
                "client_secret": SECRET,
                "redirect_uris": [REDIRECT_URI],
                "scopes": ["openid", "email", "given_name", "usual_name", "siret"],
                "environment": "integration",
                "site_url": "https://service.example",
                "accepts_private_sector": False,
                "token_endpoint_auth_method": "client_secret_basic",
                "require_pkce": False,
            }
        ],
        "providers": [
            {
                "uid": "b6c0a1f4-3d0e-4f0b-9a52-8f4f6a7c1d77",
                "name": "ministere",
                "title": "Ministère des Exemples",
                "issuer": provider,
                "client_id": "proconnect",
                "client_secret": broker_as_client()["client_secret"],
                "token_endpoint_auth_method": "client_secret_post",
                "userinfo_signed_response_alg": "ES256",
                "email_domains": [DOMAIN],
                "network": "hybrid",
                "discovery": True,
                "block_unlisted_domains": True,
                "is_routed": True,
                "is_active": True,
            }
        ],
    }


def eventually(holds: Callable[[], object], *, within: float = 40) -> None:
    """Whatever it raises meanwhile counts as no."""
    deadline = time.monotonic() + within
    while True:
        try:
            if holds():
                return
        except (httpx.HTTPError, AssertionError):
            if time.monotonic() > deadline:
                raise
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.1)
