"""Secrets of FS: never kept in clear, compared in constant time, changed without interruption (S-034, S-172)."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from django.conf import settings
from django.contrib.auth.hashers import identify_hasher
from pytest_django import Settings

from federation import registry
from federation.models import Client
from federation.registry import client_secrets
from federation.registry.acts import Author, register_client, rotate_secret
from federation.registry.entries import ClientEntry
from tests.factories.federation import fs

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
BY = Author(actor="operator@example.gouv.fr")


@pytest.fixture(autouse=True)
def _nothing_remembered() -> None:
    registry.forget()


def test_s034_a_generated_secret_holds_256_bits_and_its_hash_does_not_hold_it() -> None:
    secret = client_secrets.generate()
    stored = client_secrets.hashed(secret)
    assert len(secret) == 43
    assert secret not in stored
    assert stored.startswith("hmac_sha256$test1$")
    assert identify_hasher(stored).algorithm == "hmac_sha256"


def test_s034_the_hash_depends_on_a_key_outside_the_database(settings: Settings) -> None:
    stored = client_secrets.hashed("a-secret")
    assert client_secrets.is_hash_of("a-secret", stored)
    settings.ENV = replace(
        settings.ENV, client_secret_peppers={"test1": b"another pepper of thirty-two ...."}
    )
    assert not client_secrets.is_hash_of("a-secret", stored)
    settings.ENV = replace(
        settings.ENV, client_secret_peppers={"other": b"another pepper of thirty-two ...."}
    )
    assert not client_secrets.is_hash_of("a-secret", stored)


def test_s034_a_new_pepper_hashes_while_the_old_one_still_verifies(settings: Settings) -> None:
    stored = client_secrets.hashed("a-secret")
    peppers = {"new": b"n" * 32, **settings.ENV.client_secret_peppers}
    settings.ENV = replace(settings.ENV, client_secret_peppers=peppers)
    assert client_secrets.is_hash_of("a-secret", stored)
    assert client_secrets.hashed("a-secret").startswith("hmac_sha256$new$")


@pytest.mark.django_db
@pytest.mark.parametrize("wrong", ["", "x", "hmac_sha256$test1$00", "un secret accentué : é"])
def test_s034_a_wrong_secret_is_refused(wrong: str) -> None:
    record = registry.find_client(fs(secret="right").client_id)
    assert record is not None
    assert not client_secrets.verify(record, wrong, NOW)
    assert client_secrets.verify(record, "right", NOW)


@pytest.mark.django_db
@pytest.mark.parametrize("stored", ["", client_secrets.hashed("")])
def test_s034_no_secret_is_never_the_right_one(stored: str) -> None:
    client = fs()
    Client.objects.filter(pk=client.pk).update(client_secret=stored)
    record = registry.find_client(client.client_id)
    assert record is not None
    assert not client_secrets.verify(record, "", NOW)


@pytest.mark.django_db
def test_the_previous_secret_stays_good_for_seven_days() -> None:
    client = fs(secret="the first")
    new = rotate_secret(client.client_id, by=BY, now=NOW)
    registry.look_again()
    record = registry.find_client(client.client_id)
    assert record is not None
    assert client_secrets.verify(record, new.clear, NOW)
    assert client_secrets.verify(record, "the first", NOW + timedelta(days=7, seconds=-1))
    assert not client_secrets.verify(record, "the first", NOW + timedelta(days=7))
    assert client_secrets.verify(record, new.clear, NOW + timedelta(days=365))


@pytest.mark.django_db
def test_s172_only_hs256_keeps_the_secret_itself_and_sealed() -> None:
    ordinary = register_client(ClientEntry(client_id="es", name="ES"), by=BY)
    hs256 = register_client(
        ClientEntry(client_id="hs", name="HS", id_token_signed_response_alg="HS256"), by=BY
    )
    kept = Client.objects.get(client_id="hs")
    assert Client.objects.get(client_id="es").sealed_secret == ""
    assert hs256.clear not in kept.sealed_secret
    assert ordinary.clear not in str(Client.objects.values())
    record = registry.find_client("hs")
    assert record is not None
    assert client_secrets.in_clear(record) == hs256.clear


def test_the_hasher_is_never_the_one_of_human_passwords() -> None:
    assert not settings.PASSWORD_HASHERS[0].endswith("KeyedHmacHasher")
