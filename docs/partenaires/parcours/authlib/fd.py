"""Un fournisseur de données (FD) : il demande à ProConnect ce que vaut le jeton d’accès qu’un service lui présente."""

from authlib.integrations.requests_client import OAuth2Session
from commun import NAME, ClientAssertion, metadata, private_key, verified

CLIENT_ID = f"{NAME}-fd"
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
SIGNED = "application/token-introspection+jwt"


def introspect(access_token: str) -> dict:
    return _ask(access_token, "application/json").json()


def introspect_signed(access_token: str) -> dict:
    answer = _ask(access_token, SIGNED)
    return verified(answer.text, CLIENT_ID, typ="token-introspection+jwt")["token_introspection"]


def may_read(told: dict) -> bool:
    """Le jeton est bon ici, et ouvre ce que nous servons."""
    return told["active"] and f"{NAME}:lire" in told["scope"].split()


def _ask(access_token: str, accept: str):
    with OAuth2Session(
        CLIENT_ID, private_key(CLIENT_ID), token_endpoint_auth_method="private_key_jwt"
    ) as session:
        session.register_client_auth_method(ClientAssertion())
        answer = session.introspect_token(
            metadata()["introspection_endpoint"], token=access_token, headers={**FORM, "Accept": accept}
        )
    answer.raise_for_status()
    return answer
