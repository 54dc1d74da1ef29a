"""``manage.py fi check UID`` against a real FI: a dated report, nothing secret in it, status 1 on a failure."""

from datetime import timedelta
from io import StringIO
from time import monotonic
from typing import Any
from uuid import uuid4

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from federation import networks
from federation.models import Provider, ProviderCheck
from federation.registry.snapshot import provider_record
from federation.rp import self_test
from proconnect.kernel.encryption import seal
from proconnect.kernel.outbound import OutboundFailure, Resting
from proconnect.kernel.outbound.breaker import FAILURES_TOLERATED
from proconnect.platform import housekeeping
from tests.factories.federation import fi, identite
from tests.mirrors.name_server import NameServer
from tests.mirrors.provider.double import DemoProvider

pytestmark = pytest.mark.django_db

DOMAIN = "exemples.gouv.fr"


def known(demo: DemoProvider, **changes: Any) -> Provider:
    usual: dict[str, Any] = {
        "issuer": demo.issuer,
        "client_id": demo.client.client_id,
        "domains": [DOMAIN],
        "default_siret": "13002526500013",
        "support_email": "aide@exemples.gouv.fr",
    }
    provider = fi(**(usual | changes))
    provider.sealed_secret = seal(demo.client.client_secret, context=provider.secret_context)
    provider.save()
    return provider


def checked(provider: Provider) -> tuple[bool, str]:
    told = StringIO()
    try:
        call_command("fi", "check", str(provider.uid), stdout=told)
    except CommandError as failed:
        return failed.returncode != 1, told.getvalue()
    return True, told.getvalue()


def outcome(provider: Provider, check: str) -> str:
    report = ProviderCheck.objects.filter(provider=provider).latest("at")
    return next(finding["outcome"] for finding in report.findings if finding["check"] == check)


def test_an_honest_fi_passes_and_the_report_is_kept(demo_provider: DemoProvider, names: NameServer) -> None:
    provider = known(demo_provider)
    names.says(DOMAIN, "TXT", f'"proconnect-identity-provider-{provider.uid}"')
    has_passed, told = checked(provider)
    assert has_passed, told
    report = ProviderCheck.objects.get(provider=provider)
    assert report.passed
    assert report.asked_by == "manage.py fi check"
    assert outcome(provider, "domains") == "ok"
    assert outcome(provider, "clock") == "ok"
    assert demo_provider.client.client_secret not in told + str(report.findings)


def test_a_domain_is_looked_at_and_not_proved_by_a_check(
    demo_provider: DemoProvider, names: NameServer
) -> None:
    provider = known(demo_provider)
    names.says(DOMAIN, "TXT", f'"proconnect-identity-provider-{provider.uid}"')
    checked(provider)
    assert provider.domains.get().proved_at is None


@pytest.mark.parametrize(
    ("faults", "check"),
    [
        ({"discovery": {"issuer": "https://autre.gouv.fr"}}, "discovery"),
        ({"discovery": {"issuer": "\x1b[2J" + "x" * 10_000}}, "discovery"),
        ({"discovery": {"token_endpoint": "http://fi.gouv.fr/token"}}, "endpoints"),
        ({"discovery": {"jwks_uri": "https://[::1"}}, "endpoints"),
        ({"discovery": {"id_token_signing_alg_values_supported": ["none"]}}, "algorithms"),
        ({"discovery": {"scopes_supported": [["openid"]]}}, "scopes"),
        ({"jwks": {"keys": []}}, "keys"),
    ],
)
def test_a_wrong_fi_fails_with_status_1(
    demo_provider: DemoProvider, faults: dict[str, Any], check: str
) -> None:
    demo_provider.misbehave(**faults)
    provider = known(demo_provider)
    has_passed, told = checked(provider)
    assert not has_passed
    assert outcome(provider, check) == "failure", told
    assert "\x1b" not in told
    assert max(map(len, told.splitlines())) < 400


def test_a_fi_that_nobody_reaches_fails_soon() -> None:
    provider = fi(issuer="http://127.0.0.1:9", domains=[DOMAIN])
    started = monotonic()
    has_passed, _ = checked(provider)
    assert not has_passed
    assert monotonic() - started < 20
    assert outcome(provider, "discovery") == "failure"


@pytest.mark.parametrize("endpoint", ["discovery", "jwks"])
def test_a_fi_that_drips_is_left_in_time(
    demo_provider: DemoProvider, names: NameServer, endpoint: str
) -> None:
    demo_provider.misbehave(trouble={endpoint: {"kind": "drip", "value": 0.5}})
    names.silent.update(domains := [f"d{number}.gouv.fr" for number in range(9)])
    provider = known(demo_provider, domains=domains)
    started = monotonic()
    has_passed, _ = checked(provider)
    assert not has_passed
    assert monotonic() - started < 20
    report = ProviderCheck.objects.get(provider=provider)
    assert len([finding for finding in report.findings if finding["check"] == "domains"]) == len(domains)


def test_a_fi_at_rest_is_looked_at_all_the_same(demo_provider: DemoProvider) -> None:
    provider = known(demo_provider)
    resting = networks.road_to(provider_record(provider))
    for _ in range(FAILURES_TOLERATED):
        with pytest.raises(OutboundFailure):
            networks.get(resting, "http://127.0.0.1:9/")
    with pytest.raises(Resting):
        networks.get(resting, demo_provider.issuer)
    assert checked(provider)[0]


def test_identite_and_unknown_fi_have_no_check() -> None:
    for uid, told in ((identite().uid, "is part of ProConnect"), (uuid4(), "no FI")):
        with pytest.raises(CommandError, match=told):
            call_command("fi", "check", str(uid))


def test_old_reports_are_forgotten() -> None:
    provider = fi()
    for days in (10, 500):
        ProviderCheck.objects.create(
            provider=provider, at=timezone.now() - timedelta(days=days), passed=True, findings=[]
        )
    self_test.forget_old()
    assert ProviderCheck.objects.count() == 1
    assert "federation.self_tests" in housekeeping._chores
