"""What a FI encrypted to us (RFC 7516): opened by our own keys, then read as anything else it signed.

Encryption proves nothing: whoever knows our public key may encrypt. What is inside must be signed (S-071).
"""

from base64 import urlsafe_b64decode
from dataclasses import dataclass
from typing import Any

from joserfc import jwe
from joserfc.errors import JoseError

from federation import own_keys
from federation.own_keys import Key
from federation.registry import ProviderRecord
from federation.signature import LONGEST_TOKEN
from proconnect.kernel.outbound import json_object

USUAL_CONTENT_ENCRYPTION = "A256GCM"


class BadEncryption(Exception):
    """``check`` names what failed."""

    def __init__(self, check: str) -> None:
        super().__init__(check)
        self.check = check


@dataclass(frozen=True, slots=True)
class Agreed:
    """By the FI's record, and by it alone: what the token's header says changes nothing."""

    algorithm: str
    content_encryption: str


def agreed_for_id_token(provider: ProviderRecord) -> Agreed | None:
    return _agreed(provider.id_token_encrypted_response_alg, provider.id_token_encrypted_response_enc)


def agreed_for_userinfo(provider: ProviderRecord) -> Agreed | None:
    return _agreed(provider.userinfo_encrypted_response_alg, provider.userinfo_encrypted_response_enc)


def _agreed(algorithm: str | None, content_encryption: str | None) -> Agreed | None:
    return Agreed(algorithm, content_encryption or USUAL_CONTENT_ENCRYPTION) if algorithm else None


def opened(token: str, agreed: Agreed | None) -> str:
    """The signed token inside; the token itself where nothing else was agreed. Raises BadEncryption."""
    if agreed is None:
        return token
    header = read_header(token)
    if (header.get("alg"), header.get("enc")) != (agreed.algorithm, agreed.content_encryption):
        raise BadEncryption("encryption_is_the_one_agreed")
    return decrypted(token, header)


def read_header(token: str) -> dict[str, Any]:
    """Raises BadEncryption. A compressed content is refused unseen: it may hold a thousand times its size."""
    parts = token.split(".")
    if len(parts) != 5 or len(token) > LONGEST_TOKEN or not token.isascii():
        raise BadEncryption("token_is_encrypted_as_agreed")
    try:
        header = json_object(urlsafe_b64decode(parts[0] + "=" * (-len(parts[0]) % 4)))
    except ValueError:
        raise BadEncryption("token_is_encrypted_as_agreed") from None
    if "zip" in header:
        raise BadEncryption("content_is_not_compressed")
    if "crit" in header:
        raise BadEncryption("critical_headers_are_understood")  # RFC 7516 4.1.13
    return header


def decrypted(token: str, header: dict[str, Any]) -> str:
    """By the key it names, else by each of ours for that algorithm. Raises BadEncryption."""
    for key in _fitting(header):
        if (content := _content(token, key, header["alg"], header["enc"])) is not None:
            return content.decode("utf-8", "replace")
    raise BadEncryption("it_is_encrypted_to_us")


def _fitting(header: dict[str, Any]) -> list[Key]:
    keys = list(own_keys.decryption().opening.get(str(header.get("alg")), ()))
    return [key for key in keys if key.kid == header.get("kid")] or keys


class _Jwe(jwe.JWERegistry):
    """Headers we do not know are ignored (RFC 7516 4), and may hold a certificate chain."""

    max_protected_header_length = 16 * 1024
    max_ciphertext_length = LONGEST_TOKEN


def _content(token: str, key: Key, algorithm: str, content_encryption: str) -> bytes | None:
    registry = _Jwe(algorithms=[algorithm, content_encryption], strict_check_header=False)
    try:
        return jwe.decrypt_compact(token, key, registry=registry).plaintext
    except (JoseError, ValueError, TypeError, KeyError):
        return None
