"""What a FI encrypts to us: opened by our keys as its record says, and believed only when what is inside is signed."""

import base64
import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
from django.utils import timezone
from joserfc import jwe
from joserfc.jwk import ECKey, OctKey, RSAKey
from structlog.testing import capture_logs

from federation import own_keys
from federation.models import DecryptionKey
from federation.own_keys import Key
from proconnect.kernel.contracts.identity_provider import ProviderRefused
from tests.federation.rp.conftest import Trip
from tests.mirrors.provider.double import DemoProvider

NewTrip = Callable[..., Trip]
Envelope = Callable[[str], str]
ALGORITHMS = ["RSA-OAEP-256", "ECDH-ES"]
PUBLISHED: dict[str, Key] = {}  # as the FI, in its own thread, has read them
ROWS: list[DecryptionKey] = []  # made once: an RSA key costs a second


@pytest.fixture(autouse=True)
def keys_of_this_test(db: None) -> None:
    own_keys.forget()
    if not ROWS:
        ROWS.extend(own_keys.make_missing_decryption_keys())
    else:
        DecryptionKey.objects.bulk_create(ROWS)
    PUBLISHED.update({algorithm: keys[0] for algorithm, keys in own_keys.decryption().opening.items()})


def encrypted(
    content: str, algorithm: str, *, enc: str = "A256GCM", key: Key | OctKey | None = None, **header: Any
) -> str:
    """``key``: ours, as we publish it, unless told."""
    to = key or PUBLISHED[algorithm]
    registry = jwe.JWERegistry(algorithms=[algorithm, enc, "DEF"], strict_check_header=False)
    registry.max_protected_header_length = registry.max_ciphertext_length = 10_000_000
    protected: dict[str, Any] = {"alg": algorithm, "enc": enc, "cty": "JWT", **header}
    protected = {name: value for name, value in protected.items() if value is not None}
    return jwe.encrypt_compact(protected, content, to, registry=registry)


def by(algorithm: str, **how: Any) -> Envelope:
    return lambda token: encrypted(token, algorithm, **how)


def there(trip: NewTrip, algorithm: str = "RSA-OAEP-256", **changes: Any) -> Trip:
    names = ("id_token_encrypted_response", "userinfo_encrypted_response")
    return trip(
        **{f"{name}_alg": algorithm for name in names},
        **{f"{name}_enc": "A256GCM" for name in names},
        **changes,
    )


def puts_in(demo: DemoProvider, envelope: Envelope | None) -> None:
    demo.register(replace(demo.client, envelope=envelope))


def refusal_of(one: Trip) -> tuple[str, str]:
    with pytest.raises(ProviderRefused) as refusal:
        one.go()
    return refusal.value.code, refusal.value.check


@pytest.mark.parametrize("algorithm", ALGORITHMS)
@pytest.mark.parametrize("signing", ["ES256", "RS256"])
def test_s071_what_is_encrypted_to_us_is_opened_then_its_signature_checked(
    trip: NewTrip, demo_provider: DemoProvider, algorithm: str, signing: str
) -> None:
    demo_provider.register(
        replace(
            demo_provider.client,
            envelope=by(algorithm, kid=PUBLISHED[algorithm].kid),
            id_token_signed_response_alg=signing,
            userinfo_signed_response_alg=signing,
        )
    )
    identity = there(trip, algorithm).go()
    assert identity.email == "camille.durand@exemples.gouv.fr"
    assert identity.proof.count(".") == 2  # the signed token, which the FI can read again at sign-out


@pytest.mark.parametrize("named", [None, "a-name-of-the-fi-s-own"])
def test_a_key_the_fi_does_not_name_is_found(trip: NewTrip, demo_provider: DemoProvider, named: Any) -> None:
    puts_in(demo_provider, by("ECDH-ES", kid=named))
    assert there(trip, "ECDH-ES").go().sub == "agent-1"


def test_a_retired_key_still_opens_and_a_deleted_one_does_not(
    trip: NewTrip, demo_provider: DemoProvider
) -> None:
    former = PUBLISHED["RSA-OAEP-256"]
    assert former.kid
    puts_in(demo_provider, by("RSA-OAEP-256", key=former))
    own_keys.replace_decryption_key(former.kid, now=timezone.now())
    assert there(trip).go().sub == "agent-1"
    own_keys.delete_decryption_key(former.kid, now=timezone.now(), at_once=True)
    assert refusal_of(there(trip)) == ("Y020030", "it_is_encrypted_to_us")


def unsigned(token: str) -> str:
    header = base64.urlsafe_b64encode(b'{"alg":"none"}').rstrip(b"=").decode()
    return f"{header}.{token.split('.')[1]}."


def claims_alone(token: str) -> str:
    payload = token.split(".")[1]
    return base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)).decode()


