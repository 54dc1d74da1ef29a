"""What a mirror is told when its process starts: one JSON file, named by ``MIRROR_CONFIGURATION``."""

import json
import os
import time
from pathlib import Path
from typing import Any

import httpx

PATIENCE = 60.0  # seconds a mirror waits for the OpenID Provider to answer


def read() -> dict[str, Any]:
    configuration: dict[str, Any] = json.loads(Path(os.environ["MIRROR_CONFIGURATION"]).read_text())
    return configuration


def discovered(issuer: str) -> dict[str, Any]:
    """The discovery document of the issuer, waited for since everything starts at once in the demo."""
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            document: dict[str, Any] = (
                httpx.get(f"{issuer}/.well-known/openid-configuration").raise_for_status().json()
            )
        except (httpx.HTTPError, ValueError) as unavailable:
            if time.monotonic() > deadline:
                raise SystemExit(f"{issuer} did not answer: {unavailable}") from unavailable
            time.sleep(0.3)
        else:
            if document["issuer"] != issuer:
                raise SystemExit(f"{issuer} calls itself {document['issuer']}")
            return document
