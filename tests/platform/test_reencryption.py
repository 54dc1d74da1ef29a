from collections.abc import Iterator
from dataclasses import replace
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from pytest_django import Settings

from proconnect.kernel.encryption import KeyRing
from proconnect.platform import outbox, reencryption
from proconnect.platform.models import OutboxMessage

pytestmark = pytest.mark.django_db

OLD, NEW = bytes(range(32)), bytes(range(32, 64))
done: list[dict[str, object]] = []


@outbox.task("test.reencryption")
def note(payload: dict[str, object]) -> None:
    done.append(payload)


@pytest.fixture(autouse=True)
def nothing_done_yet() -> Iterator[None]:
    done.clear()
    yield
    done.clear()


def under(settings: Settings, **keys: bytes) -> None:
    settings.ENV = replace(settings.ENV, encryption_keys=keys)


def run() -> str:
    out = StringIO()
    call_command("secrets", "reencrypt", stdout=out)
    return out.getvalue()


def test_s172_after_reencryption_the_old_key_may_go(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reencryption, "BATCH", 2)
    under(settings, k1=OLD)
    for number in range(5):
        outbox.enqueue("test.reencryption", {"n": number})
    under(settings, k2=NEW, k1=OLD)
    assert "platform.OutboxMessage.payload: 5 sealed again, 0 unreadable" in run()
    assert "payload: 0 sealed again" in run()
    under(settings, k2=NEW)
    outbox.drain()
    assert [payload["n"] for payload in done] == [0, 1, 2, 3, 4]


def test_a_secret_whose_key_was_lost_is_said_and_left(settings: Settings) -> None:
    lost = KeyRing({"k0": bytes(32)}).seal("{}", context="outbox:test.reencryption")
    OutboxMessage.objects.create(task="test.reencryption", payload=lost)
    with pytest.raises(CommandError, match="1 secrets"):
        run()
    assert OutboxMessage.objects.get().payload == lost
