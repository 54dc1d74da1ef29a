"""A domain leads to one FI, unless all those that claim it say that they share it."""

import json
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from io import StringIO
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from federation import registry
from federation.models import Provider, ProviderDomain
from federation.registry import Author, DomainTaken, ProviderEntry
from federation.registry.sharing import conflicts
from tests.factories.federation import identite

BY = Author(actor="test")
DOMAIN = "police.gouv.fr"


def entry(number: int, domains: Sequence[str] = (DOMAIN,), **changes: Any) -> ProviderEntry:
    usual = {
        "uid": str(UUID(int=number)),
        "name": f"fi-{number}",
        "title": f"FI {number}",
        "issuer": f"https://fi-{number}.gouv.fr",
        "client_id": "proconnect",
        "email_domains": tuple(domains),
    }
    return ProviderEntry(**(usual | changes))


@pytest.mark.parametrize(
    ("one", "other", "in_conflict"),
    [
        pytest.param({}, {}, True, id="neither says it is shared"),
        pytest.param({"shared_email_domains": (DOMAIN,)}, {}, True, id="one alone says it"),
        pytest.param(
            {"shared_email_domains": (DOMAIN,)}, {"shared_email_domains": (DOMAIN,)}, False, id="both say it"
        ),
        pytest.param({}, {"is_active": False}, False, id="the other is out of service"),
        pytest.param({}, {"is_routed": False}, False, id="the other is under acceptance"),
        pytest.param({"is_routed": False}, {}, False, id="this one is under acceptance"),
        pytest.param({}, {"issuer": ""}, False, id="Identité is offered beside it"),
        pytest.param({}, {"email_domains": ("gendarmerie.gouv.fr",)}, False, id="other domains"),
        pytest.param(
            {}, {"email_domains": (), "extra_email_domains": (DOMAIN,)}, False, id="accepted, not routed"
        ),
    ],
)
def test_who_may_claim_a_domain(one: dict[str, Any], other: dict[str, Any], in_conflict: bool) -> None:
    first, second = entry(1, **one), entry(2, **other)
    found = [(each.domain, each.other.uid) for each in conflicts(first, [first, second])]
    assert found == ([(DOMAIN, second.uid)] if in_conflict else [])


def register(made: ProviderEntry) -> ProviderEntry:
    registry.register_provider(made, by=BY, secret="given")
    return made


def change(made: ProviderEntry, **changes: Any) -> None:
    registry.change_provider(replace(made, **changes), by=BY)


@pytest.mark.django_db
def test_a_domain_taken_is_refused_by_every_act_and_nothing_is_written() -> None:
    register(entry(1))
    with pytest.raises(DomainTaken, match=DOMAIN):
        register(entry(2))
    hidden = register(entry(3, is_routed=False))
    with pytest.raises(DomainTaken):
        change(hidden, is_routed=True)
    closed = register(entry(4, is_active=False))
    with pytest.raises(DomainTaken):
        registry.resume_provider(closed.uid, by=BY)
    assert not Provider.objects.filter(uid=UUID(int=2)).exists()
    assert Provider.objects.filter(is_active=True, is_routed=True).exclude(issuer="").count() == 1


@pytest.mark.django_db(transaction=True)
def test_of_two_that_claim_a_domain_at_once_one_has_it() -> None:
    def claim(number: int) -> bool:
        try:
            register(entry(number))
        except DomainTaken:
            return False
        finally:
            connection.close()
        return True

    with ThreadPoolExecutor(4) as threads:
        assert sum(threads.map(claim, range(1, 5))) == 1


@pytest.mark.django_db
def test_a_domain_is_shared_by_both_and_stays_so() -> None:
    first = register(entry(1, shared_email_domains=(DOMAIN,)))
    register(entry(2, shared_email_domains=(DOMAIN,)))
    with pytest.raises(DomainTaken):
        change(first, shared_email_domains=())
    assert ProviderDomain.objects.filter(name=DOMAIN, is_shared=True).count() == 2


@pytest.mark.django_db
def test_identite_may_serve_a_domain_beside_a_fi() -> None:
    ProviderDomain.objects.create(provider=identite(), name=DOMAIN)
    register(entry(1))


@pytest.mark.django_db
def test_a_file_may_move_a_domain_and_not_double_it(tmp_path: Path) -> None:
    """Moved in one file, whatever the order; doubled, it is told where."""
    first, second = (
        {
            "uid": str(uuid4()),
            "name": name,
            "title": name,
            "issuer": f"https://{name}.gouv.fr",
            "client_id": "p",
        }
        for name in ("ancien", "nouveau")
    )
    apply(tmp_path, first | {"email_domains": [DOMAIN]})
    apply(tmp_path, second | {"email_domains": [DOMAIN]}, first | {"email_domains": []})
    assert ProviderDomain.objects.get(name=DOMAIN).provider_id == UUID(second["uid"])
    with pytest.raises(
        CommandError, match=r"providers\[0\]\.email_domains\[1\]: police\.gouv\.fr also leads to"
    ):
        apply(tmp_path, first | {"email_domains": ["autre.fr", DOMAIN]})
    shared = {"email_domains": [DOMAIN], "shared_email_domains": [DOMAIN]}
    apply(tmp_path, first | shared, second | shared)
    apply(tmp_path, second | {"email_domains": []})
    assert not ProviderDomain.objects.filter(provider_id=second["uid"]).exists()


def apply(folder: Path, *providers: dict[str, Any]) -> None:
    file = folder / "registry.json"
    file.write_text(json.dumps({"version": 1, "providers": providers}))
    call_command("registry", "apply", str(file), stdout=StringIO())
