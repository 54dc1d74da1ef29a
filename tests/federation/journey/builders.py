"""Plain values for the pure rules: no database."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from federation.journey.journey import Journey
from federation.journey.situation import Arriving, Leaving
from federation.op.request import AuthorizationRequest
from federation.registry.records import ClientRecord, ProviderRecord
from federation.sessions import OpenSession
from proconnect.kernel.assurance import Acr, Reached
from proconnect.kernel.contracts.identity_provider import AssertedIdentity
from proconnect.kernel.email_address import EmailAddress

OF_THE_JOURNEY = ("email", "warned", "insisted", "chosen", "sent_to", "asserted", "proved_mailbox")
NOW = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)


def asked(**changes: Any) -> AuthorizationRequest:
    usual: dict[str, Any] = {
        "client_id": "demarches",
        "redirect_uri": "https://demarches.exemple.fr/retour",
        "scopes": ("openid", "email"),
        "state": "a-state",
        "nonce": "a-nonce",
        "code_challenge": "",
        "response_mode": "query",
        "prompt": frozenset(),
        "max_age": None,
        "login_hint": "",
        "idp_hint": "",
        "siret_hint": "",
        "demanded_acr": (),
        "preferred_acr": (),
        "id_token_claims": (),
        "userinfo_claims": (),
        "id_token_hint": "",
        "ui_locales": "",
    }
    return AuthorizationRequest(**(usual | changes))


def journey(**changes: Any) -> Journey:
    own = {name: changes.pop(name) for name in OF_THE_JOURNEY if name in changes}
    return Journey(id=uuid4(), browser="", asked=asked(**changes), started_at=NOW, **own)


def client(**changes: Any) -> ClientRecord:
    usual: dict[str, Any] = {
        "pk": 1,
        "client_id": "demarches",
        "name": "Démarches",
        "kind": "fs",
        "site_url": "",
        "support_email": "",
        "redirect_uris": ("https://demarches.exemple.fr/retour",),
        "post_logout_redirect_uris": (),
        "backchannel_logout_uri": None,
        "scopes": frozenset({"openid", "email"}),
        "accepts_private_sector": True,
        "allowed_email_domains": frozenset(),
        "allowed_providers": frozenset(),
        "token_endpoint_auth_method": "client_secret_basic",
        "secret_hash": "",
        "previous_secret": "",
        "previous_secret_expires_at": None,
        "sealed_secret": "",
        "jwks": None,
        "jwks_uri": None,
        "id_token_signed_response_alg": "ES256",
        "userinfo_signed_response_alg": None,
        "introspection_signed_response_alg": None,
        "require_pkce": False,
        "code_lifetime": None,
        "access_token_lifetime": None,
        "refresh_token_lifetime": None,
    }
    return ClientRecord(**(usual | changes))


def provider(**changes: Any) -> ProviderRecord:
    usual: dict[str, Any] = {
        "uid": uuid4(),
        "name": "ministere",
        "title": "Ministère",
        "is_open": True,
        "is_routed": True,
        "network": "internet",
        "issuer": "https://fi.exemple.fr",
        "discovery": True,
        "authorization_endpoint": None,
        "token_endpoint": None,
        "userinfo_endpoint": None,
        "jwks_uri": None,
        "end_session_endpoint": None,
        "client_id": "proconnect",
        "sealed_secret": "",
        "token_endpoint_auth_method": "client_secret_post",
        "id_token_signed_response_algs": ("ES256", "RS256"),
        "userinfo_signed_response_alg": None,
        "userinfo_encrypted_response_alg": None,
        "userinfo_encrypted_response_enc": None,
        "routed_domains": frozenset({"ministere.exemple.fr"}),
        "accepted_domains": frozenset({"ministere.exemple.fr"}),
        "proved_domains": frozenset(),
        "block_unlisted_domains": True,
        "is_mfa_capable": False,
        "quirks": frozenset(),
        "default_siret": None,
        "support_email": None,
    }
    return ProviderRecord(**(usual | changes))


def identite(**changes: Any) -> ProviderRecord:
    return provider(
        name="identite", title="ProConnect Identité", issuer="", accepted_domains=frozenset(), **changes
    )


def identity(**changes: Any) -> AssertedIdentity:
    usual: dict[str, Any] = {
        "sub": "1234",
        "email": "marie.durand@ministere.exemple.fr",
        "given_name": "Marie",
        "usual_name": "Durand",
        "uid": "1234",
        "siret": "11001401500013",
        "authenticated_at": NOW,
    }
    return AssertedIdentity(**(usual | changes))


def session(**changes: Any) -> OpenSession:
    usual: dict[str, Any] = {
        "sid": uuid4(),
        "account": UUID(int=1),
        "provider_uid": UUID(int=2),
        "identity": identity(),
        "organization_label": "Ministère",
        "roles": ("agent_public",),
        "acr": Acr.EIDAS1,
        "amr": ("pwd",),
        "ends_at": NOW + timedelta(hours=12),
    }
    return OpenSession(**(usual | changes))


def leaving(**changes: Any) -> Leaving:
    usual: dict[str, Any] = {
        "client": client(),
        "id_token_hint_is_ours": True,
        "session": None,
        "session_provider": None,
        "session_fits": False,
        "session_satisfies": False,
        "hint": "",
        "hinted": None,
        "email": None,
        "candidates": (),
        "chosen": None,
    }
    return Leaving(**(usual | changes))


def arriving(**changes: Any) -> Arriving:
    usual: dict[str, Any] = {
        "client": client(),
        "provider": provider(),
        "identity": identity(),
        "email": EmailAddress.parse("marie.durand@ministere.exemple.fr"),
        "sub": UUID(int=1),
        "only_person": None,
        "is_blocked": False,
        "organization_label": "Ministère",
        "roles": ("agent_public", "agent_public_etat"),
        "reached": Reached(acr=Acr.EIDAS1, amr=("pwd",)),
        "known": None,
        "session": None,
    }
    return Arriving(**(usual | changes))
