"""How we prove ourselves to a FI, by the method of its record (OIDC Core 9)."""

from base64 import b64encode
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from urllib.parse import quote_plus
from uuid import uuid4

from joserfc import jwt

from federation import own_keys, quirks, registry
from federation.registry import ProviderRecord
from federation.rp.metadata import Metadata

ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"  # RFC 7523 2.2
ASSERTION_LIFETIME = timedelta(seconds=60)
ALGORITHMS = ("ES256", "RS256")  # of our assertions, the preferred one first

HeadersAndForm = tuple[dict[str, str], dict[str, str]]


class CannotAuthenticate(ValueError):
    """The FI and we have no way in common; the text says why."""


def prove_ourselves(provider: ProviderRecord, known: Metadata, *, now: datetime) -> HeadersAndForm:
    """What goes with a call to its token endpoint. Raises CannotAuthenticate."""
    method = METHODS.get(provider.token_endpoint_auth_method)
    if method is None:
        raise CannotAuthenticate(f"{provider.token_endpoint_auth_method} is not one of {', '.join(METHODS)}")
    return method(provider, known, now)


def client_secret_post(provider: ProviderRecord, known: Metadata, now: datetime) -> HeadersAndForm:
    return {}, {"client_id": provider.client_id, "client_secret": registry.provider_secret(provider)}


def client_secret_basic(provider: ProviderRecord, known: Metadata, now: datetime) -> HeadersAndForm:
    return {"authorization": basic(provider.client_id, registry.provider_secret(provider))}, {}


def private_key_jwt(provider: ProviderRecord, known: Metadata, now: datetime) -> HeadersAndForm:
    assertion = client_assertion(provider, known, now=now)
    return {}, {
        "client_id": provider.client_id,
        "client_assertion_type": ASSERTION_TYPE,
        "client_assertion": assertion,
    }


METHODS: Mapping[str, Callable[[ProviderRecord, Metadata, datetime], HeadersAndForm]] = {
    "client_secret_post": client_secret_post,
    "client_secret_basic": client_secret_basic,
    "private_key_jwt": private_key_jwt,
}


def basic(client_id: str, secret: str) -> str:
    """RFC 6749 2.3.1: both are form-encoded first."""
    pair = f"{quote_plus(client_id)}:{quote_plus(secret)}"
    return f"Basic {b64encode(pair.encode()).decode()}"


def client_assertion(provider: ProviderRecord, known: Metadata, *, now: datetime) -> str:
    """RFC 7523 3. One audience alone, as text: a list would be good for any server in it (rfc7523bis)."""
    algorithm = _algorithm(provider, known)
    key = own_keys.signing([algorithm]).signing[algorithm]
    for_issuer = quirks.ASSERTION_FOR_ISSUER in provider.quirks
    claims = {
        "iss": provider.client_id,
        "sub": provider.client_id,
        "aud": known.issuer if for_issuer else known.token_endpoint,
        "jti": str(uuid4()),
        "iat": int(now.timestamp()),
        "exp": int((now + ASSERTION_LIFETIME).timestamp()),
    }
    return jwt.encode({"alg": algorithm, "kid": key.kid}, claims, key, algorithms=[algorithm])


def _algorithm(provider: ProviderRecord, known: Metadata) -> str:
    """One that the FI says it understands; where it says nothing, one that it signs by itself, else the one we prefer."""
    understood = known.assertion_algorithms or provider.id_token_signed_response_algs
    admitted = [algorithm for algorithm in ALGORITHMS if algorithm in understood]
    if not admitted and known.assertion_algorithms:
        raise CannotAuthenticate(f"it understands none of {', '.join(ALGORITHMS)}")
    return (*admitted, *ALGORITHMS)[0]
