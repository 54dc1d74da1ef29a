"""All the processes of one ProConnect and of the sites around it: what the demo runs, and what e2e tests run."""

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.mirrors import foreign_sites
from tests.mirrors.demo import cast
from tests.mirrors.demo.kept import Kept
from tests.mirrors.foreign_sites import Places
from tests.mirrors.processes import Child, NotReady


@dataclass(frozen=True, slots=True)
class Installation:
    """``services`` says where PostgreSQL and Redis are, in the words of our settings."""

    ports: cast.Ports
    var: Path
    services: Mapping[str, str]

    @property
    def site_url(self) -> str:
        return f"http://localhost:{self.ports.site}"

    @property
    def issuer(self) -> str:
        return f"{self.site_url}/api/v2"

    @property
    def logs(self) -> Path:
        return self.var / "log"

    @property
    def environment(self) -> dict[str, str]:
        return {
            "DJANGO_SETTINGS_MODULE": "proconnect.settings.demo",
            "SITE_URL": self.site_url,
            "MAIL_URL": (self.var / "mail").as_uri(),
            "BROKER_URL": "",  # the outbox is drained by a child of ours, not by Celery
            **self.services,
        }

    def preparation(self) -> Child:
        """Migrates, seeds, collects static files, and ends."""
        command = [sys.executable, "-m", "tests.mirrors.demo.seed", str(self.var), *map(str, self.ports)]
        return self._child("preparation", command)

    def site(self, *, workers: int = 2) -> Child:
        command = [
            *(
                sys.executable,
                "-m",
                "gunicorn",
                "--config",
                "python:proconnect.gunicorn",
                "--no-control-socket",
            ),
            *("--bind", f"127.0.0.1:{self.ports.site}", "--workers", str(workers), "--threads", "8"),
            *("--graceful-timeout", "5"),
        ]
        return self._child("site", command, ready_at=f"{self.site_url}/readyz")

    def outbox(self) -> Child:
        return self._child("outbox", [sys.executable, "manage.py", "outbox", "drain", "--forever"])

    def mirrors(self) -> list[Child]:
        """The demo FI and the two demo FS; after the preparation, which draws their secrets."""
        secret = Kept(self.var / "mirrors" / "secrets.json").secret
        everybody, agents, _ = cast.services(self.ports)
        return [
            foreign_sites.provider(
                "provider", self.ports.provider, cast.issuers(self.ports, secret), self._places
            ),
            *(
                foreign_sites.service(
                    service.client_id, cast.configuration(service, self.issuer, secret), self._places
                )
                for service in (everybody, agents)
            ),
        ]

    def bare_client(self) -> Child:
        secret = Kept(self.var / "mirrors" / "secrets.json").secret
        _, _, bare = cast.services(self.ports)
        return foreign_sites.bare(bare.client_id, cast.configuration(bare, self.issuer, secret), self._places)

    @property
    def _places(self) -> Places:
        return Places(state=self.var / "mirrors", log=self.logs)

    def _child(self, name: str, command: list[str], *, ready_at: str | None = None) -> Child:
        return Child(name, command, self.logs / f"{name}.log", self.environment, ready_at)


def run_to_its_end(child: Child) -> None:
    """Raises NotReady when it fails."""
    child.start()
    assert child.process is not None
    if child.process.wait():
        raise NotReady(f"{child.name} failed: {child.last_line()} (see {child.log})")
