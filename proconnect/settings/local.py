"""Keys and places of a developer's own machine: made once, kept in var/, never meant for production."""

import base64
import os
import secrets
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
VAR = ROOT / "var"


def defaults() -> dict[str, str]:
    """What development and the demo use for variables nobody set."""
    return {
        **_kept_secrets(),
        "SITE_URL": "http://localhost:8000",
        "ALLOWED_HOSTS": "localhost,127.0.0.1",
        "MAIL_URL": (VAR / "mail").as_uri(),
        "SITE_NAME_LABEL": "Environnement de démonstration",
        "ALLOW_PRIVATE_ADDRESSES": "yes",
        "MODERATION_BYPASSED": "yes",
    }


def _kept_secrets() -> dict[str, str]:
    path = VAR / "local.env"
    VAR.mkdir(exist_ok=True)
    if not path.exists():
        _write_once(path)
    return dict(line.split("=", 1) for line in path.read_text().splitlines() if line)


def _write_once(path: Path) -> None:
    """Two processes starting together keep the same keys: the first one to link the file wins."""
    draft = path.with_suffix(f".{os.getpid()}")
    draft.touch(mode=0o600)
    draft.write_text(
        f"SECRET_KEY={secrets.token_urlsafe(50)}\n"
        f"ENCRYPTION_KEYS=local1:{_key()}\n"
        f"CLIENT_SECRET_PEPPERS=local1:{_key()}\n"
    )
    try:
        path.hardlink_to(draft)
    except FileExistsError:
        pass
    finally:
        draft.unlink()


def _key() -> str:
    return base64.b64encode(secrets.token_bytes(32)).decode()
