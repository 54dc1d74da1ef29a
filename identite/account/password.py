"""Signing in by password: the same answer and the same work whether or not anyone owns the address (S-094)."""

from django.contrib.auth import authenticate
from django.http import HttpRequest

from identite.models import User
from identite.sign_in.sign_in import SignIn
from identite.traces import Trace
from proconnect.kernel.traces import record
from proconnect.platform import limiter


def check(request: HttpRequest, sign_in: SignIn, password: str) -> User | None:
    """None when wrong. A password set on an address nobody proved opens nothing (S-116).

    Each try counts before it is compared, and is forgiven when right. Raises Exhausted.
    """
    network = limiter.client_network(request)
    limiter.hit("identite.failures.ip", network, limiter.FAILURES_PER_IP)
    limiter.hit("identite.password", sign_in.email, limiter.PASSWORD_PER_EMAIL)
    user = authenticate(request, username=sign_in.email, password=password)
    if not isinstance(user, User) or user.email_verified_at is None:
        record(Trace.PASSWORD_REFUSED, journey_id=sign_in.ask.journey_id)
        return None
    limiter.give_back("identite.password", sign_in.email, limiter.PASSWORD_PER_EMAIL)
    limiter.give_back("identite.failures.ip", network, limiter.FAILURES_PER_IP)
    record(Trace.PASSWORD_ACCEPTED, journey_id=sign_in.ask.journey_id, user=user.pk)
    return user
