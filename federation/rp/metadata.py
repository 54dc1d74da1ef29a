"""Where a FI's endpoints and keys are: by discovery (OpenID Connect Discovery 1.0) or as the record says."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from joserfc.errors import JoseError
from joserfc.jwk import ECKey, JWKRegistry, RSAKey

from federation import networks
from federation.errors import FederationError
from federation.networks import Road, road_to
from federation.registry import ProviderRecord
from federation.remembered import Remembered, Unavailable
from federation.rp.failures import unreachable
from federation.signature import SigningKey
from proconnect.kernel import outbound

MOST_KEYS = 20  # of a JWKS; each one may cost a signature check


@dataclass(frozen=True, slots=True, kw_only=True)
class Metadata:
    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    userinfo_endpoint: str = ""
    jwks_uri: str = ""
    end_session_endpoint: str = ""
    names_itself_in_answers: bool = False  # RFC 9207: ``iss`` comes with every callback
    assertion_algorithms: tuple[str, ...] = ()  # for private_key_jwt; empty when it does not say

    def __post_init__(self) -> None:
        """Raises ValueError on an address that must be given neither to a browser nor to our client."""
        for name in ENDPOINTS:
            if url := getattr(self, name):
                _check_address(name, url)
        if not self.authorization_endpoint or not self.token_endpoint:
            raise ValueError("authorization_endpoint or token_endpoint is missing")


ENDPOINTS = (
    "authorization_endpoint",
    "token_endpoint",
    "userinfo_endpoint",
    "jwks_uri",
    "end_session_endpoint",
)


def of(provider: ProviderRecord) -> Metadata:
    """Raises ProviderUnreachable."""
    try:
        return _discovered(provider).get() if provider.discovery else by_hand(provider)
    except (Unavailable, ValueError) as error:
        raise unreachable(FederationError.PROVIDER_DISCOVERY_FAILED, error) from error


def signing_keys(
    provider: ProviderRecord, metadata: Metadata, *, refetch: bool = False, for_stranger: bool = False
) -> Sequence[SigningKey]:
    """The FI's public keys; ``refetch`` when a token names one we do not hold, ``for_stranger`` when anybody may have sent
    it. Raises ProviderUnreachable.
    """
    if not metadata.jwks_uri:
        return ()
    known = _published_keys(metadata.jwks_uri, road_to(provider))
    try:
        return known.refetched(for_stranger=for_stranger) if refetch else known.get()
    except Unavailable as error:
        raise unreachable(FederationError.PROVIDER_DISCOVERY_FAILED, error) from error


def forget() -> None:
    """Nothing is remembered in this process."""
    _known_discovery.cache_clear()
    _published_keys.cache_clear()


def _discovered(provider: ProviderRecord) -> Remembered[Metadata]:
    return _known_discovery(provider.issuer, road_to(provider))


@cache
def _known_discovery(issuer: str, road: Road) -> Remembered[Metadata]:
    url = address_of(issuer)
    return Remembered(
        f"{url} of {issuer}",
        fetch=lambda: networks.get_json(road, url),
        read=lambda document: read_discovery(document, issuer),
        turn=lambda: networks.passage(road),
    )


@cache
def _published_keys(jwks_uri: str, road: Road) -> Remembered[Sequence[SigningKey]]:
    return Remembered(
        jwks_uri,
        fetch=lambda: networks.get_json(road, jwks_uri),
        read=read_keys,
        turn=lambda: networks.passage(road),
    )


def by_hand(provider: ProviderRecord) -> Metadata:
    known: dict[str, Any] = {name: getattr(provider, name) or "" for name in ENDPOINTS}
    return Metadata(issuer=provider.issuer, **known)


def address_of(issuer: str) -> str:
    """Where its discovery document is (OIDC Discovery 4.1)."""
    return f"{issuer.removesuffix('/')}/.well-known/openid-configuration"


def read_discovery(document: dict[str, Any], issuer: str) -> Metadata:
    """Raises ValueError when the document speaks for another issuer (OIDC Discovery 4.3) or lacks what is needed."""
    if document.get("issuer") != issuer:
        raise ValueError("the discovery document is another issuer's")
    known: dict[str, Any] = {name: _text(document, name) for name in ENDPOINTS}
    return Metadata(
        issuer=issuer,
        names_itself_in_answers=document.get("authorization_response_iss_parameter_supported") is True,
        assertion_algorithms=_texts(document, "token_endpoint_auth_signing_alg_values_supported"),
        **known,
    )


def read_keys(document: dict[str, Any]) -> Sequence[SigningKey]:
    """The keys of a JWKS that may sign; those we do not understand are left out (RFC 7517 5). Raises ValueError."""
    entries = document.get("keys")
    if not isinstance(entries, list):
        raise ValueError("not a JWKS")  # noqa: TRY004
    keys = [key for entry in entries[:MOST_KEYS] if (key := _understood(entry))]
    if not keys:
        raise ValueError("the JWKS holds no usable key")
    return tuple(keys)


def _understood(entry: Any) -> SigningKey | None:
    if not isinstance(entry, dict) or entry.get("kty") not in ("EC", "RSA") or entry.get("use") == "enc":
        return None
    try:
        key = JWKRegistry.import_key(entry)
        _ = key.public_key
    except (JoseError, ValueError, TypeError, KeyError):
        return None
    return key if isinstance(key, ECKey | RSAKey) else None


def _text(document: dict[str, Any], name: str) -> str:
    value = document.get(name, "")
    if not isinstance(value, str):
        raise ValueError(f"{name} is no text")  # noqa: TRY004
    return value


def _texts(document: dict[str, Any], name: str) -> tuple[str, ...]:
    """What is no text is of no use to us."""
    values = document.get(name, [])
    return tuple(value for value in values if isinstance(value, str)) if isinstance(values, list) else ()


def _check_address(name: str, url: str) -> None:
    try:
        outbound.check_url(url)
    except outbound.AddressRefused as refused:
        raise ValueError(f"{name}: {refused}") from None
