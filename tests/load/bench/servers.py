"""The servers that are measured, started as a deployment starts them and stopped whatever happens."""

import base64
import json
import os
import secrets
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.load.bench import cast, machine
from tests.load.bench.journeys import Paths, Server
from tests.mirrors import foreign_sites
from tests.mirrors.foreign_sites import Places
from tests.mirrors.installation import run_to_its_end
from tests.mirrors.processes import Child, free_port, stop, wait_until_ready

WORKERS = 2
REFERENCE = Path(__file__).with_name("reference")
PACKAGES = ("oidc-provider@9", "ioredis@5")


class Running:
    """A server that answers, and the process at the head of its tree."""

    def __init__(self, server: Server, pid: int) -> None:
        self.server = server
        self.pid = pid


@contextmanager
def ours(
    var: Path, database_url: str, redis_url: str, *, name: str = "ours", providers: int = 1
) -> Iterator[Running]:
    """On a database that is already seeded or empty."""
    server_cores, other_cores = machine.cores()
    port, provider_port = free_port(), _provider_port(var)
    site = _site(var, port, _environment(var, database_url, redis_url), name)
    provider = foreign_sites.provider(
        "provider", provider_port, cast.issuers(providers), Places(var, var / "log")
    )
    with machine.started_on(other_cores):
        run_to_its_end(_seeding(var, cast.our_registry(provider_port, providers), site.environment))
        provider.start()
    try:
        wait_until_ready([provider], patience=30)
        with machine.started_on(server_cores):
            site.start()
        wait_until_ready([site], patience=30)
        yield Running(Server(name, port, cast.SITE, OUR_PATHS, provider_port), site.pid)
    finally:
        stop([site, provider])


OUR_PATHS = Paths(
    authorization="/api/v2/authorize",
    token="/api/v2/token",
    userinfo="/api/v2/userinfo",
    jwks="/api/v2/jwks",
    discovery="/api/v2/.well-known/openid-configuration",
)


def _site(var: Path, port: int, environment: Mapping[str, str], name: str) -> Child:
    command = [
        *(sys.executable, "-m", "proconnect.server"),
        *("--bind", f"127.0.0.1:{port}", "--workers", str(WORKERS), "--threads", "4"),
    ]
    ready_at = f"http://localhost:{port}/readyz"
    return Child(name, command, var / "log" / f"{name}.log", environment, ready_at)


def _seeding(var: Path, held: Mapping[str, Any], environment: Mapping[str, str]) -> Child:
    registry = var / "registry.json"
    registry.write_text(json.dumps(held))
    command = [sys.executable, "-m", "tests.load.bench.seed", str(registry)]
    return Child("seed", command, var / "log" / "seed.log", environment)


def _provider_port(var: Path) -> int:
    """The same for every server of this run: the FI is a row of the database they share."""
    kept = var / "provider.port"
    if not kept.exists():
        kept.write_text(str(free_port()))
    return int(kept.read_text())


def _environment(var: Path, database_url: str, redis_url: str) -> dict[str, str]:
    return {
        "DJANGO_SETTINGS_MODULE": "tests.load.bench.settings",
        "DATABASE_URL": database_url,
        "REDIS_URL": redis_url,
        "BROKER_URL": "",
        "SITE_URL": cast.SITE,
        "ALLOWED_HOSTS": f"{cast.SITE.removeprefix('https://')},localhost",
        "TRUSTED_PROXY_COUNT": "1",
        "CLIENT_CALLS_PER_SECOND": "10000",  # counted, never refused: one FS plays them all
        "MAIL_URL": "smtp://localhost",
        **_secrets(var),
    }


def _secrets(var: Path) -> dict[str, str]:
    """Drawn once for a run."""
    kept = var / "secrets.json"
    if not kept.exists():
        kept.touch(mode=0o600)
        drawn = {"SECRET_KEY": secrets.token_urlsafe(50)}
        for name in ("ENCRYPTION_KEYS", "CLIENT_SECRET_PEPPERS"):
            drawn[name] = f"bench1:{base64.b64encode(secrets.token_bytes(32)).decode()}"
        kept.write_text(json.dumps(drawn))
    found: dict[str, str] = json.loads(kept.read_text())
    return found


# The reference: npm's oidc-provider, certified, on the same Redis


@contextmanager
def reference(kept: Path, log: Path, redis_url: str) -> Iterator[Running]:
    """``kept``: where its packages stay from one run to the next. Raises NoReference when the machine cannot run it."""
    place = _installed(kept / "reference")
    port = free_port()
    configuration = place / "configuration.json"
    configuration.write_text(json.dumps(cast.reference_configuration()))
    environment = {
        "PORT": str(port),
        "WORKERS": str(WORKERS),
        "REDIS_SOCKET": redis_url.removeprefix("unix://").partition("?")[0],
        "CONFIGURATION": str(configuration),
        "NODE_ENV": "production",
    }
    ready_at = f"http://localhost:{port}/jwks"
    child = Child(
        "reference", ["node", str(place / "server.mjs")], log / "reference.log", environment, ready_at
    )
    server_cores, _ = machine.cores()
    try:
        with machine.started_on(server_cores):
            child.start()
        wait_until_ready([child], patience=30)
        yield Running(Server("reference", port, "https://reference.example", REFERENCE_PATHS), child.pid)
    finally:
        stop([child])


REFERENCE_PATHS = Paths(
    authorization="/auth",
    token="/token",
    userinfo="/me",
    jwks="/jwks",
    discovery="/.well-known/openid-configuration",
)


class NoReference(RuntimeError):
    pass


def _installed(place: Path) -> Path:
    """Its packages, from wherever this machine's npm takes them; nothing of it enters the project."""
    if not (shutil.which("node") and shutil.which("npm")):
        raise NoReference("node and npm are not on this machine")
    place.mkdir(parents=True, exist_ok=True)
    (place / "package.json").write_text('{"private": true, "type": "module"}')
    for source in REFERENCE.glob("*.mjs"):
        shutil.copy(source, place)
    if not (place / "node_modules" / "oidc-provider").exists():
        options = ("--no-package-lock", "--no-audit", "--no-fund", "--loglevel=error")
        done = subprocess.run(
            ["npm", "install", *options, *PACKAGES],
            cwd=place,
            env=os.environ,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise NoReference(f"npm install: {done.stderr.strip().splitlines()[-1:]}")
    return place


def version_of_reference(kept: Path) -> str:
    described = json.loads(
        (kept / "reference" / "node_modules" / "oidc-provider" / "package.json").read_text()
    )
    return f"oidc-provider {described['version']}"
