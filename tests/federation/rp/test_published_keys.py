"""What FI read of our keys, and how operators look after them."""

import json
from collections.abc import Callable, Iterator
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client as Browser
from django.utils import timezone

from federation import own_keys, registry
from federation.models import DecryptionKey, SigningKey

KEYS = "/api/v2/client/.well-known/keys"
DAY = timedelta(days=1)
State = DecryptionKey.State


@pytest.fixture(autouse=True)
def keys_of_this_test(db: None) -> None:
    registry.forget()
    own_keys.forget()


def run(*words: str) -> str:
    told = StringIO()
    call_command("provider_keys", *words, stdout=told)
    registry.look_again()
    return told.getvalue()


def published() -> list[dict[str, Any]]:
    response = Browser().get(KEYS)
    assert response.status_code == 200
    assert response["Cache-Control"] == "public, max-age=600"
    assert "Set-Cookie" not in response
    return response.json()["keys"]


def kids(use: str) -> set[str]:
    return {key["kid"] for key in published() if key["use"] == use}


def active(algorithm: str) -> str:
    return DecryptionKey.objects.get(algorithm=algorithm, state=State.ACTIVE).kid


def test_fi_read_keys_of_both_uses_made_at_the_first_need() -> None:
    keys = published()
    assert {(key["use"], key["alg"]) for key in keys} == {
        ("sig", "ES256"),
        ("sig", "RS256"),
        ("enc", "RSA-OAEP-256"),
        ("enc", "ECDH-ES"),
    }
    assert len({key["kid"] for key in keys}) == len(keys)
    assert all({"d", "p", "q", "dp", "dq", "qi", "oth", "k"}.isdisjoint(key) for key in keys)


def test_the_next_signing_key_is_shown_before_it_signs_and_a_retired_one_no_more() -> None:
    own_keys.make_missing(SigningKey.State.ACTIVE, ["ES256"])
    own_keys.make_missing(SigningKey.State.NEXT, ["ES256"])
    by_state = dict(SigningKey.objects.values_list("state", "kid"))
    assert set(by_state.values()) <= kids("sig")
    own_keys.rotate("ES256", now=timezone.now(), at_once=True)
    assert by_state["active"] not in kids("sig")
    assert by_state["next"] in kids("sig")


def test_making_twice_makes_nothing_more() -> None:
    assert len(run("make").splitlines()) == 2
    assert run("make") == ""
    assert len(run("list").splitlines()) == 2


def test_a_retired_key_gives_way_to_a_new_one_and_still_opens() -> None:
    run("make")
    former = active("ECDH-ES")
    told = run("retire", former)
    assert former in told and active("ECDH-ES") in told
    assert former not in kids("enc")
    assert active("ECDH-ES") in kids("enc")
    assert former in [key.kid for key in own_keys.decryption().opening["ECDH-ES"]]
    assert own_keys.decryption().opening["ECDH-ES"][0].kid == active("ECDH-ES")
    assert "retired" in run("list")


def test_a_retired_key_is_deleted_after_a_day() -> None:
    run("make")
    former = active("ECDH-ES")
    run("retire", former)
    with pytest.raises(CommandError, match="less than a day ago"):
        run("delete", former)
    DecryptionKey.objects.filter(kid=former).update(retired_at=timezone.now() - DAY)
    run("delete", former)
    assert not DecryptionKey.objects.filter(kid=former).exists()


def test_or_at_once_when_it_leaked() -> None:
    run("make")
    former = active("ECDH-ES")
    run("retire", former)
    run("delete", former, "--at-once")
    assert former not in [key.kid for key in own_keys.decryption().opening["ECDH-ES"]]


@pytest.mark.parametrize("act", ["retire", "delete"])
def test_a_key_in_another_state_is_left_alone(act: str) -> None:
    run("make")
    wrong = active("ECDH-ES") if act == "delete" else "unknown"
    with pytest.raises(CommandError, match="provider_keys list"):
        run(act, wrong)
    assert DecryptionKey.objects.filter(state=State.ACTIVE).count() == 2


def test_the_list_tells_no_secret() -> None:
    run("make")
    assert '"d"' not in run("list")


def test_they_are_served_from_memory(django_assert_num_queries: Callable[[int], Any]) -> None:
    for _ in range(2):  # made, then read
        published()
    with django_assert_num_queries(0):
        published()


@pytest.fixture
def stopped_database(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Every new connection fails, as when PostgreSQL is stopped."""
    connection.close()
    monkeypatch.setitem(connection.settings_dict, "HOST", "/nonexistent")
    yield
    monkeypatch.undo()
    connection.close()


@pytest.mark.django_db(transaction=True)
def test_they_are_served_while_the_database_is_stopped(request: pytest.FixtureRequest) -> None:
    before = published()
    request.getfixturevalue("stopped_database")
    registry.look_again()
    assert published() == before
    assert json.loads(own_keys.for_providers())["keys"] == before
