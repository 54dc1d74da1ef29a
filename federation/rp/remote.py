"""A FI of its own, reached over the network: authorization code flow with PKCE (OIDC Core 3.1, RFC 7636, RFC 9700)."""

import json
from base64 import b64encode
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any
from urllib.parse import quote_plus, urlencode, urlsplit, urlunsplit

from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from federation import registry
from federation.errors import FederationError
from federation.registry import ProviderRecord
from federation.rp import id_token, identity, metadata, transaction
from federation.rp.failures import refused, unreachable
from federation.rp.metadata import Metadata
from federation.rp.signature import BadSignature, verified_claims
from federation.rp.transaction import PendingTransaction
from proconnect.kernel import outbound
from proconnect.kernel.assurance import Acr
from proconnect.kernel.contracts.identity_provider import (
    AssertedIdentity,
    AuthenticationAsk,
    HeldIdentity,
    ProviderUnreachable,
)

SCOPE = "openid uid given_name usual_name email siren siret organizational_unit belonging_population phone chorusdt"
WHOLE_STEP = timedelta(seconds=12)  # all the calls of one return, together
LONGEST_PROOF = 4096  # characters: it must fit in the address of the FI's sign-out

Tokens = Mapping[str, Any]


class RemoteProvider:
    def __init__(self, provider: ProviderRecord) -> None:
        self.provider = provider

    def begin(self, request: HttpRequest, ask: AuthenticationAsk) -> HttpResponse:
        """Raises ProviderUnreachable."""
        known = metadata.of(self.provider)
        state, pending = transaction.depart(
            provider_uid=self.provider.uid, journey_id=ask.journey_id, now=timezone.now()
        )
        parameters = authorization_parameters(self.provider.client_id, ask, state, pending)
        return HttpResponse(
            status=303,
            headers={
                "Location": with_parameters(known.authorization_endpoint, parameters),
                "Cache-Control": "no-store",
            },
        )

    def collect(self, request: HttpRequest, ask: AuthenticationAsk) -> AssertedIdentity:
        """Raises ProviderRefused or ProviderUnreachable."""
        pending = self._departure_of(request, ask)
        with outbound.at_most(WHOLE_STEP):
            known = metadata.of(self.provider)
            code = self._code(request, known)
            tokens = self._exchange(code, known, ask, pending)
            facts = self._verified(tokens, known, ask, pending)
            claims = self._userinfo(tokens["access_token"], known)
        if claims.get("sub") != facts.claims["sub"]:  # OIDC Core 5.3.2
            raise refused(FederationError.PROVIDER_USERINFO_FAILED, "userinfo_is_about_the_same_person")
        return identity.clean(claims, _authentication(facts, tokens["id_token"]), self.provider)

    def end(self, request: HttpRequest, held: HeldIdentity) -> str | None:
        """RP-Initiated Logout 1.0. None too for a FI out of reach: we are signed out all the same."""
        try:
            endpoint = metadata.of(self.provider).end_session_endpoint
        except ProviderUnreachable:
            return None
        if not endpoint:
            return None
        hint = {"id_token_hint": held.proof} if held.proof else {"client_id": self.provider.client_id}
        back = {"post_logout_redirect_uri": held.return_to, "state": held.state}
        return with_parameters(endpoint, hint | back)

    # Steps of collect, in their order

    def _departure_of(self, request: HttpRequest, ask: AuthenticationAsk) -> PendingTransaction:
        """Consumed here: whatever follows, this ``state`` is worth nothing any more."""
        pending = transaction.consume(request)
        asked = (ask.journey_id, self.provider.uid)
        if pending is None or (pending.journey_id, pending.provider_uid) != asked:
            raise refused(FederationError.ANSWER_ALREADY_USED, "state_is_ours_and_unused")
        return pending

    def _code(self, request: HttpRequest, known: Metadata) -> str:
        """RFC 6749 4.1.2 and 4.1.2.1; RFC 9207 2.4 against answers of another FI than the one asked."""
        if any(len(values) > 1 for _, values in request.GET.lists()):
            raise refused(FederationError.PROVIDER_TOKEN_CALL_FAILED, "parameters_come_once")
        answered = request.GET
        if answered.get("iss", "" if known.names_itself_in_answers else known.issuer) != known.issuer:
            raise refused(FederationError.PROVIDER_TOKEN_CALL_FAILED, "answer_is_from_the_provider_we_asked")
        if error := answered.get("error"):
            raise refused(
                FederationError.PROVIDER_REFUSED,
                "provider_accepted",
                oauth_error=error,
                description=answered.get("error_description", ""),
            )
        if not (code := answered.get("code")):
            raise refused(FederationError.PROVIDER_TOKEN_CALL_FAILED, "code_is_there")
        return code

    def _exchange(
        self, code: str, known: Metadata, ask: AuthenticationAsk, pending: PendingTransaction
    ) -> Tokens:
        """Never retried: a code serves once."""
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": ask.return_to,
            "code_verifier": pending.verifier,
            "sp_id": ask.client_id,
            "sp_name": ask.client_name,
        }
        headers, ours = self._our_authentication()
        try:
            answer = outbound.post_form(
                known.token_endpoint,
                form | ours,
                headers={"accept": "application/json", **headers},
                is_internal=metadata.is_internal(self.provider),
            )
            said = answer.json_object()
        except (outbound.OutboundFailure, ValueError) as failure:
            raise unreachable(FederationError.PROVIDER_TOKEN_CALL_FAILED, failure) from failure
        if answer.status != 200:
            error = said.get("error")
            raise refused(
                FederationError.PROVIDER_TOKEN_CALL_FAILED,
                "code_was_exchanged",
                oauth_error=error if isinstance(error, str) else f"HTTP {answer.status}",
            )
        return _well_formed(said)

    def _our_authentication(self) -> tuple[dict[str, str], dict[str, str]]:
        """Headers and form fields."""
        method = self.provider.token_endpoint_auth_method
        if method not in CLIENT_AUTHENTICATION:
            raise unreachable(
                FederationError.PROVIDER_TOKEN_CALL_FAILED,
                f"{method} is not among {', '.join(CLIENT_AUTHENTICATION)}",
            )
        return CLIENT_AUTHENTICATION[method](self.provider.client_id, self._secret())

    def _verified(
        self, tokens: Tokens, known: Metadata, ask: AuthenticationAsk, pending: PendingTransaction
    ) -> id_token.Facts:
        error = FederationError.PROVIDER_TOKEN_INVALID
        facts = id_token.Facts(
            claims=self._signed_claims(
                tokens["id_token"], self.provider.id_token_signed_response_algs, known, error
            ),
            issuer=known.issuer,
            client_id=self.provider.client_id,
            nonce=pending.nonce,
            access_token=tokens["access_token"],
            departed_at=pending.opened_at,
            now=timezone.now(),
            max_age=ask.max_age,
            must_be_fresh=ask.fresh,
        )
        if check := id_token.first_failure(facts):
            raise refused(error, check, description=_drift(facts))
        return facts

    def _userinfo(self, access_token: str, known: Metadata) -> dict[str, Any]:
        error = FederationError.PROVIDER_USERINFO_FAILED
        try:
            answer = outbound.get(
                known.userinfo_endpoint,
                headers={
                    "authorization": f"Bearer {access_token}",
                    "accept": "application/jwt, application/json",
                },
                is_internal=metadata.is_internal(self.provider),
            )
        except outbound.OutboundFailure as failure:
            raise unreachable(error, failure) from failure
        if answer.status != 200:
            raise unreachable(error, f"HTTP {answer.status}")
        algorithm = self.provider.userinfo_signed_response_alg
        if (answer.content_type == "application/jwt") != bool(algorithm):
            raise refused(error, "userinfo_comes_in_the_agreed_form")
        if algorithm:
            claims = self._signed_claims(
                answer.body.decode("ascii", "replace").strip(), (algorithm,), known, error
            )
            return self._for_us(claims, known)
        try:
            return answer.json_object()
        except ValueError as failure:
            raise unreachable(error, failure) from failure

    def _for_us(self, claims: dict[str, Any], known: Metadata) -> dict[str, Any]:
        """OIDC Core 5.3.2: a signed userinfo names its issuer and its audience."""
        audience = claims.get("aud", self.provider.client_id)
        audiences = audience if isinstance(audience, list) else [audience]
        if claims.get("iss", known.issuer) != known.issuer or self.provider.client_id not in audiences:
            raise refused(FederationError.PROVIDER_USERINFO_FAILED, "userinfo_is_for_us")
        return claims

    def _signed_claims(
        self, token: str, algorithms: tuple[str, ...], known: Metadata, error: FederationError
    ) -> dict[str, Any]:
        def keys(refetch: bool) -> Any:
            return metadata.signing_keys(self.provider, known, refetch=refetch)

        try:
            return verified_claims(token, algorithms=algorithms, keys=keys, secret=self._secret)
        except BadSignature as bad:
            raise refused(error, bad.check) from bad

    def _secret(self) -> str:
        return registry.provider_secret(self.provider)


