"""A FI of its own, reached over the network: authorization code flow with PKCE (OIDC Core 3.1, RFC 7636, RFC 9700)."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _

from federation import networks, quirks
from federation.errors import FederationError
from federation.registry import ProviderRecord
from federation.rp import (
    authorization,
    encryption,
    exchange,
    id_token,
    identity,
    metadata,
    quality,
    transaction,
    userinfo,
)
from federation.rp.authorization import with_parameters
from federation.rp.encryption import BadEncryption
from federation.rp.exchange import Tokens
from federation.rp.failures import refused, unreachable
from federation.rp.metadata import Metadata
from federation.rp.signature import claims_signed_by
from federation.rp.transaction import PendingTransaction
from federation.signature import BadSignature
from proconnect.kernel.contracts.identity_provider import (
    AssertedIdentity,
    AuthenticationAsk,
    HeldIdentity,
    ProviderUnreachable,
)
from proconnect.kernel.outbound import Resting

WHOLE_STEP = timedelta(seconds=12)  # all the calls of one return, together
LONGEST_PROOF = 4096  # characters: it must fit in the address of the FI's sign-out
LONGEST_SID = 255  # characters


class RemoteProvider:
    def __init__(self, provider: ProviderRecord) -> None:
        self.provider = provider

    def begin(self, request: HttpRequest, ask: AuthenticationAsk) -> HttpResponse:
        """Raises ProviderUnreachable."""
        known = metadata.of(self.provider)
        state, pending = transaction.depart(
            provider_uid=self.provider.uid, journey_id=ask.journey_id, now=timezone.now()
        )
        ours, bent = self.provider.client_id, self.provider.quirks
        parameters = authorization.parameters(ours, ask, state, pending, bent)
        location = with_parameters(known.authorization_endpoint, parameters)
        return HttpResponse(status=303, headers={"Location": location, "Cache-Control": "no-store"})

    def collect(self, request: HttpRequest, ask: AuthenticationAsk) -> AssertedIdentity:
        """Raises ProviderRefused or ProviderUnreachable."""
        pending = self._departure_of(request, ask)
        with self._passage():
            known = metadata.of(self.provider)
            code = self._code(request, known)
            tokens = exchange.redeem(code, provider=self.provider, known=known, ask=ask, pending=pending)
            signed = self._opened(tokens)
            facts = self._believed(signed, tokens, known, ask, pending)
            claims = self._claims(facts, known)
        received = identity.clean(claims, self._authentication(facts, signed), self.provider)
        accepted = quality.accepted(received, self.provider, now=timezone.now())
        return replace(accepted, provider_sid=_sid(facts))

    def end(self, request: HttpRequest, held: HeldIdentity) -> str | None:
        """RP-Initiated Logout 1.0. None too for a FI out of reach: the person is signed out here all the same."""
        try:
            endpoint = metadata.of(self.provider).end_session_endpoint
        except ProviderUnreachable:
            return None
        if not endpoint:
            return None
        hint = {"id_token_hint": held.proof} if held.proof else {"client_id": self.provider.client_id}
        back = {"post_logout_redirect_uri": held.return_to, "state": held.state}
        return with_parameters(endpoint, hint | back)

    @contextmanager
    def _passage(self) -> Iterator[None]:
        """Raises ProviderUnreachable at once when this FI holds all it may of this process, or rests after failures."""
        try:
            with networks.passage(networks.road_to(self.provider), at_most=WHOLE_STEP):
                yield
        except Resting as failure:
            raise unreachable(FederationError.PROVIDER_DISCOVERY_FAILED, failure) from failure

    def _departure_of(self, request: HttpRequest, ask: AuthenticationAsk) -> PendingTransaction:
        """Consumed here: whatever follows, this ``state`` is worth nothing any more."""
        pending = transaction.consume(request)
        asked = (ask.journey_id, self.provider.uid)
        if pending is None or (pending.journey_id, pending.provider_uid) != asked:
            raise refused(FederationError.ANSWER_ALREADY_USED, "state_is_ours_and_unused")
        return pending

    def _code(self, request: HttpRequest, known: Metadata) -> str:
        """RFC 6749 4.1.2 and 4.1.2.1; RFC 9207 2.4 against the answer of another FI than the one asked."""
        if any(len(values) > 1 for _, values in request.GET.lists()):
            raise refused(FederationError.PROVIDER_TOKEN_CALL_FAILED, "parameters_come_once")
        answered = request.GET
        if answered.get("iss", "" if known.names_itself_in_answers else known.issuer) != known.issuer:
            raise refused(FederationError.PROVIDER_TOKEN_CALL_FAILED, "answer_is_from_the_provider_we_asked")
        if error := answered.get("error"):
            description = answered.get("error_description", "")
            raise refused(
                FederationError.PROVIDER_REFUSED,
                "provider_accepted",
                oauth_error=error,
                description=description,
            )
        if not (code := answered.get("code")):
            raise refused(FederationError.PROVIDER_TOKEN_CALL_FAILED, "code_is_there")
        return code

    def _opened(self, tokens: Tokens) -> str:
        """The ID token as signed: what the FI wants back at sign-out, were it encrypted (RP-Initiated Logout 1.0, 4)."""
        try:
            return encryption.opened(tokens.id_token, encryption.agreed_for_id_token(self.provider))
        except BadEncryption as bad:
            raise refused(FederationError.PROVIDER_TOKEN_INVALID, bad.check) from bad

    def _believed(
        self,
        signed: str,
        tokens: Tokens,
        known: Metadata,
        ask: AuthenticationAsk,
        pending: PendingTransaction,
    ) -> id_token.Facts:
        try:
            claims = claims_signed_by(
                self.provider, known, signed, self.provider.id_token_signed_response_algs
            )
        except BadSignature as bad:
            raise refused(FederationError.PROVIDER_TOKEN_INVALID, bad.check) from bad
        facts = id_token.Facts(
            claims=claims,
            issuer=known.issuer,
            client_id=self.provider.client_id,
            nonce=pending.nonce,
            access_token=tokens.access_token,
            departed_at=pending.opened_at,
            now=timezone.now(),
            max_age=ask.max_age,
            must_be_fresh=ask.fresh,
        )
        if check := id_token.first_failure(facts):
            raise refused(_error_of(check), check, description=_drift(facts))
        return facts

    def _claims(self, facts: id_token.Facts, known: Metadata) -> dict[str, Any]:
        bent = self.provider.quirks
        if not quirks.has_userinfo(bent):
            return dict(facts.claims)
        claims = userinfo.read(
            self.provider, known, access_token=facts.access_token, subject=facts.claims["sub"]
        )
        return quirks.completed(claims, facts.claims, bent)

    def _authentication(self, facts: id_token.Facts, proof: str) -> identity.Authentication:
        try:
            acr = quirks.declared_level(facts.claims, self.provider.quirks)
        except ValueError as unreadable:
            raise refused(FederationError.PROVIDER_TOKEN_INVALID, "level_is_readable") from unreadable
        return identity.Authentication(
            acr=acr,
            amr=tuple(facts.claims.get("amr") or ()),
            authenticated_at=id_token.authenticated_at(facts),
            proof=proof if len(proof) <= LONGEST_PROOF else "",
        )


def _sid(facts: id_token.Facts) -> str:
    """Under which the FI may end this session one day (Front-Channel Logout 1.0, 3); empty when it gave none of use."""
    sid = facts.claims.get("sid")
    return sid if isinstance(sid, str) and len(sid) <= LONGEST_SID and sid.isprintable() else ""


def _error_of(check: str) -> FederationError:
    """Nobody named has a code of its own."""
    if check == id_token.subject_is_named.__name__:
        return FederationError.PROVIDER_NAMED_NOBODY
    return FederationError.PROVIDER_TOKEN_INVALID


def _drift(facts: id_token.Facts) -> str:
    seconds = round(id_token.clock_drift(facts).total_seconds())
    return _("horloge décalée de {seconds} s").format(seconds=seconds) if seconds else ""
