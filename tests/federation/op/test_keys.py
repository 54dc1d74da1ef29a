import base64
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

from federation import registry
from federation.models import Account, Client, SigningKey
from federation.op import keys
from federation.op.id_token import read_hint
from tests.factories.federation import fs
from tests.federation.op.asking import TOKEN, basic, tokens_of, verified

State = SigningKey.State
DAY = timedelta(days=1)


def run(*words: str) -> str:
    told = StringIO()
    call_command("keys", *words, stdout=told)
    registry.look_again()
    return told.getvalue()


def states(algorithm: str) -> list[str]:
    return sorted(SigningKey.objects.filter(algorithm=algorithm).values_list("state", flat=True))


def published() -> set[str]:
    return {key["kid"] for key in Browser().get("/api/v2/jwks").json()["keys"]}


@pytest.fixture
def yesterday(db: None) -> None:
    """The keys were made a day ago."""
    run("init")
    SigningKey.objects.update(created_at=timezone.now() - DAY)


def test_keys_are_made_at_the_first_need(service: Client, agent: Account) -> None:
    assert not SigningKey.objects.exists()
    verified(tokens_of(service, agent)["id_token"])
    assert states("ES256") == [State.ACTIVE]


def test_init_makes_what_is_missing_and_nothing_twice(db: None) -> None:
    assert len(run("init").splitlines()) == 4
    assert run("init") == ""
    assert states("ES256") == states("RS256") == [State.ACTIVE, State.NEXT]


def test_s171_the_private_part_is_sealed_for_its_own_row(db: None) -> None:
    run("init")
    for row in SigningKey.objects.all():
        assert "d" not in row.public_jwk
        assert row.sealed_private_jwk.startswith("test1.")
        assert '"d"' not in row.sealed_private_jwk
    with connection.cursor() as cursor:
        cursor.execute("SELECT string_agg(signingkey::text, '') FROM federation_signingkey AS signingkey")
        assert '"d"' not in cursor.fetchone()[0]


def test_s171_the_next_key_is_published_a_day_before_it_signs(db: None) -> None:
    run("init")
    following = SigningKey.objects.get(algorithm="ES256", state=State.NEXT)
    assert following.kid in published()
    with pytest.raises(CommandError, match="less than a day ago"):
        run("rotate", "--algorithm", "ES256")
    assert following.kid in run("rotate", "--algorithm", "ES256", "--at-once")


def test_s171_after_a_rotation_old_tokens_still_verify(
    yesterday: None, service: Client, agent: Account
) -> None:
    before = tokens_of(service, agent)["id_token"]
    run("rotate")
    after = tokens_of(service, agent)["id_token"]
    assert kid_of(before) != kid_of(after)
    assert {kid_of(before), kid_of(after)} <= published()
    verified(before)
    verified(after)
    assert states("ES256") == [State.ACTIVE, State.NEXT, State.RETIRED]
    assert len(published()) == 6


def test_a_retired_key_is_withdrawn_after_a_day(yesterday: None, service: Client, agent: Account) -> None:
    token = tokens_of(service, agent)["id_token"]
    run("rotate")
    with pytest.raises(CommandError, match="less than a day ago"):
        run("retire", kid_of(token))
    SigningKey.objects.filter(state=State.RETIRED).update(retired_at=timezone.now() - DAY)
    run("retire", kid_of(token))
    assert kid_of(token) not in published()
    assert read_hint(token) is None


def test_only_a_retired_key_is_withdrawn(yesterday: None) -> None:
    for kid in [*SigningKey.objects.values_list("kid", flat=True), "unknown"]:
        with pytest.raises(CommandError, match="No retired key"):
            run("retire", kid)


def test_the_list_shows_ages_and_no_secret(yesterday: None) -> None:
    run("rotate", "--algorithm", "ES256")
    told = run("list")
    assert len(told.splitlines()) == 5
    assert "ES256 retired" in told
    assert '"d"' not in told


def test_signing_and_publishing_read_no_table(
    service: Client, agent: Account, django_assert_num_queries: Callable[[int], Any]
) -> None:
    record = registry.find_client(service.client_id)
    assert record
    keys.sign({}, "ES256", record)
    keys.jwks()
    with django_assert_num_queries(0):
        keys.sign({}, "ES256", record)
        keys.sign({}, "RS256", record)
        assert Browser().get("/api/v2/jwks").status_code == 200
        assert Browser().get("/api/v2/.well-known/openid-configuration").status_code == 200


@pytest.fixture
def stopped_database(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Every new connection fails, as when PostgreSQL is stopped."""
    connection.close()
    monkeypatch.setitem(connection.settings_dict, "HOST", "/nonexistent")
    yield
    monkeypatch.undo()
    connection.close()


@pytest.mark.django_db(transaction=True)
def test_discovery_and_jwks_are_served_while_the_database_is_stopped(request: pytest.FixtureRequest) -> None:
    before = Browser().get("/api/v2/jwks").json()
    request.getfixturevalue("stopped_database")
    registry.look_again()
    assert Browser().get("/api/v2/jwks").json() == before
    assert Browser().get("/api/v2/.well-known/openid-configuration").status_code == 200


@pytest.mark.django_db(transaction=True)
def test_the_token_endpoint_tells_an_outage_in_json(request: pytest.FixtureRequest) -> None:
    service = fs()
    registry.find_client(service.client_id)
    request.getfixturevalue("stopped_database")
    form = {"grant_type": "authorization_code", "code": "A" * 64, "redirect_uri": "b"}
    response = Browser().post(
        TOKEN,
        "&".join(f"{name}={value}" for name, value in form.items()),
        content_type="application/x-www-form-urlencoded",
        headers=basic(service.client_id),
    )
    assert response.status_code == 503
    assert response.json()["error"] == "temporarily_unavailable"
    assert int(response["Retry-After"]) > 0
    assert response["Cache-Control"] == "no-store"


def kid_of(token: str) -> str:
    header = token.split(".", maxsplit=1)[0]
    kid: str = json.loads(base64.urlsafe_b64decode(header + "=" * (-len(header) % 4)))["kid"]
    return kid
