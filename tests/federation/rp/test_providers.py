"""Who speaks to a FI: our client over the network, or a local one named in settings."""

from dataclasses import replace
from typing import Any

import pytest
from django.http import HttpRequest, HttpResponse

from federation.errors import FederationError
from federation.rp import providers
from federation.rp.remote import RemoteProvider
from proconnect.kernel.contracts.identity_provider import AuthenticationAsk
from proconnect.kernel.error_page import Refused
from tests.federation.rp.conftest import record_of
from tests.mirrors.provider.double import DemoProvider


class LocalProvider:
    def begin(self, request: HttpRequest, ask: AuthenticationAsk) -> HttpResponse:
        return HttpResponse("local")


def test_a_fi_with_an_issuer_is_reached_over_the_network(demo_provider: DemoProvider) -> None:
    record = record_of(demo_provider)
    remote = providers.of(record)
    assert isinstance(remote, RemoteProvider)
    assert remote.provider is record


def test_a_local_fi_is_the_one_settings_name(demo_provider: DemoProvider, settings: Any) -> None:
    record = replace(record_of(demo_provider), issuer="")
    settings.LOCAL_PROVIDERS = {record.uid: f"{__name__}.LocalProvider"}
    assert type(providers.of(record)).__name__ == "LocalProvider"


def test_a_local_fi_this_deployment_does_not_carry_is_unknown(
    demo_provider: DemoProvider, settings: Any
) -> None:
    settings.LOCAL_PROVIDERS = {}
    with pytest.raises(Refused) as refused:
        providers.of(replace(record_of(demo_provider), issuer=""))
    assert refused.value.error is FederationError.PROVIDER_UNKNOWN
