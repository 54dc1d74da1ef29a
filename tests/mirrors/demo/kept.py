"""Secrets of the demo: drawn once, kept in var/, the same at every run."""

import base64
import json
import secrets
from collections.abc import Callable
from pathlib import Path

WORDS = (
    *(
        "abricot",
        "ardoise",
        "balise",
        "bouleau",
        "brindille",
        "cerise",
        "cigale",
        "colline",
        "comptoir",
        "dentelle",
    ),
    *(
        "domino",
        "falaise",
        "fanfare",
        "ficelle",
        "galet",
        "girafe",
        "grenier",
        "hibou",
        "ivoire",
        "jasmin",
        "kiosque",
    ),
    *(
        "lanterne",
        "lavande",
        "marelle",
        "moulin",
        "navire",
        "noisette",
        "olive",
        "orage",
        "pinceau",
        "prairie",
    ),
    *("radeau", "renard", "roseau", "sapin", "tambour", "tournesol", "tulipe", "vanille", "verger", "violon"),
)


class Kept:
    def __init__(self, path: Path) -> None:
        self._path = path
        self._values: dict[str, str] = json.loads(path.read_text()) if path.exists() else {}

    def secret(self, name: str) -> str:
        """A secret between machines."""
        return self._keep(name, lambda: secrets.token_urlsafe(36))

    def password(self, name: str) -> str:
        """A password a person can read, remember and type."""
        return self._keep(name, _passphrase)

    def totp_secret(self, name: str) -> str:
        """Base32, as authenticator applications take it."""
        return self._keep(name, lambda: base64.b32encode(secrets.token_bytes(20)).decode())

    def _keep(self, name: str, draw: Callable[[], str]) -> str:
        if name not in self._values:
            self._values[name] = draw()
            self._write()
        return self._values[name]

    def _write(self) -> None:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        draft = self._path.with_suffix(".draft")
        draft.touch(mode=0o600)
        draft.write_text(json.dumps(self._values, indent=2))
        draft.replace(self._path)


def _passphrase() -> str:
    words = [secrets.choice(WORDS) for _ in range(4)]
    return "-".join([*words, str(secrets.randbelow(90) + 10)])
