"""How a JWS may be spoilt: one maker per trick. By hand, since libraries refuse to write what a bad FI would.

``honest`` apart, each takes what an honest FI would sign and gives what somebody without its key, or a careless FI,
would send in its place.
"""

import hashlib
import hmac
import json
from base64 import b64encode, urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from joserfc import jwe
from joserfc.jwk import ECKey, KeyParameters, OctKey, RSAKey
from joserfc.jws import JWSRegistry

from tests.mirrors.provider.faults import Signature

Key = ECKey | RSAKey
CURVES = {"ES256": "P-256", "ES384": "P-384"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What an honest FI would sign, and its keys, one by algorithm."""

    header: Mapping[str, Any]
    claims: Mapping[str, Any]
    algorithm: str
    keys: Mapping[str, Key]

    @property
    def key(self) -> Key:
        return self.keys[self.algorithm]

    def with_header(self, **members: Any) -> "Wanted":
        """``None`` removes the member."""
        merged = {**self.header, **members}
        return replace(self, header={name: value for name, value in merged.items() if value is not None})


def generate(algorithm: str) -> Key:
    parameters: KeyParameters = {"use": "sig", "alg": algorithm}
    if algorithm in CURVES:
        return ECKey.generate_key(CURVES[algorithm], parameters, auto_kid=True)
    return RSAKey.generate_key(2048, parameters, auto_kid=True)


def made(how: Signature, wanted: Wanted) -> str:
    return MAKERS[how](wanted)


# The pieces of a compact JWS


def signed(wanted: Wanted, key: Key | None = None, *, by: str = "") -> str:
    """``by``: the algorithm really used, whatever the header says."""
    return signed_text(_input(wanted.header, wanted.claims), key or wanted.key, by or wanted.algorithm)


def signed_text(text: str, key: Key, algorithm: str) -> str:
    return f"{text}.{encoded(_signature(text, key, algorithm))}"


def _signature(text: str, key: Key, algorithm: str) -> bytes:
    return JWSRegistry(algorithms=[algorithm]).get_alg(algorithm).sign(text.encode(), key)


def _input(header: Mapping[str, Any], claims: Any) -> str:
    return f"{_json(header)}.{_json(claims)}"


def _json(value: Any) -> str:
    return encoded(json.dumps(value).encode())


def encoded(value: bytes) -> str:
    return urlsafe_b64encode(value).rstrip(b"=").decode()


def _decoded(part: str) -> bytes:
    return urlsafe_b64decode(part + "=" * (-len(part) % 4))


# Without the key


def _unsigned(word: str) -> Callable[[Wanted], str]:
    return lambda wanted: f"{_input({**wanted.header, 'alg': word}, wanted.claims)}."


def _hmac(secret: Callable[[Wanted], bytes], **header: Any) -> Callable[[Wanted], str]:
    def make(wanted: Wanted) -> str:
        text = _input({**wanted.header, "alg": "HS256", **header}, wanted.claims)
        return f"{text}.{encoded(hmac.digest(secret(wanted), text.encode(), hashlib.sha256))}"

    return make


def _public_pem(wanted: Wanted) -> bytes:
    return wanted.key.as_pem(private=False)


def _public_jwk(wanted: Wanted) -> bytes:
    return json.dumps(wanted.key.as_dict(private=False)).encode()


def _with_signature(value: bytes) -> Callable[[Wanted], str]:
    return lambda wanted: f"{_input(wanted.header, wanted.claims)}.{encoded(value)}"


def _other_key(wanted: Wanted) -> str:
    return signed(wanted, generate(wanted.algorithm))


def _unknown_kid(wanted: Wanted) -> str:
    stranger = generate(wanted.algorithm)
    return signed(wanted.with_header(kid=stranger.kid), stranger)


def _key_in_the_header(name: str, value: Callable[[Key], Any]) -> Callable[[Wanted], str]:
    """A key of the forger's, offered by the token itself."""

    def make(wanted: Wanted) -> str:
        forged = generate(wanted.algorithm)
        return signed(wanted.with_header(kid=forged.kid, **{name: value(forged)}), forged)

    return make


def _tampered(wanted: Wanted) -> str:
    """One more claim under the signature of the honest token."""
    header, _, signature = signed(wanted).split(".")
    return f"{header}.{_json({**wanted.claims, 'admin': True})}.{signature}"


def _encrypted(wanted: Wanted, content: str) -> str:
    """For the FI's own key: nobody here could open it."""
    key = wanted.keys["RS256"]
    public = RSAKey.import_key(key.as_dict(private=False) | {"use": "enc", "alg": "RSA-OAEP-256"})
    header = {"alg": "RSA-OAEP-256", "enc": "A256GCM", "kid": key.kid, "cty": "JWT"}
    return jwe.encrypt_compact(header, content.encode(), public, algorithms=["RSA-OAEP-256", "A256GCM"])


def _jwe_of_a_plain_token(wanted: Wanted) -> str:
    """GHSA-pm7g-w2cf-q238: encryption taken for a signature."""
    return _encrypted(wanted, _unsigned("none")(wanted))


def _jwe_of_claims(wanted: Wanted) -> str:
    return _encrypted(wanted, json.dumps(dict(wanted.claims)))


def _jwe_by_password(wanted: Wanted) -> str:
    """A decryption that would cost a hundred million hashes."""
    header = {"alg": "PBES2-HS256+A128KW", "enc": "A128GCM", "p2c": 1000, "p2s": "c2FsdHNhbHQ"}
    token = jwe.encrypt_compact(
        header,
        json.dumps(dict(wanted.claims)).encode(),
        OctKey.import_key("a password of the forger"),
        algorithms=["PBES2-HS256+A128KW", "A128GCM"],
    )
    costly = _json({**header, "p2c": 100_000_000})
    return f"{costly}.{token.partition('.')[2]}"


# With the key, in a shape that is none


def _signed_over(header: Callable[[str], str], claims: Callable[[str], str]) -> Callable[[Wanted], str]:
    """The FI's own signature over altered texts of the two JSON objects."""

    def make(wanted: Wanted) -> str:
        texts = header(json.dumps(dict(wanted.header))), claims(json.dumps(dict(wanted.claims)))
        return signed_text(".".join(encoded(each.encode()) for each in texts), wanted.key, wanted.algorithm)

    return make


def _as_is(text: str) -> str:
    return text


def _before(members: str) -> Callable[[str], str]:
    """These members first: the honest ones of the same names come after them."""
    return lambda text: "{" + members + ", " + text[1:]


def _after(members: str) -> Callable[[str], str]:
    return lambda text: text[:-1] + ", " + members + "}"


def _without_b64(wanted: Wanted) -> str:
    """RFC 7797: the claims are signed as they are, and sent encoded."""
    header = _json({**wanted.header, "b64": False, "crit": ["b64"]})
    claims = json.dumps(dict(wanted.claims))
    signature = _signature(f"{header}.{claims}", wanted.key, wanted.algorithm)
    return f"{header}.{encoded(claims.encode())}.{encoded(signature)}"


def _in_asn1(wanted: Wanted) -> str:
    """ECDSA as X.509 writes it, not as RFC 7518 3.4 does."""
    text, _, signature = signed(wanted).rpartition(".")
    raw = _decoded(signature)
    half = len(raw) // 2
    numbers = (int.from_bytes(part, "big") for part in (raw[:half], raw[half:]))
    return f"{text}.{encoded(encode_dss_signature(*numbers))}"


def _in_json(wanted: Wanted) -> str:
    """RFC 7515 7.2.2, where the compact form is due."""
    protected, payload, signature = signed(wanted).split(".")
    return json.dumps({"protected": protected, "payload": payload, "signature": signature})


def _nested(wanted: Wanted) -> str:
    """A signed JWT whose content is the signed JWT."""
    text = f"{_json({**wanted.header, 'cty': 'JWT'})}.{encoded(signed(wanted).encode())}"
    return signed_text(text, wanted.key, wanted.algorithm)


def _padded(wanted: Wanted) -> str:
    """Plain base64 with its padding, where RFC 7515 2 wants neither."""
    text, _, signature = signed(wanted).rpartition(".")
    return f"{text}.{b64encode(_decoded(signature)).decode()}"


def _split_over_lines(wanted: Wanted) -> str:
    token = signed(wanted)
    return f"{token[:40]}\n{token[40:]}"


def _one_part_more(wanted: Wanted) -> str:
    return f"{signed(wanted)}.{encoded(b'more')}"


def _by_other_algorithm(said: str, used: str) -> Callable[[Wanted], str]:
    """``said`` in the header, ``used`` with the FI's published key of that kind."""

    def make(wanted: Wanted) -> str:
        key = wanted.keys["RS256"] if used[0] in "RP" else wanted.keys["ES256"]
        return signed(wanted.with_header(alg=said, kid=key.kid), key, by=used)

    return make


def _on_another_curve(wanted: Wanted) -> str:
    forged = generate("ES384")
    return signed(wanted.with_header(alg="ES384"), forged, by="ES384")


def _kid(value: Any) -> Callable[[Wanted], str]:
    return lambda wanted: signed(wanted.with_header(kid=value))


def _kid_of_the_other_key(wanted: Wanted) -> str:
    other = next(key for name, key in wanted.keys.items() if name != wanted.algorithm)
    return signed(wanted.with_header(kid=other.kid))


MAKERS: Mapping[Signature, Callable[[Wanted], str]] = {
    "honest": signed,
    "none": _unsigned("none"),
    "none_in_capitals": _unsigned("NONE"),
    "none_in_mixed_case": _unsigned("nOnE"),
    "hs256_with_public_key": _hmac(_public_pem),
    "hs256_with_public_jwk": _hmac(_public_jwk),
    "hs256_with_empty_secret": _hmac(lambda wanted: b""),
    "hs256_with_an_empty_file": _hmac(lambda wanted: b"", kid="../../../../../dev/null"),
    "stripped": _with_signature(b""),
    "psychic": _with_signature(b"\x00" * 64),
    "other_key": _other_key,
    "unknown_kid": _unknown_kid,
    "tampered": _tampered,
    "embedded_jwk": _key_in_the_header("jwk", lambda key: key.as_dict(private=False)),
    "embedded_x5c": _key_in_the_header("x5c", lambda key: [encoded(key.as_der(private=False))]),
    "jku": _key_in_the_header("jku", lambda key: "http://127.0.0.1:9/jwks"),
    "x5u": _key_in_the_header("x5u", lambda key: "http://127.0.0.1:9/chain.pem"),
    "jwe_of_a_plain_token": _jwe_of_a_plain_token,
    "jwe_of_claims": _jwe_of_claims,
    "jwe_by_password": _jwe_by_password,
    "no_kid": _kid(None),
    "kid_of_the_other_key": _kid_of_the_other_key,
    "kid_of_sql": _kid("x' UNION SELECT 'secret' --"),
    "kid_in_a_list": _kid(["a", "b"]),
    "kid_of_100_000_signs": _kid("k" * 100_000),
    "crit": lambda wanted: signed(wanted.with_header(crit=["exp"], exp=1)),
    "crit_empty": lambda wanted: signed(wanted.with_header(crit=[])),
    "b64_false": _without_b64,
    "rs256": _by_other_algorithm("RS256", "RS256"),
    "ps256": _by_other_algorithm("PS256", "PS256"),
    "rs512": _by_other_algorithm("RS512", "RS512"),
    "ps256_said_rs256": _by_other_algorithm("RS256", "PS256"),
    "rs256_said_es256": _by_other_algorithm("ES256", "RS256"),
    "es256_said_rs256": _by_other_algorithm("RS256", "ES256"),
    "other_curve": _on_another_curve,
    "asn1": _in_asn1,
    "duplicated_alg": _signed_over(_before('"alg": "none"'), _as_is),
    "duplicated_alg_last": _signed_over(_after('"alg": "none"'), _as_is),
    "duplicated_claims": _signed_over(_as_is, _before('"sub": "somebody", "nonce": "old"')),
    "duplicated_claims_last": _signed_over(_as_is, _after('"nonce": "old"')),
    "nan_claim": _signed_over(_as_is, _after('"auth_time": NaN')),
    "lone_surrogate": _signed_over(_as_is, _after('"name": "\\ud800"')),
    "deep_claims": _signed_over(_as_is, _after('"x": ' + "[" * 20_000 + "]" * 20_000)),
    "deep_header": _signed_over(_after('"x": ' + "[" * 5_000 + "]" * 5_000), _as_is),
    "claims_in_a_list": _signed_over(_as_is, lambda text: f"[{text}]"),
    "claims_of_text": _signed_over(_as_is, lambda text: "sub=agent-1"),
    "in_json": _in_json,
    "nested": _nested,
    "padded": _padded,
    "split_over_lines": _split_over_lines,
    "one_part_more": _one_part_more,
}
