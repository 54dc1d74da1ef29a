"""How each mirror is started as a process: its configuration file, its command, the URL where it answers."""

import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.mirrors.processes import Child

FS_SCOPES = (
    "openid given_name usual_name email uid siret siren phone idp_id idp_acr organization_label roles custom"
)


@dataclass(frozen=True, slots=True)
class Places:
    """Where mirrors keep their state and their logs."""

    state: Path
    log: Path

    def write(self, name: str, configuration: Any) -> Path:
        self.state.mkdir(parents=True, exist_ok=True)
        path = self.state / f"{name}.json"
        path.touch(mode=0o600)
        path.write_text(json.dumps(configuration, indent=2, ensure_ascii=False))
        return path


def service(name: str, configuration: Mapping[str, Any], places: Places) -> Child:
    """A demo FS, told its port, title, audience, issuer, client_id, client_secret, scopes, secret_key."""
    return _django_site(name, "tests.mirrors.service.wsgi", configuration, places)


def bare(name: str, configuration: Mapping[str, Any], places: Places) -> Child:
    """The bare client, told its port, issuer, client_id, client_secret, secret_key."""
    return _django_site(name, "tests.mirrors.bare.wsgi", configuration, places)


def _django_site(name: str, application: str, configuration: Mapping[str, Any], places: Places) -> Child:
    path = places.write(name, {**configuration, "state_dir": str(places.state)})
    return Child(
        name=name,
        command=[
            *(sys.executable, "-m", "gunicorn", f"{application}:application", "--no-control-socket"),
            *("--bind", f"127.0.0.1:{configuration['port']}", "--worker-class", "gthread", "--threads", "8"),
            *("--graceful-timeout", "5", "--timeout", "120", "--log-level", "warning"),
        ],
        log=places.log / f"{name}.log",
        environment={"MIRROR_CONFIGURATION": str(path)},
        ready_at=f"http://localhost:{configuration['port']}/",
    )


def provider(name: str, port: int, issuers: Sequence[Mapping[str, Any]], places: Places) -> Child:
    path = places.write(name, issuers)
    return Child(
        name=name,
        command=[
            sys.executable, "-m", "tests.mirrors.provider",
            "--port", str(port), "--configuration", str(path),
        ],
        log=places.log / f"{name}.log",
        ready_at=f"http://localhost:{port}/",
    )  # fmt: skip
