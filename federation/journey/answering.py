"""What the FS is answered: a code, with the grant and the history it stands on, or an error."""

from contextlib import nullcontext
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from federation import claims, endings, reconciliation, sessions
from federation.endings import Ending
from federation.journey import store
from federation.journey.journey import Journey
from federation.journey.situation import Arriving, client_of
from federation.op import answer, grants
from federation.registry.records import ProviderRecord
from federation.sessions import OpenSession
from federation.traces import Trace
from proconnect.kernel.assurance import AnyAcr
from proconnect.kernel.error_page import Contact, ErrorPage, WayOut
from proconnect.kernel.traces import record


def answer_client(request: HttpRequest, journey: Journey, seen: Arriving, acr: AnyAcr) -> HttpResponse:
    """The account, its session's grant and the history line, together; then the code, straight to the FS."""
    now = timezone.now()
    is_one_statement = seen.session and not journey.is_kept
    try:
        with nullcontext() if is_one_statement else transaction.atomic():
            if journey.is_kept:
                store.finish(journey)
            session = _raised(request, seen.session, seen) if seen.session else _session(request, seen, now)
            code = grants.issue_code(_grant(journey, seen, session, acr))
            if seen.session is None:
                _end_the_one_replaced(request, session, now)
    except grants.SessionOver:  # an instant ago: signed out, blocked or closed from elsewhere
        sessions.close(request)
        store.discard(journey)
        error = "login_required" if seen.session else "access_denied"
        return answer_error(replace(journey, is_kept=False), error, "the session has just ended")
    if seen.session is None:
        sessions.open_in(request, session)
    record(
        Trace.SESSION_REUSED if seen.session else Trace.SESSION_OPENED,
        journey_id=journey.id,
        sub=session.account,
        provider=session.provider_uid,
    )
    record(Trace.FS_ANSWERED, journey_id=journey.id, client_id=seen.client.client_id, acr=acr)
    response = answer.answer_code(journey.asked.return_address, code)
    if journey.is_kept:
        store.unbind(response, journey)
    return response


def _raised(request: HttpRequest, session: OpenSession, seen: Arriving) -> OpenSession:
    return (
        session if seen.reached == session.reached else sessions.raise_level(request, session, seen.reached)
    )


def _session(request: HttpRequest, seen: Arriving, now: datetime) -> OpenSession:
    account = reconciliation.settle(seen.known, seen.provider, seen.identity, now=now)
    return sessions.new(
        sid=_sid_to_go_on_with(request, account, seen.provider, now),
        now=now,
        account=account,
        provider_uid=seen.provider.uid,
        identity=seen.identity,
        organization_label=seen.organization_label,
        roles=seen.roles,
        acr=seen.reached.acr,
        amr=seen.reached.amr,
    )


def _sid_to_go_on_with(
    request: HttpRequest, account: UUID, provider: ProviderRecord, now: datetime
) -> UUID | None:
    """The same person authenticating again at the same FI goes on with the session: a FS in the middle of a step-up is
    not told that it ended."""
    previous = sessions.current(request, now=now)
    is_theirs = previous and (previous.account, previous.provider_uid) == (account, provider.uid)
    return previous.sid if previous and is_theirs and sessions.standing(previous) else None


def _end_the_one_replaced(request: HttpRequest, session: OpenSession, now: datetime) -> None:
    previous = sessions.current(request, now=now)
    if previous and previous.sid != session.sid:
        endings.end_session(previous.sid, Ending.REPLACED)


def _grant(journey: Journey, seen: Arriving, session: OpenSession, acr: AnyAcr) -> grants.NewGrant:
    held = claims.HeldClaims(
        identity=seen.identity,
        provider=seen.provider,
        organization_label=session.organization_label,
        roles=session.roles,
        sub=session.account,
        previous_subs=seen.previous_subs,
    )
    return grants.NewGrant(
        client_pk=seen.client.pk,
        account=session.account,
        sid=session.sid,
        session_ends_at=session.ends_at,
        redirect_uri=journey.asked.redirect_uri,
        code_challenge=journey.asked.code_challenge,
        scopes=journey.asked.scopes,
        nonce=journey.asked.nonce,
        acr=acr,
        amr=session.amr,
        authenticated_at=seen.identity.authenticated_at,
        claims=claims.snapshot(held, seen.client, journey.asked.scopes, journey.asked.userinfo_claims),
        id_token_claims=journey.asked.id_token_claims,
        provider_uid=session.provider_uid,
        siret=seen.identity.siret,
        is_silent=seen.session is not None and not journey.is_kept,
        journey_id=journey.id,
        code_lifetime=min(
            seen.client.code_lifetime or settings.ENV.code_lifetime, settings.ENV.code_lifetime
        ),
    )


def answer_error(journey: Journey, error: str, description: str) -> HttpResponse:
    record(
        Trace.FS_ANSWERED_ERROR,
        journey_id=journey.id,
        client_id=journey.asked.client_id,
        error=error,
        reason=description,
    )
    response = answer.answer_error(journey.asked.return_address, error, description)
    if journey.is_kept:
        store.finish(journey)
        store.unbind(response, journey)
    return response


def offer_way_out(request: HttpRequest, journey: Journey, provider: ProviderRecord | None = None) -> None:
    """What an error page of this journey shows next: back to the FS with the OAuth error it is owed; whom to write to.
    And what its trace tells."""
    request.journey_id, request.client_id = journey.id, journey.asked.client_id  # type: ignore[attr-defined]
    client = client_of(journey)

    def way_out(page: ErrorPage) -> WayOut:
        theirs = provider if page.contact is Contact.PROVIDER else None
        return WayOut(
            url=answer.error_url(journey.asked.return_address, page.oauth_error, page.code),
            place=client.name,
            contact_email=(theirs.support_email if theirs else client.support_email) or "",
            facts={"Service": client.name} | ({"Fournisseur d’identité": provider.title} if provider else {}),
        )

    request.way_out = way_out  # type: ignore[attr-defined]
