"""What a FI says of the person (OIDC Core 5.3): plain JSON, or a JWT, encrypted or not, where its record says so."""

from typing import Any

from federation import networks
from federation.errors import FederationError
from federation.registry import ProviderRecord
from federation.rp import encryption
from federation.rp.encryption import BadEncryption
from federation.rp.failures import refused, unreachable
from federation.rp.metadata import Metadata
from federation.rp.signature import claims_signed_by
from federation.signature import BadSignature
from proconnect.kernel import outbound

FAILED = FederationError.PROVIDER_USERINFO_FAILED


def read(provider: ProviderRecord, known: Metadata, *, access_token: str, subject: str) -> dict[str, Any]:
    """Claims about this very subject. Raises ProviderRefused or ProviderUnreachable."""
    is_a_token = provider.userinfo_signed_response_alg or provider.userinfo_encrypted_response_alg
    read_it = _signed if is_a_token else _plain
    claims = read_it(provider, known, access_token)
    if claims.get("sub") is None:
        raise refused(FederationError.PROVIDER_NAMED_NOBODY, "userinfo_names_its_subject")
    if claims["sub"] != subject:  # 5.3.2
        raise refused(FAILED, "userinfo_is_about_the_same_person")
    return claims


def _plain(provider: ProviderRecord, known: Metadata, access_token: str) -> dict[str, Any]:
    answer = _answer(provider, known, access_token)
    if answer.content_type == "application/jwt":
        raise refused(FAILED, "userinfo_comes_in_the_agreed_form")
    try:
        return answer.json_object()
    except ValueError as failure:
        raise unreachable(FAILED, failure) from failure


def _signed(provider: ProviderRecord, known: Metadata, access_token: str) -> dict[str, Any]:
    """The algorithms are the record's; the token names us as its audience and the FI as its issuer (5.3.2)."""
    answer = _answer(provider, known, access_token)
    if answer.content_type != "application/jwt":
        raise refused(FAILED, "userinfo_comes_in_the_agreed_form")
    token = answer.body.decode("ascii", "replace").strip()
    try:
        signed = encryption.opened(token, encryption.agreed_for_userinfo(provider))
        claims = claims_signed_by(provider, known, signed, _algorithms(provider))
    except (BadEncryption, BadSignature) as bad:
        raise refused(FAILED, bad.check) from bad
    audience = claims.get("aud", provider.client_id)
    audiences = audience if isinstance(audience, list) else [audience]
    if claims.get("iss", known.issuer) != known.issuer or provider.client_id not in audiences:
        raise refused(FAILED, "userinfo_is_for_us")
    return claims


def _algorithms(provider: ProviderRecord) -> tuple[str, ...]:
    """What is encrypted is signed all the same: by default, as the ID token is."""
    ours = provider.userinfo_signed_response_alg
    return (ours,) if ours else provider.id_token_signed_response_algs


def _answer(provider: ProviderRecord, known: Metadata, access_token: str) -> outbound.Answer:
    if not known.userinfo_endpoint:
        raise unreachable(FAILED, "no userinfo_endpoint is known")
    try:
        answer = networks.get(
            networks.road_to(provider),
            known.userinfo_endpoint,
            headers={
                "authorization": f"Bearer {access_token}",
                "accept": "application/jwt, application/json",
            },
        )
    except outbound.OutboundFailure as failure:
        raise unreachable(FAILED, failure) from failure
    if answer.status != 200:
        raise unreachable(FAILED, f"HTTP {answer.status}")
    return answer
