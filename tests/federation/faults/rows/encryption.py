"""Answers that a FI encrypts to us (RFC 7516): encryption proves nothing, what is inside must be signed."""

from functools import partial
from typing import Any

from joserfc import jwe
from joserfc.jwk import ECKey

from tests.federation.faults.fault import Enters, Fault, Page, Place
from tests.federation.faults.rows.transport import IN_JSON

AGREED = {
    **IN_JSON,  # userinfo travels in no envelope
    "id_token_encrypted_response_alg": "ECDH-ES",
    "id_token_encrypted_response_enc": "A256GCM",
}
STRANGER = ECKey.generate_key("P-256")


def encrypted(token: str, key: ECKey, *, enc: str = "A256GCM", **header: Any) -> str:
    registry = jwe.JWERegistry(algorithms=["ECDH-ES", enc, "DEF"], strict_check_header=False)
    protected = {"alg": "ECDH-ES", "enc": enc, "cty": "JWT", **header}
    return jwe.encrypt_compact(protected, token, key, registry=registry)


def compressed(token: str, key: ECKey) -> str:
    return encrypted(token, key, zip="DEF")


def in_another_way(token: str, key: ECKey) -> str:
    return encrypted(token, key, enc="A128GCM")


def to_another(token: str, key: ECKey) -> str:
    return encrypted(token, STRANGER)


def altered(token: str, key: ECKey) -> str:
    return encrypted(token, key)[:-4] + "AAAA"


def twice(token: str, key: ECKey) -> str:
    return encrypted(encrypted(token, key), key)


def in_clear(token: str, key: ECKey) -> str:
    return token


row = partial(
    Fault, place=Place.ENCRYPTION, outcome=Page("Y020030"), record=AGREED, envelope=encrypted, order={}
)

ROWS = (
    row(name="encrypted and honest", told="jeton signé puis chiffré, comme convenu", outcome=Enters()),
    row(
        name="encrypted, not signed",
        told="jeton chiffré, mais pas signé (`alg: none`)",
        order={"id_token_signature": "none"},
    ),
    row(
        name="encrypted, signed with the public key",
        told="jeton chiffré, la clé publique du FI servant de secret",
        order={"id_token_signature": "hs256_with_public_key"},
    ),
    row(
        name="encrypted, altered inside",
        told="jeton chiffré, contenu changé après la signature",
        order={"id_token_signature": "tampered"},
    ),
    row(
        name="encrypted, claims of another",
        told="jeton chiffré, `aud` d’un autre",
        order={"id_token": {"aud": "x"}},
    ),
    row(name="encrypted twice", told="jeton chiffré deux fois", envelope=twice),
    row(name="encrypted to another", told="jeton chiffré pour un autre", envelope=to_another),
    row(name="encrypted, then altered", told="jeton chiffré, puis changé", envelope=altered),
    row(name="encrypted and compressed", told="jeton chiffré et compressé", envelope=compressed),
    row(name="encrypted in another way", told="jeton chiffré autrement que convenu", envelope=in_another_way),
    row(name="not encrypted", told="jeton en clair, le chiffrement étant convenu", envelope=in_clear),
    row(
        name="encrypted, nothing agreed",
        told="jeton chiffré, rien n’étant convenu",
        record=IN_JSON,
    ),
)


def rows() -> tuple[Fault, ...]:
    return ROWS
