"""Each fault of the table, over real sockets: its outcome, its time, nothing secret written, no other FI harmed."""

import re
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import replace
from time import monotonic
from typing import Any, assert_never, get_args
from urllib.parse import quote, quote_plus

import pytest
from django.db import connections
from django.test import Client as Browser
from joserfc.jwk import ECKey

from federation import own_keys, registry
from federation.models import AccountLink, DecryptionKey
from tests.federation.faults.fault import (
    Answered,
    AsksCode,
    End,
    Enters,
    Envelope,
    Fault,
    Outcome,
    Page,
    SignedOut,
)
from tests.federation.faults.scene import LOCAL_PART, Party, Scene, answered, demo_fi
from tests.federation.faults.table import FAULTS
from tests.federation.journey.conftest import registered
from tests.federation.journey.trip import code_on
from tests.mirrors.provider.faults import WORDS, Kind

LONGEST = 12.0  # seconds, whatever the FI does
AN_HONEST_LOGIN = 3.0  # seconds, on a busy machine
AT_ONCE = [fault for fault in FAULTS if not fault.is_heavy]
MADE: list[DecryptionKey] = []
HEAVY = [fault for fault in FAULTS if fault.is_heavy]


def test_there_are_a_hundred_faults_and_none_twice() -> None:
    assert len(FAULTS) >= 100
    assert len({fault.name for fault in FAULTS}) == len(FAULTS)
    assert len({(fault.place, fault.endpoint, fault.told) for fault in FAULTS}) == len(FAULTS)


def test_all_that_the_demo_fi_can_do_wrong_is_played() -> None:
    orders = [fault.order for fault in FAULTS]
    played = {trouble["kind"] for order in orders for trouble in order.get("trouble", {}).values()}
    played |= {order[name] for order in orders for name in WORDS if name in order}
    assert {word for words in (*WORDS.values(), get_args(Kind)) for word in words} - played == {"honest"}


@pytest.mark.parametrize("fault", AT_ONCE, ids=[fault.name for fault in AT_ONCE])
def test_what_a_fi_does_wrong_ends_as_the_table_says(
    fault: Fault,
    scene: Scene,
    logged: Callable[[], str],
    django_capture_on_commit_callbacks: Callable[..., Any],
) -> None:
    prepare(fault, scene)
    with django_capture_on_commit_callbacks(execute=True):  # traces are written after commit
        play(fault, scene)
        somebody_signs_in_elsewhere(scene)
    assert secrets_in(logged(), scene) == []


@pytest.mark.django_db(transaction=True)
def test_f16_slow_and_huge_answers_hold_nobody_else_up(
    scene: Scene, logged: Callable[[], str], subtests: pytest.Subtests
) -> None:
    """All at once, each a FI of its own, with a thread and a person of its own."""
    with ExitStack() as running, ThreadPoolExecutor(len(HEAVY)) as threads:
        scenes = [a_fi_of_its_own(fault, scene, running) for fault in HEAVY]
        ends = [threads.submit(play_in_a_thread, *each) for each in zip(HEAVY, scenes, strict=True)]
        while not all(end.done() for end in ends):
            somebody_signs_in_elsewhere(scene)
        for fault, end in zip(HEAVY, ends, strict=True):
            with subtests.test(fault.name):
                end.result()
        assert [secret for each in scenes for secret in secrets_in(logged(), each)] == []


def a_fi_of_its_own(fault: Fault, scene: Scene, running: ExitStack) -> Scene:
    domain = f"{re.sub('[^a-z0-9]+', '-', fault.name.lower())}.gouv.fr"
    itself = running.enter_context(demo_fi(fault.name))
    theirs = Party(registered(itself, domains=[domain], title=fault.name), itself, domain)
    own_scene = replace(scene, hostile=theirs, browser=Browser())
    prepare(fault, own_scene)
    return own_scene


def play_in_a_thread(fault: Fault, scene: Scene) -> None:
    try:
        play(fault, scene)
    finally:
        connections.close_all()


# The trip, and what came of it


