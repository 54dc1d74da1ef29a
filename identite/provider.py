"""Identité as a FI reached in process: the broker's contract, kept by a one-time ticket instead of a second OP."""

import hashlib
import secrets
from datetime import datetime, timedelta
from urllib.parse import urlencode
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone

from identite.errors import IdentiteError
from identite.sign_in import session, store
from identite.sign_in.sign_in import SignIn, open_for
from identite.sign_in.situation import Person
from identite.traces import Trace
from proconnect.kernel.assurance import Acr
from proconnect.kernel.contracts.identity_provider import (
    AssertedIdentity,
    AuthenticationAsk,
    HeldIdentity,
    ProviderRefused,
)
from proconnect.kernel.traces import record
from proconnect.platform import one_time

KIND = "identite.ticket"
TICKET_LIFETIME = timedelta(seconds=60)


class Identite:
    def begin(self, request: HttpRequest, ask: AuthenticationAsk) -> HttpResponse:
        sign_in, secret = open_for(ask, now=timezone.now())
        store.keep(sign_in)
        record(Trace.SIGN_IN_OPENED, journey_id=ask.journey_id)
        response = redirect("identite:sign-in", sign_in.id)
        store.bind(request, response, sign_in, secret)
        return response

    def collect(self, request: HttpRequest, ask: AuthenticationAsk) -> AssertedIdentity:
        """Redeems the ticket, once, for the journey it was made for. Raises ProviderRefused."""
        kept = one_time.take(KIND, _key(request.GET.get("ticket", ""), ask.journey_id, ask.provider_uid))
        if kept is None:
            raise ProviderRefused(IdentiteError.SIGN_IN_ABSENT.value.code, check="ticket")
        if "declined" in kept:
            raise ProviderRefused(
                IdentiteError.SIGN_IN_ABSENT.value.code,
                oauth_error="access_denied",
                description=kept["declined"],
            )
        facts = kept["identity"] | {
            "authenticated_at": datetime.fromisoformat(kept["identity"]["authenticated_at"]),
            "amr": tuple(kept["identity"]["amr"]),
        }
        return AssertedIdentity(**facts)

    def end(self, request: HttpRequest, held: HeldIdentity) -> str | None:
        """Our session is in the same browser: it ends at once, without a trip."""
        if session.close_from_elsewhere(request):
            record(Trace.SESSION_ENDED, user=held.sub)
        return None


def release(sign_in: SignIn, person: Person, *, siret: str, acr: Acr, link_is_verified: bool) -> HttpResponse:
    """Raises Refused when this passage was already answered."""
    identity = {
        "sub": str(person.id),
        "uid": str(person.id),
        "email": person.email,
        "given_name": person.given_name,
        "usual_name": person.usual_name,
        "siret": siret,
        "acr": acr.value,
        "declared_acr": acr.value,
        "amr": person.amr,
        "link_is_verified": link_is_verified,
        "authenticated_at": person.authenticated_at.isoformat(),
    }
    record(
        Trace.IDENTITY_RELEASED, journey_id=sign_in.ask.journey_id, user=person.id, siret=siret, acr=acr.value
    )
    return _send_back(sign_in, {"identity": identity})


def decline(sign_in: SignIn, description: str) -> HttpResponse:
    """Raises Refused when this passage was already answered."""
    record(Trace.PERSON_DECLINED, journey_id=sign_in.ask.journey_id)
    return _send_back(sign_in, {"declined": description})


def _send_back(sign_in: SignIn, kept: dict[str, object]) -> HttpResponse:
    store.finish(sign_in)
    ask, ticket = sign_in.ask, secrets.token_urlsafe(32)
    one_time.put(KIND, _key(ticket, ask.journey_id, ask.provider_uid), kept, TICKET_LIFETIME)
    response = redirect(f"{ask.return_to}?{urlencode({'ticket': ticket, 'journey': str(ask.journey_id)})}")
    store.unbind(response, sign_in)
    return response


def _key(ticket: str, journey_id: UUID, provider_uid: UUID) -> str:
    """Another journey, or another FI, finds nothing under the same ticket."""
    return hashlib.sha256(f"{ticket}:{journey_id}:{provider_uid}".encode()).hexdigest()