def tampered(token: str) -> str:
    header, payload, signature = token.split(".")
    more = json.loads(claims_alone(token)) | {"acr": "eidas3"}
    payload = base64.urlsafe_b64encode(json.dumps(more).encode()).rstrip(b"=").decode()
    return f"{header}.{payload}.{signature}"


@pytest.mark.parametrize(
    ("inside", "check"),
    [
        pytest.param(unsigned, "algorithm_is_the_one_agreed", id="unsigned"),
        pytest.param(claims_alone, "token_is_a_jws", id="claims alone"),
        pytest.param(tampered, "signature_is_valid", id="altered"),
        pytest.param(lambda token: encrypted(token, "ECDH-ES"), "token_is_a_jws", id="encrypted twice"),
        pytest.param(lambda token: "", "token_is_a_jws", id="nothing"),
    ],
)
def test_s071_encryption_proves_nothing_what_is_inside_must_be_signed(
    trip: NewTrip, demo_provider: DemoProvider, inside: Envelope, check: str
) -> None:
    puts_in(demo_provider, lambda token: encrypted(inside(token), "RSA-OAEP-256"))
    assert refusal_of(there(trip)) == ("Y020030", check)
    assert demo_provider.received("userinfo") == []


@pytest.mark.parametrize("inside", [unsigned, claims_alone, tampered])
def test_s071_nor_does_userinfo(trip: NewTrip, demo_provider: DemoProvider, inside: Envelope) -> None:
    puts_in(demo_provider, alternating(lambda token: token, inside))
    one = trip(userinfo_encrypted_response_alg="RSA-OAEP-256", userinfo_signed_response_alg=None)
    assert refusal_of(one)[0] == "Y020027"


def alternating(id_token: Envelope, inside: Envelope) -> Envelope:
    """The ID token comes first."""
    turns: Iterator[Envelope] = iter([id_token, lambda token: encrypted(inside(token), "RSA-OAEP-256")])

    def envelope(token: str) -> str:
        return next(turns)(token)

    return envelope


def test_s071_userinfo_that_is_encrypted_is_signed_as_the_id_token_is_by_default(
    trip: NewTrip, demo_provider: DemoProvider
) -> None:
    puts_in(demo_provider, alternating(lambda token: token, lambda token: token))
    one = trip(userinfo_encrypted_response_alg="RSA-OAEP-256", userinfo_signed_response_alg=None)
    assert one.go().sub == "agent-1"


def test_s070_what_comes_in_clear_where_encryption_is_agreed_is_refused(
    trip: NewTrip, demo_provider: DemoProvider
) -> None:
    assert refusal_of(there(trip)) == ("Y020030", "token_is_encrypted_as_agreed")
    only_userinfo = trip(userinfo_encrypted_response_alg="ECDH-ES")
    assert refusal_of(only_userinfo) == ("Y020027", "token_is_encrypted_as_agreed")
    demo_provider.misbehave(userinfo_signature="absent")
    assert refusal_of(only_userinfo) == ("Y020027", "userinfo_comes_in_the_agreed_form")


def test_s070_what_comes_encrypted_where_nothing_is_agreed_is_refused(
    trip: NewTrip, demo_provider: DemoProvider
) -> None:
    puts_in(demo_provider, by("RSA-OAEP-256"))
    assert refusal_of(trip()) == ("Y020030", "token_is_a_jws")


P256, SHARED = ECKey.generate_key("P-256"), OctKey.generate_key(256)


@pytest.mark.parametrize(
    ("envelope", "check"),
    [
        pytest.param(by("RSA-OAEP-256", zip="DEF"), "content_is_not_compressed", id="compressed"),
        pytest.param(by("ECDH-ES"), "encryption_is_the_one_agreed", id="another algorithm of ours"),
        pytest.param(
            by("RSA-OAEP-256", enc="A128GCM"), "encryption_is_the_one_agreed", id="another content encryption"
        ),
        pytest.param(
            lambda token: encrypted(token, "dir", key=SHARED),
            "encryption_is_the_one_agreed",
            id="a shared key",
        ),
        pytest.param(
            lambda token: encrypted(token, "RSA-OAEP-256", key=RSAKey.generate_key(2048)),
            "it_is_encrypted_to_us",
            id="somebody else's key",
        ),
        pytest.param(
            lambda token: encrypted(token, "RSA-OAEP-256")[:-4] + "AAAA",
            "it_is_encrypted_to_us",
            id="altered",
        ),
        pytest.param(lambda token: "a.b.c.d.e", "token_is_encrypted_as_agreed", id="no header"),
        pytest.param(lambda token: "W10.b.c.d.e", "token_is_encrypted_as_agreed", id="a list for a header"),
        pytest.param(lambda token: "e30....", "encryption_is_the_one_agreed", id="an empty header"),
        pytest.param(lambda token: "é.é.é.é.é", "token_is_encrypted_as_agreed", id="no ASCII"),
        pytest.param(
            lambda token: encrypted("x" * 70_000, "RSA-OAEP-256"), "token_is_encrypted_as_agreed", id="huge"
        ),
    ],
)
def test_s071_only_what_was_agreed_is_opened(
    trip: NewTrip, demo_provider: DemoProvider, envelope: Envelope, check: str
) -> None:
    puts_in(demo_provider, envelope)
    assert refusal_of(there(trip)) == ("Y020030", check)