def prepare(fault: Fault, scene: Scene) -> None:
    """What our row says otherwise; the form of userinfo is agreed on both sides."""
    for name, value in fault.record.items():
        setattr(scene.hostile.row, name, value)
    scene.hostile.row.save()
    registry.look_again()
    agreed = scene.hostile.row.userinfo_signed_response_alg
    itself = scene.hostile.itself
    envelope = around(fault.envelope) if fault.envelope else None
    itself.register(replace(itself.client, userinfo_signed_response_alg=agreed, envelope=envelope))
    itself.misbehave(**fault.order)


def around(envelope: Envelope) -> Callable[[str], str]:
    key = our_key()
    return lambda token: envelope(token, key)


def our_key() -> ECKey:
    """The one FI encrypt to. Made once: the RSA key that comes with it costs a second."""
    if MADE:
        DecryptionKey.objects.bulk_create(MADE)
    else:
        MADE.extend(own_keys.make_missing_decryption_keys())
    own_keys.forget()
    key = own_keys.decryption().opening["ECDH-ES"][0]
    assert isinstance(key, ECKey)
    return key


def play(fault: Fault, scene: Scene) -> None:
    began = monotonic()
    response = fault.play(scene) if fault.play else scene.sign_in(**fault.asked)
    assert monotonic() - began < LONGEST
    judge(fault.outcome, response, scene)


def judge(outcome: Outcome, response: Any, scene: Scene) -> None:
    assert response.status_code != 500
    match outcome:
        case Page(code, keeps_session):
            assert code_on(response) == code
            assert_harmless(response)
            assert scene.is_signed_in() == keeps_session
            assert AccountLink.objects.filter(provider=scene.hostile.row).exists() == keeps_session
        case Enters(_, claims):
            assert "code" in answered(response), said_instead(response)
            read = scene.read(response)
            assert {name: read.get(name) for name in claims} == claims
        case Answered(error):
            assert answered(response)["error"] == error
            assert not scene.is_signed_in()
        case AsksCode():
            page = scene.browser.get(response["Location"])
            assert page.status_code == 200
            assert 'name="code"' in page.content.decode()
            assert not scene.is_signed_in()
        case SignedOut(end):
            assert_ended_at(end, response, scene)
            assert not scene.is_signed_in()
        case _:
            assert_never(outcome)


def assert_ended_at(end: End, response: Any, scene: Scene) -> None:
    match end:
        case End.SERVICE:
            assert response["Location"] == scene.home
        case End.PROVIDER:
            assert response["Location"].startswith(scene.hostile.itself.issuer)
        case End.OUR_PAGE:
            assert "Vous êtes déconnecté" in response.content.decode()


def assert_harmless(page: Any) -> None:
    text = page.content.decode()
    assert "<script>alert" not in text
    assert "Traceback" not in text
    assert "x" * 300 not in text
    assert not {"x-injected", "bcc"} & {name.lower() for name in page.headers}
    assert "a" not in page.cookies


def said_instead(response: Any) -> str:
    return str(answered(response) or re.findall(r"Code : Y[0-9]{6}", response.content.decode()))


def somebody_signs_in_elsewhere(scene: Scene) -> None:
    """At the FI that does nothing wrong, in another browser."""
    other = replace(scene, browser=Browser())
    began = monotonic()
    assert "code" in answered(other.sign_in(scene.honest))
    assert monotonic() - began < AN_HONEST_LOGIN


def secrets_in(text: str, scene: Scene) -> list[str]:
    assert "FI_CHOSEN" in text, "the journeys were logged"
    told = [*scene.hostile.itself.secrets(), *scene.honest.itself.secrets()]
    return [part for secret in [*told, LOCAL_PART] for part in pieces(secret) if part in text]


def pieces(secret: str) -> Iterator[str]:
    """As it is and as addresses write it; of a JWT, each part that says something."""
    yield from {secret, quote(secret), quote_plus(secret)}
    if secret.count(".") >= 2:
        yield from (part for part in secret.split(".")[1:] if len(part) > 20)
