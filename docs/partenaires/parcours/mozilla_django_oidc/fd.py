"""Un fournisseur de données (FD). La bibliothèque n’a pas l’introspection : ces quelques lignes sont à nous."""

import requests
from backend import ProConnectBackend, client_assertion
from django.conf import settings

SIGNED = "token-introspection+jwt"


def introspect(access_token: str) -> dict:
    return _ask(access_token, "application/json").json()


def introspect_signed(access_token: str) -> dict:
    answer = _ask(access_token, f"application/{SIGNED}")
    said = ProConnectBackend().verified(answer.text, audience=settings.FD_CLIENT_ID, typ=SIGNED)
    return said["token_introspection"]


def may_read(told: dict) -> bool:
    """Le jeton est bon ici, et ouvre ce que nous servons."""
    return told["active"] and settings.FD_SCOPE in told["scope"].split()


def _ask(access_token: str, accept: str) -> requests.Response:
    answer = requests.post(
        settings.METADATA["introspection_endpoint"],
        data={"token": access_token, **client_assertion(settings.FD_CLIENT_ID)},
        headers={"Accept": accept},
        timeout=10,
    )
    answer.raise_for_status()
    return answer