def authorization_parameters(
    our_client_id: str, ask: AuthenticationAsk, state: str, pending: PendingTransaction
) -> dict[str, str]:
    """What the browser carries to the FI (pure). Empty values are left out."""
    parameters = {
        "response_type": "code",
        "client_id": our_client_id,
        "redirect_uri": ask.return_to,
        "scope": SCOPE,
        "state": state,
        "nonce": pending.nonce,
        "code_challenge": pending.challenge,
        "code_challenge_method": "S256",
        "claims": json.dumps({"id_token": {"amr": None, "acr": _level_claim(ask)}}, separators=(",", ":")),
        "acr_values": _voluntary_levels(ask),
        "prompt": "login" if ask.fresh else "",
        "max_age": "" if ask.max_age is None else str(int(ask.max_age.total_seconds())),
        "login_hint": ask.login_hint,
        "siret_hint": ask.siret_hint,
        "sp_id": ask.client_id,
        "sp_name": ask.client_name,
        "remember_me": "true" if ask.remember_me else "false",
    }
    return {name: value for name, value in parameters.items() if value}


def _level_claim(ask: AuthenticationAsk) -> dict[str, Any] | None:
    """OIDC Core 5.5.1.1: an essential level is asked here."""
    return {"essential": True, "values": list(ask.demanded_acr)} if ask.demanded_acr else None


