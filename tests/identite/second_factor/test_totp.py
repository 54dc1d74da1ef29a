"""The authenticator application: its key sealed, each code good once (S-125, S-126, S-127)."""

import base64
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
import time_machine
from django.db import connection
from django_otp.oath import hotp

from identite.models import TotpDevice, User
from identite.second_factor import totp
from proconnect.kernel.encryption import CannotUnseal

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 21, 12, 0, 10, tzinfo=UTC)
STEP = timedelta(seconds=30)


@pytest.fixture
def user() -> User:
    return User.objects.create_user("operatrice@example.gouv.fr", "une phrase bien à moi")


def code_of(secret: str, at: datetime) -> str:
    return f"{hotp(base64.b32decode(secret), int(at.timestamp()) // 30):06}"


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel(NOW, tick=False) as clock:
        yield clock


def test_s125_the_secret_holds_160_bits_and_is_kept_sealed(user: User) -> None:
    secret = totp.enrol_totp(user)
    device = TotpDevice.objects.get(user=user)
    assert len(base64.b32decode(secret)) == 20
    assert secret not in str(TotpDevice.objects.filter(pk=device.pk).values().get())


def test_s125_a_key_copied_to_another_person_does_not_open(user: User) -> None:
    other = User.objects.create_user("autre@example.gouv.fr")
    secret = totp.enrol_totp(user)
    totp.enrol_totp(other)
    stolen = TotpDevice.objects.get(user=user).sealed_key
    TotpDevice.objects.filter(user=other).update(sealed_key=stolen)
    with pytest.raises(CannotUnseal):
        totp.verify_totp(other, code_of(secret, NOW), NOW)


@pytest.mark.parametrize("steps", [-1, 0, 1])
def test_s126_a_code_is_accepted_one_step_before_and_after(user: User, steps: int) -> None:
    secret = totp.enrol_totp(user)
    assert totp.verify_totp(user, code_of(secret, NOW + steps * STEP), NOW)


@pytest.mark.parametrize("steps", [-2, 2])
def test_s126_a_code_is_refused_two_steps_away(user: User, steps: int) -> None:
    secret = totp.enrol_totp(user)
    assert totp.verify_totp(user, code_of(secret, NOW + steps * STEP), NOW) is None


def test_s126_a_code_serves_once(user: User) -> None:
    secret = totp.enrol_totp(user)
    code = code_of(secret, NOW)
    assert totp.verify_totp(user, code, NOW)
    assert totp.verify_totp(user, code, NOW) is None


def test_s126_after_a_code_the_earlier_ones_are_dead(user: User) -> None:
    secret = totp.enrol_totp(user)
    assert totp.verify_totp(user, code_of(secret, NOW + STEP), NOW)
    assert totp.verify_totp(user, code_of(secret, NOW), NOW) is None


@pytest.mark.parametrize(
    "typed", ["", "12345", "1234567", "abcdef", "１２３４５６", "-12345", "+12345", "1e5"]
)
def test_what_is_no_code_is_refused(user: User, typed: str) -> None:
    totp.enrol_totp(user)
    assert totp.verify_totp(user, typed, NOW) is None


def test_spaces_in_a_code_are_ignored(user: User) -> None:
    secret = totp.enrol_totp(user)
    code = code_of(secret, NOW)
    assert totp.verify_totp(user, f" {code[:3]} {code[3:]} ", NOW)


def test_s127_a_wrong_code_makes_the_next_one_wait(user: User, clock: time_machine.Traveller) -> None:
    secret = totp.enrol_totp(user)
    right = code_of(secret, NOW)
    assert totp.verify_totp(user, "000000" if right != "000000" else "000001", NOW) is None
    assert totp.verify_totp(user, right, NOW) is None
    clock.shift(2)
    assert totp.verify_totp(user, right, NOW + timedelta(seconds=2))


def test_s128_an_enrolment_needs_a_right_code_and_consumes_it(
    user: User, clock: time_machine.Traveller
) -> None:
    kept = totp.enrol_totp(user)
    offered = totp.new_secret()
    assert totp.confirm_enrolment(user, offered, code_of(kept, NOW), NOW) is None
    assert totp.verify_totp(user, code_of(kept, NOW), NOW)
    assert totp.confirm_enrolment(user, offered, code_of(offered, NOW), NOW)
    assert totp.verify_totp(user, code_of(offered, NOW), NOW) is None
    clock.shift(STEP)
    assert totp.verify_totp(user, code_of(offered, NOW + STEP), NOW + STEP)
    assert TotpDevice.objects.filter(user=user).count() == 1


def test_a_person_without_application_has_no_code(user: User) -> None:
    assert not totp.has_totp(user)
    assert totp.verify_totp(user, "000000", NOW) is None


def test_the_qr_code_says_what_applications_read(user: User) -> None:
    secret = totp.new_secret()
    uri = urlsplit(totp.enrolment_uri(user, secret))
    assert (uri.scheme, uri.netloc) == ("otpauth", "totp")
    assert uri.path == "/ProConnect%3Aoperatrice%40example.gouv.fr"
    assert parse_qs(uri.query)["secret"] == [secret]
    svg = totp.qr_code(uri.geturl())
    assert svg.startswith("<svg")
    assert "style=" not in svg


@pytest.mark.django_db(transaction=True)
def test_s126_of_twenty_requests_with_one_code_a_single_one_passes(user: User) -> None:
    secret = totp.enrol_totp(user)
    code = code_of(secret, NOW)

    def attempt(_: int) -> bool:
        try:
            return totp.verify_totp(user, code, NOW) is not None
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as several:
        assert sum(several.map(attempt, range(20))) == 1
