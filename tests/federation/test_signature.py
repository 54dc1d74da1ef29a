"""Whose signature a token bears, with keys made here and no network."""

import json
from base64 import urlsafe_b64encode
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from joserfc import jws, jwt
from joserfc.jwk import ECKey, OctKey, RSAKey

from federation.rp.metadata import read_keys
from federation.signature import BadSignature, SigningKey, verified_claims

SECRET = "a-secret-shared-with-the-fi-0123456789"
EC_KEY = ECKey.generate_key("P-256", {"kid": "ec", "use": "sig"})
RSA_KEY = RSAKey.generate_key(2048, {"kid": "rsa"})
BOTH = ("ES256", "RS256")


def signed(
    key: Any = EC_KEY, algorithm: str = "ES256", claims: dict[str, Any] | None = None, **header: Any
) -> str:
    token = {"alg": algorithm, **header}
    return jwt.encode(token, claims or {"sub": "x"}, key, algorithms=[algorithm], default_type=None)


def verified(
    token: str, *keys: SigningKey, algorithms: Sequence[str] = BOTH, secret: str = SECRET
) -> dict[str, Any]:
    return verified_claims(token, algorithms=algorithms, keys=lambda refetch: keys, secret=lambda: secret)


def refused(token: str, *keys: SigningKey, **known: Any) -> str:
    with pytest.raises(BadSignature) as bad:
        verified(token, *keys, **known)
    return bad.value.check


def test_the_key_named_by_the_header_verifies() -> None:
    assert verified(signed(kid="ec"), RSA_KEY, EC_KEY) == {"sub": "x"}
    assert verified(signed(RSA_KEY, "RS256", kid="rsa"), RSA_KEY, EC_KEY) == {"sub": "x"}


def test_without_a_name_each_key_of_the_right_type_is_tried() -> None:
    others = [ECKey.generate_key("P-256", {"kid": f"k{number}"}) for number in range(3)]
    assert verified(signed(), RSA_KEY, *others, EC_KEY) == {"sub": "x"}


def test_a_key_that_bears_another_name_is_not_tried() -> None:
    assert refused(signed(kid="other"), EC_KEY) == "signing_key_is_known"


@pytest.mark.parametrize(
    "parameters",
    [
        pytest.param({"use": "enc"}, id="for encryption"),
        pytest.param({"alg": "ES384"}, id="for another algorithm"),
        pytest.param({"crv": "P-384"}, id="of another curve"),
    ],
)
def test_a_key_of_no_use_is_unknown(parameters: dict[str, str]) -> None:
    published = {**EC_KEY.as_dict(private=False), **parameters}
    with suppress(ValueError):
        assert refused(signed(kid="ec"), *read_keys({"keys": [published]})) == "signing_key_is_known"


@pytest.mark.filterwarnings("ignore:Key size")
def test_a_short_rsa_key_is_unknown() -> None:
    short = RSAKey.generate_key(1024)
    assert refused(signed(short, "RS256"), short) == "signing_key_is_known"


def test_the_keys_are_fetched_again_once_when_none_fits() -> None:
    asked: list[bool] = []

    def keys(refetch: bool) -> Sequence[SigningKey]:
        asked.append(refetch)
        return (EC_KEY,) if refetch else ()

    token = signed(kid="ec")
    assert verified_claims(token, algorithms=BOTH, keys=keys, secret=lambda: "") == {"sub": "x"}
    assert asked == [False, True]


def test_hs256_serves_where_the_record_admits_it() -> None:
    token = signed(OctKey.import_key(SECRET), "HS256")
    assert verified(token, algorithms=("HS256",)) == {"sub": "x"}
    assert refused(token, algorithms=BOTH) == "algorithm_is_the_one_agreed"
    assert (
        refused(token, algorithms=("HS256",), secret="another-secret-0123456789-0123456789")
        == "signature_is_valid"
    )


def test_an_empty_secret_signs_for_nobody() -> None:
    encoded = urlsafe_b64encode(json.dumps({"alg": "HS256"}).encode()).rstrip(b"=").decode()
    assert refused(f"{encoded}.e30.AAAA", algorithms=("HS256",), secret="") == "signing_key_is_known"


def test_s065_rsa_public_key_as_hmac_secret() -> None:
    token = signed(OctKey.import_key(str(RSA_KEY.as_dict(private=False)["n"])), "HS256", kid="rsa")
    assert refused(token, RSA_KEY, algorithms=(*BOTH, "HS256")) == "signature_is_valid"


@pytest.mark.parametrize(
    "payload", [b"", b"[]", b"null", b"x", b"\xff", b'{"a": NaN}', b"[" * 40_000, b'{"a": "\\ud800"}']
)
def test_a_payload_that_is_no_object_is_refused(payload: bytes) -> None:
    token = jws.serialize_compact({"alg": "ES256"}, payload, EC_KEY)
    assert refused(token, EC_KEY) == "claims_are_readable"


@given(st.text() | st.from_regex(r"\A[A-Za-z0-9_-]{0,40}\.[A-Za-z0-9_-]{0,40}\.[A-Za-z0-9_-]{0,40}\Z"))
def test_any_text_is_refused_in_good_order(text: str) -> None:
    with pytest.raises(BadSignature):
        verified(text, EC_KEY, RSA_KEY, algorithms=(*BOTH, "HS256"))


HEADERS = st.dictionaries(
    st.sampled_from(
        ["alg", "kid", "typ", "jwk", "jku", "x5c", "x5u", "x5t", "crit", "b64", "cty", "zip", "enc"]
    ),
    st.none()
    | st.booleans()
    | st.integers()
    | st.text()
    | st.lists(st.text())
    | st.dictionaries(st.text(), st.text()),
)


@given(HEADERS, st.sampled_from(["ES256", "RS256", "HS256", None]))
def test_any_header_is_refused_in_good_order(header: dict[str, Any], algorithm: str | None) -> None:
    header |= {"alg": algorithm} if algorithm else {}
    encoded = urlsafe_b64encode(json.dumps(header).encode()).rstrip(b"=").decode()
    with pytest.raises(BadSignature):
        verified(f"{encoded}.e30.c2ln", EC_KEY, RSA_KEY, algorithms=(*BOTH, "HS256"))
