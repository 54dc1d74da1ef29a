"""What we assert of an authentication (OIDC Core 2). Nothing of the person but the ``sub``: the rest is userinfo's."""

import base64
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from joserfc import jws, jwt
from joserfc.errors import JoseError
from joserfc.jwk import OctKey

from federation import registry
from federation.op import keys
from federation.op.grants import Granted
from federation.registry.records import ClientRecord


def issue(client: ClientRecord, granted: Granted, access_token: str, *, nonce: str, now: datetime) -> str:
    claims = {
        "iss": settings.ENV.issuer,
        "sub": str(granted.account),
        "aud": client.client_id,
        "iat": int(now.timestamp()),
        "exp": int((now + settings.ENV.id_token_lifetime).timestamp()),
        "auth_time": int(granted.authenticated_at.timestamp()),
        "acr": granted.acr,
        "sid": str(granted.sid),
        "at_hash": at_hash(access_token),
    }
    if nonce:
        claims["nonce"] = nonce
    if "amr" in granted.id_token_claims or "amr" in granted.scopes:
        claims["amr"] = list(granted.amr)
    return keys.sign(claims, client.id_token_signed_response_alg, client)


def at_hash(access_token: str) -> str:
    """Left half of the SHA-256, for ES256, RS256 and HS256 alike (OIDC Core 3.1.3.6)."""
    left_half = hashlib.sha256(access_token.encode()).digest()[:16]
    return base64.urlsafe_b64encode(left_half).rstrip(b"=").decode()


# An ID token of ours, handed back as a hint


@dataclass(frozen=True, slots=True)
class HintedSession:
    sub: UUID
    client_id: str
    sid: UUID


def read_hint(id_token_hint: str) -> HintedSession | None:
    """Whom one of our ID tokens names, expired or not (RP-Initiated Logout 4); None when it is not one of ours."""
    try:
        claims = _verified(id_token_hint)
        if claims["iss"] != settings.ENV.issuer:
            return None
        return HintedSession(UUID(claims["sub"]), str(claims["aud"]), UUID(claims["sid"]))
    except (JoseError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None


def _verified(id_token: str) -> Mapping[str, Any]:
    """The key follows from the algorithm, and HS256 is heard only of a FS that registered it (RFC 8725 3.1)."""
    unproved = jws.extract_compact(id_token.encode())
    if unproved.headers()["alg"] != "HS256":
        return jwt.decode(id_token, keys.verifying(), algorithms=list(keys.SIGNERS)).claims
    key = _shared_key(json.loads(unproved.payload or b"")["aud"])
    return jwt.decode(id_token, key, algorithms=["HS256"]).claims


def _shared_key(client_id: str) -> OctKey:
    client = registry.find_client(client_id)
    if client is None or client.id_token_signed_response_alg != "HS256":
        raise KeyError(client_id)
    return keys.shared_key(client)
