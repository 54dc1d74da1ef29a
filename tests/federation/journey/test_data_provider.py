"""A service signs a person in, hands its token to a FD, and the FD asks us what it is worth."""

from django.utils import timezone

from federation.models import Account
from tests.factories.federation import SCOPES, fd, fs
from tests.federation.journey.trip import Trip, answered
from tests.federation.op.asking import ask, basic


def test_the_scope_of_a_fd_goes_from_authorize_to_its_answer(navigator, ministry, demo_provider):
    taxes, land = fd(scopes=["impots"]), fd(scopes=["cadastre"])
    service = fs(scopes=[*SCOPES, "impots", "cadastre"])
    trip = Trip(navigator, service)
    tokens = trip.redeem(answered(trip.through(demo_provider, scope="openid email impots"))["code"])
    assert "impots" in tokens["scope"].split()

    def look_at(caller):
        headers = basic(caller.client_id)
        form = {"token": tokens["access_token"]}
        return ask(form, headers=headers, path="/api/v2/token/introspection").json()

    seen = look_at(taxes)
    assert (seen["active"], seen["scope"], seen["client_id"]) == (True, "impots", service.client_id)
    assert seen["sub"] == str(Account.objects.get().sub)
    assert look_at(land) == {"active": False}
    Account.objects.update(blocked_at=timezone.now())
    assert look_at(taxes) == {"active": False}