def segment(**header: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(header).encode()).rstrip(b"=").decode()


@pytest.mark.parametrize("named", [{}, {"epk": None}, {"epk": "x"}, {"epk": []}, {"epk": {"kty": "EC"}}])
@pytest.mark.parametrize("rest", ["....", ".a.b.c.d", ".AAAA.AAAAAAAAAAAAAAAA.AAAA.AAAAAAAAAAAAAAAAAAAAAA"])
@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_s071_a_header_of_no_sense_opens_nothing(
    trip: NewTrip, demo_provider: DemoProvider, named: dict[str, Any], rest: str, algorithm: str
) -> None:
    header = segment(alg=algorithm, enc="A256GCM", **named)
    puts_in(demo_provider, lambda token: header + rest)
    assert refusal_of(there(trip, algorithm)) == ("Y020030", "it_is_encrypted_to_us")


@pytest.mark.parametrize(
    "point",
    [
        pytest.param({"kty": "EC", "crv": "P-256", "x": "AA", "y": "AA"}, id="no point of the curve"),
        pytest.param(ECKey.generate_key("P-384").as_dict(private=False), id="of another curve"),
        pytest.param(OctKey.generate_key(256).as_dict(), id="no key of that kind"),
        pytest.param({"kty": "EC", "crv": "P-256", "x": 1, "y": 2}, id="numbers"),
    ],
)
def test_s071_a_sender_s_point_that_is_none_tells_nothing_of_our_key(
    trip: NewTrip, demo_provider: DemoProvider, point: dict[str, Any]
) -> None:
    header = segment(alg="ECDH-ES", enc="A256GCM", epk=point)
    puts_in(demo_provider, lambda token: f"{header}..AAAAAAAAAAAAAAAA.AAAA.AAAAAAAAAAAAAAAAAAAAAA")
    assert refusal_of(there(trip, "ECDH-ES")) == ("Y020030", "it_is_encrypted_to_us")


def test_s072_a_bomb_is_refused_before_it_is_opened(trip: NewTrip, demo_provider: DemoProvider) -> None:
    """A few kilobytes that hold sixty megabytes."""
    bomb = encrypted("a" * 60_000_000, "RSA-OAEP-256", zip="DEF")
    puts_in(demo_provider, lambda token: bomb)
    assert refusal_of(there(trip))[1] in ("content_is_not_compressed", "token_is_encrypted_as_agreed")


def test_a_header_holding_a_chain_of_certificates_is_read(trip: NewTrip, demo_provider: DemoProvider) -> None:
    puts_in(demo_provider, by("RSA-OAEP-256", x5c=["a" * 4000], vendor={"x": 1}))
    assert there(trip).go().sub == "agent-1"


def test_a_critical_header_is_refused(trip: NewTrip, demo_provider: DemoProvider) -> None:
    header = segment(alg="RSA-OAEP-256", enc="A256GCM", crit=["exp"], exp=1)
    puts_in(demo_provider, lambda token: f"{header}.a.b.c.d")
    assert refusal_of(there(trip)) == ("Y020030", "critical_headers_are_understood")


def test_our_private_keys_are_sealed_and_leave_in_no_answer(db: None) -> None:
    own_keys.decryption()
    for row in DecryptionKey.objects.all():
        assert row.sealed_private_jwk.startswith("test1.")
        assert "d" not in row.public_jwk
    assert all("d" not in key for key in json.loads(own_keys.for_providers())["keys"])


def test_neither_what_proves_us_nor_what_was_opened_enters_a_journal(
    trip: NewTrip, demo_provider: DemoProvider, caplog: pytest.LogCaptureFixture
) -> None:
    own = json.loads(own_keys.for_providers())
    demo_provider.register(replace(demo_provider.client, envelope=by("ECDH-ES"), jwks=own))
    caplog.set_level("DEBUG")
    with capture_logs() as traces:
        opened = there(trip, "ECDH-ES", token_endpoint_auth_method="private_key_jwt").go()
    (sent,) = demo_provider.received("token")
    journal = caplog.text + str(traces)
    for secret in (sent.parameters["client_assertion"], opened.proof, opened.provider_sid, opened.email):
        assert secret
        assert secret not in journal
