"""What the database itself does for the federation: versions, partitions, first rows."""

from collections.abc import Callable
from datetime import timedelta
from io import StringIO

import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from federation import own_keys
from federation.models import (
    Client,
    ConfigurationVersion,
    Connection,
    Grant,
    Provider,
    ProviderDomain,
    SigningKey,
)
from proconnect.platform import housekeeping
from tests.factories import federation
from tests.federation.op.asking import a_code, pass_time

pytestmark = pytest.mark.django_db


def number() -> int:
    return ConfigurationVersion.objects.get().number


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(federation.fs, id="a FS made"),
        pytest.param(lambda: Client.objects.update(name="Autre"), id="a FS changed in bulk"),
        pytest.param(lambda: Client.objects.all().delete(), id="a FS deleted"),
        pytest.param(federation.fi, id="a FI made"),
        pytest.param(lambda: Provider.objects.update(is_active=False), id="a FI changed in bulk"),
        pytest.param(lambda: ProviderDomain.objects.update(is_routed=False), id="a domain changed in bulk"),
        pytest.param(lambda: own_keys.make_missing(SigningKey.State.ACTIVE, ["ES256"]), id="a key made"),
        pytest.param(
            lambda: sql("UPDATE federation_client SET name = 'à la main'"), id="a FS changed by hand"
        ),
    ],
)
def test_whoever_changes_the_configuration_moves_its_version(change: Callable[[], object]) -> None:
    federation.fs()
    federation.fi(domains=["example.gouv.fr"])
    before = number()
    change()
    assert number() > before


def test_the_version_starts_again_above_where_it_was() -> None:
    before = number()
    ConfigurationVersion.objects.all().delete()
    federation.fs()
    assert number() > before


def test_identite_is_there_from_the_first_day() -> None:
    local = Provider.objects.get(name="identite")
    assert local.uid == settings.ENV.default_provider
    assert (local.issuer, local.title) == ("", "ProConnect Identité")


def test_a_fs_cannot_lose_openid() -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        federation.fs(scopes=["email"])


def test_the_history_goes_to_the_partition_of_its_month() -> None:
    fi = federation.fi()
    a_code(federation.fs(), federation.account(at=fi))
    (partition,) = sql("SELECT tableoid::regclass::text FROM federation_connection")[0]
    assert partition == f"federation_connection_{timezone.now():%Y_%m}"
    assert Connection.objects.count() == 1


def test_the_coming_months_are_ready() -> None:
    told = StringIO()
    call_command("connections", "partitions", stdout=told)
    assert len(told.getvalue().splitlines()) == 4


def test_housekeeping_deletes_dead_grants() -> None:
    a_code(federation.fs(), federation.account(at=federation.fi()))
    pass_time(timedelta(minutes=2))
    housekeeping.run()
    assert not Grant.objects.exists()


def test_dead_grants_are_deleted_on_demand() -> None:
    a_code(federation.fs(), federation.account(at=federation.fi()))
    pass_time(timedelta(minutes=2))
    told = StringIO()
    call_command("grants", "purge", stdout=told)
    assert told.getvalue() == "1 grants deleted\n"


def sql(statement: str) -> list[tuple[str, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return cursor.fetchall() if cursor.description else []
