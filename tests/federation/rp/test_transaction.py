"""One record per departure: read as often as needed, taken once, gone after ten minutes."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode
from uuid import UUID

import pytest
from django.db import connection, connections
from django.http import HttpRequest

from federation.rp import transaction
from federation.rp.transaction import PendingTransaction
from tests.federation.rp.conftest import RETURN_TO, callback_request

NOW = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
PROVIDER, JOURNEY = UUID(int=1), UUID(int=2)


def depart() -> tuple[str, PendingTransaction]:
    return transaction.depart(provider_uid=PROVIDER, journey_id=JOURNEY, now=NOW)


def callback(state: str) -> HttpRequest:
    return callback_request(f"{RETURN_TO}?{urlencode({'state': state, 'code': 'x'})}")


@pytest.mark.django_db
def test_a_callback_finds_its_departure_as_often_as_it_looks() -> None:
    state, pending = depart()
    assert transaction.of_callback(callback(state)) == pending
    assert transaction.of_callback(callback(state)) == pending
    assert (pending.provider_uid, pending.journey_id, pending.opened_at) == (PROVIDER, JOURNEY, NOW)


@pytest.mark.django_db
def test_s061_it_is_taken_once() -> None:
    state, pending = depart()
    assert transaction.consume(callback(state)) == pending
    assert transaction.consume(callback(state)) is None
    assert transaction.of_callback(callback(state)) is None


@pytest.mark.django_db(transaction=True)
def test_s061_of_twenty_callbacks_at_once_one_takes_it() -> None:
    state, _ = depart()

    def consume(_: int) -> bool:
        try:
            return transaction.consume(callback(state)) is not None
        finally:
            connections.close_all()

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(consume, range(20))) == 1


@pytest.mark.django_db
def test_it_is_kept_ten_minutes() -> None:
    state, _ = depart()
    assert timedelta(minutes=10) == transaction.LIFETIME
    with connection.cursor() as cursor:
        cursor.execute("UPDATE platform_onetimething SET expires_at = expires_at - interval '10 minutes'")
    assert transaction.of_callback(callback(state)) is None
    assert transaction.consume(callback(state)) is None


@pytest.mark.django_db
def test_s167_neither_state_nor_secrets_are_stored_in_clear() -> None:
    state, pending = depart()
    with connection.cursor() as cursor:
        cursor.execute("SELECT key || sealed FROM platform_onetimething")
        stored = cursor.fetchone()[0]
    assert not any(secret in stored for secret in (state, pending.nonce, pending.verifier))


def test_the_challenge_is_the_one_of_the_specification() -> None:
    """RFC 7636, appendix B."""
    example = PendingTransaction(
        provider_uid=PROVIDER,
        journey_id=JOURNEY,
        nonce="",
        verifier="dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk",
        opened_at=NOW,
    )
    assert example.challenge == "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
