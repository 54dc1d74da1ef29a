"""No sequence of answers lets one FI speak for another: neither its agents, nor its level, nor its ``sub``."""

import pytest
from django.test import Client as Browser
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from federation import registry
from federation.models import Account, AccountLink, Provider, ProviderDomain
from tests.factories.federation import SCOPES, fs, identite
from tests.federation.faults.masquerade import SHARED, Masquerade, World
from tests.federation.faults.rows.identity import DOMAIN, OTHER_DOMAIN
from tests.federation.faults.scene import Party
from tests.federation.journey.conftest import registered
from tests.mirrors.provider.double import DemoProvider

SERVICES = 12  # a browser that comes back often from the same one is stopped
BOUNDS = settings(
    max_examples=40,
    stateful_step_count=30,
    derandomize=True,
    phases=[Phase.generate],  # shrinking a failure would take minutes: see it there, and shrink by hand
    database=None,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)


@pytest.fixture
def world(db: None, hostile: DemoProvider, honest: DemoProvider) -> World:
    identite()
    ministry = registered(hostile, domains=[DOMAIN], title="Ministère", proved=True, is_mfa_capable=True)
    agency = registered(honest, domains=[OTHER_DOMAIN], title="Agence", proved=True)
    for provider in (ministry, agency):
        ProviderDomain.objects.create(provider=provider, name=SHARED, is_shared=True)
    chef = Account.objects.create()
    AccountLink.objects.create(
        account=chef,
        provider=Provider.objects.get(issuer=""),
        provider_sub="chef-at-identite",
        email=f"chef@{DOMAIN}",
    )
    registry.look_again()
    Browser().get("/api/v2/jwks")  # our keys are made once, not anew in each sequence that is undone
    return World(
        Party(ministry, hostile, DOMAIN),
        Party(agency, honest, OTHER_DOMAIN),
        tuple(fs(scopes=[*SCOPES, "amr"]) for _ in range(SERVICES)),
        chef.sub,
    )


def test_s066_s076_s091_no_sequence_lets_a_fi_speak_for_another(world: World) -> None:
    class Here(Masquerade):
        def __init__(self) -> None:
            super().__init__(world)

    run_state_machine_as_test(Here, settings=BOUNDS)
    assert set(world.seen) == {"ministry", "agency", "raised by a code", "refused"}, "each was tried"
