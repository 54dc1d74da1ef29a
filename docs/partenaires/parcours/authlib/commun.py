"""Ce que le service (FS) et le fournisseur de données (FD) partagent."""

import json
import os
import time
from functools import cache
from pathlib import Path

import requests
from authlib.oauth2.rfc7523 import PrivateKeyJWT, private_key_jwt_sign
from joserfc import jwt
from joserfc.errors import InvalidKeyIdError
from joserfc.jwk import ECKey, KeySet

ISSUER = os.environ["PROCONNECT"]  # http://localhost:8000/api/v2
NAME = os.environ["NOM"]  # essai
METADATA_URL = f"{ISSUER}/.well-known/openid-configuration"
CLOCK_SKEW = 30  # secondes


class ClientAssertion(PrivateKeyJWT):
    """Authlib vise /token et signe pour une heure. ProConnect veut son émetteur, et cinq minutes au plus."""

    def sign(self, auth, token_endpoint):
        return private_key_jwt_sign(
            auth.client_secret, auth.client_id, token_endpoint=ISSUER, alg="ES256", expires_in=60
        )


def private_key(client_id: str) -> ECKey:
    return ECKey.import_key(json.loads(Path(f"{client_id}.json").read_text()))


@cache
def metadata() -> dict:
    return _get(METADATA_URL)


@cache
def keys() -> KeySet:
    return KeySet.import_key_set(_get(metadata()["jwks_uri"]))


def verified(token: str, audience: str, typ: str | None = None) -> dict:
    """Ce que dit un jeton signé par ProConnect pour nous, encore valable. Lève JoseError ou ValueError sinon."""
    try:
        read = jwt.decode(token, keys(), algorithms=["ES256"])
    except (InvalidKeyIdError, ValueError):  # ProConnect a changé de clé
        keys.cache_clear()
        read = jwt.decode(token, keys(), algorithms=["ES256"])
    if typ and read.header.get("typ") != typ:
        raise ValueError(f"ce jeton n’est pas un {typ}")
    rules = jwt.JWTClaimsRegistry(
        int(time.time()),
        leeway=CLOCK_SKEW,
        iss={"essential": True, "value": ISSUER},
        aud={"essential": True, "value": audience},
        iat={"essential": True},
    )
    rules.validate(read.claims)
    return read.claims


def _get(url: str) -> dict:
    answer = requests.get(url, timeout=10)
    answer.raise_for_status()
    return answer.json()
