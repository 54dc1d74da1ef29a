"""FS and FI as the sign-in path reads them: in memory, soon true, and still there without the database."""

import threading
from time import monotonic, sleep
from uuid import uuid4

import pytest
from django.db import OperationalError, connection, transaction
from pytest_django import DjangoAssertNumQueries

from federation import registry
from federation.models import Client, Provider, ProviderDomain
from tests.factories.federation import fi, fs, identite


@pytest.fixture(autouse=True)
def _nothing_remembered() -> None:
    registry.forget()


@pytest.mark.django_db
def test_a_client_in_service_is_found_and_others_are_not() -> None:
    client = fs()
    suspended = fs(is_active=False)
    found = registry.find_client(client.client_id)
    assert found is not None
    assert found.redirect_uris == tuple(client.redirect_uri_list)
    assert registry.find_client(suspended.client_id) is None
    assert registry.find_client("unknown") is None


@pytest.mark.django_db
def test_a_provider_is_found_whatever_its_state() -> None:
    closed = fi(is_active=False)
    found = registry.find_provider(closed.uid)
    assert found is not None
    assert not found.is_open
    assert registry.find_provider(uuid4()) is None


@pytest.mark.django_db
def test_the_providers_of_a_domain_are_the_open_and_routed_ones_by_title() -> None:
    for title in ("Économie", "éducation", "Culture"):
        fi(title=title, domains=["gouv.fr"])
    fi(title="A closed one", domains=["gouv.fr"], is_active=False)
    fi(title="Elsewhere", domains=["gouv.fr"], network="rie")
    fi(title="By hint alone", domains=["gouv.fr"], is_routed=False)
    accepting = fi(title="Accepts without serving")
    ProviderDomain.objects.create(provider=accepting, name="gouv.fr", is_routed=False)
    assert [each.title for each in registry.providers_for("gouv.fr")] == ["Culture", "Économie", "éducation"]
    assert registry.providers_for("sub.gouv.fr") == ()


@pytest.mark.django_db
def test_identite_comes_last_and_is_the_default() -> None:
    local = identite()
    ProviderDomain.objects.create(provider=local, name="gouv.fr")
    fi(title="Z", domains=["gouv.fr"])
    registry.look_again()
    assert [each.uid for each in registry.providers_for("gouv.fr")][-1] == local.uid
    default = registry.default_provider()
    assert default is not None
    assert default.is_local


@pytest.mark.django_db
def test_a_hot_path_reads_no_table(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    client = fs()
    registry.find_client(client.client_id)
    with django_assert_num_queries(0):
        registry.find_client(client.client_id)
        registry.providers_for("gouv.fr")
        registry.default_provider()


@pytest.mark.django_db
def test_looking_again_costs_one_query_when_nothing_moved(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    fs()
    registry.version()
    registry.look_again()
    with django_assert_num_queries(1):
        registry.version()


@pytest.mark.django_db
def test_every_way_of_writing_moves_the_version() -> None:
    def version() -> int:
        registry.look_again()
        return registry.version()

    seen = [version()]
    client = fs()
    seen.append(version())
    Client.objects.filter(pk=client.pk).update(name="Autre")
    seen.append(version())
    provider = fi()
    seen.append(version())
    ProviderDomain.objects.create(provider=provider, name="gouv.fr")
    seen.append(version())
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM federation_client")
    seen.append(version())
    assert seen == sorted(set(seen))


@pytest.mark.django_db(transaction=True)
def test_what_a_rolled_back_transaction_showed_is_not_remembered() -> None:
    client = fs(name="Avant")
    with transaction.atomic():
        Client.objects.filter(pk=client.pk).update(name="Jamais")
        registry.look_again()
        shown = registry.find_client(client.client_id)
        assert shown is not None
        assert shown.name == "Jamais"
        transaction.set_rollback(True)
    Client.objects.filter(pk=client.pk).update(name="Après")  # reaches the same number
    registry.look_again()
    found = registry.find_client(client.client_id)
    assert found is not None
    assert found.name == "Après"


@pytest.mark.django_db(transaction=True)
def test_a_change_made_by_another_worker_is_seen_within_five_seconds() -> None:
    client = fs(name="Avant")
    registry.version()

    def elsewhere() -> None:
        Client.objects.filter(pk=client.pk).update(name="Après")
        connection.close()

    other = threading.Thread(target=elsewhere)
    other.start()
    other.join()
    deadline = monotonic() + 5
    while _name_of(client) != "Après" and monotonic() < deadline:
        sleep(0.1)
    assert _name_of(client) == "Après"


def _name_of(client: Client) -> str:
    found = registry.find_client(client.client_id)
    assert found is not None
    return found.name


@pytest.mark.django_db(transaction=True)
def test_while_the_database_does_not_answer_the_last_copy_serves() -> None:
    client, provider = fs(), fi(domains=["gouv.fr"])
    registry.version()
    with _database_away():
        for _ in range(3):
            registry.look_again()
            assert registry.find_client(client.client_id) is not None
            assert [each.uid for each in registry.providers_for("gouv.fr")] == [provider.uid]
    Provider.objects.filter(pk=provider.pk).update(title="Revenu")
    registry.look_again()
    found = registry.find_provider(provider.uid)
    assert found is not None
    assert found.title == "Revenu"


@pytest.mark.django_db(transaction=True)
def test_without_any_copy_nor_database_the_caller_is_told() -> None:
    with _database_away(), pytest.raises(OperationalError):
        registry.version()


class _database_away:  # noqa: N801  # reads as a sentence
    """A real refusal: the connection is closed and its address leads nowhere."""

    def __init__(self) -> None:
        self._settings = connection.settings_dict
        self._host = self._settings["HOST"]

    def __enter__(self) -> None:
        connection.close()
        self._settings["HOST"] = "/nowhere"

    def __exit__(self, *problem: object) -> None:
        self._settings["HOST"] = self._host