def _voluntary_levels(ask: AuthenticationAsk) -> str:
    """Never beside a demand, which some FI would then take for two. Nothing asked: the usual level."""
    return "" if ask.demanded_acr else " ".join(ask.preferred_acr or (Acr.EIDAS1,))


def with_parameters(url: str, parameters: Mapping[str, str]) -> str:
    """The URL may have a query of its own (RFC 6749 3.1)."""
    parts = urlsplit(url)
    query = "&".join(filter(None, (parts.query, urlencode(parameters))))
    return urlunsplit(parts._replace(query=query, fragment=""))


def _in_form(client_id: str, secret: str) -> tuple[dict[str, str], dict[str, str]]:
    return {}, {"client_id": client_id, "client_secret": secret}


def _in_header(client_id: str, secret: str) -> tuple[dict[str, str], dict[str, str]]:
    """RFC 6749 2.3.1: both are form-encoded first."""
    pair = f"{quote_plus(client_id)}:{quote_plus(secret)}"
    return {"authorization": f"Basic {b64encode(pair.encode()).decode()}"}, {}


CLIENT_AUTHENTICATION: Mapping[str, Callable[[str, str], tuple[dict[str, str], dict[str, str]]]] = {
    "client_secret_post": _in_form,
    "client_secret_basic": _in_header,
}


def _well_formed(said: dict[str, Any]) -> Tokens:
    """RFC 6749 5.1, OIDC Core 3.1.3.3."""
    access_token, token_type, proof = (said.get(name) for name in ("access_token", "token_type", "id_token"))
    if not isinstance(access_token, str) or not _may_go_in_a_header(access_token):
        raise refused(FederationError.PROVIDER_TOKEN_INVALID, "access_token_is_readable")
    if not isinstance(token_type, str) or token_type.lower() != "bearer":
        raise refused(FederationError.PROVIDER_TOKEN_INVALID, "token_type_is_bearer")
    if not isinstance(proof, str):
        raise refused(FederationError.PROVIDER_TOKEN_INVALID, "id_token_is_there")
    return {"access_token": access_token, "id_token": proof}


def _may_go_in_a_header(token: str) -> bool:
    return bool(token) and token.isascii() and token.isprintable() and " " not in token


def _authentication(facts: id_token.Facts, proof: str) -> identity.Authentication:
    return identity.Authentication(
        acr=facts.claims.get("acr") or "",
        amr=tuple(facts.claims.get("amr") or ()),
        authenticated_at=id_token.authenticated_at(facts),
        proof=proof if len(proof) <= LONGEST_PROOF else "",
    )


def _drift(facts: id_token.Facts) -> str:
    seconds = round(id_token.clock_drift(facts).total_seconds())
    return f"horloge décalée de {seconds} s" if seconds else ""
