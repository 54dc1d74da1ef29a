"""FS and FI as the sign-in path reads them: plain values, built once per configuration version, never a database row."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientRecord:
    """A FS or FD in service."""

    pk: int
    client_id: str
    name: str
    kind: str
    site_url: str
    support_email: str
    redirect_uris: tuple[str, ...]
    post_logout_redirect_uris: tuple[str, ...]
    backchannel_logout_uri: str | None
    scopes: frozenset[str]
    accepts_private_sector: bool
    allowed_email_domains: frozenset[str]  # empty: all
    allowed_providers: frozenset[UUID]  # empty: all
    minimum_acr: str = ""  # asked at every sign-in, whatever the FS asks itself
    token_endpoint_auth_method: str
    secret_hash: str
    previous_secret: str
    previous_secret_expires_at: datetime | None
    sealed_secret: str  # HS256 alone
    jwks: Mapping[str, Any] | None
    jwks_uri: str | None
    id_token_signed_response_alg: str
    userinfo_signed_response_alg: str | None
    userinfo_encrypted_response_alg: str | None = None
    userinfo_encrypted_response_enc: str | None = None
    claims_profile: str = "proconnect"
    introspection_signed_response_alg: str | None
    require_pkce: bool
    code_lifetime: timedelta | None
    access_token_lifetime: timedelta | None
    refresh_token_lifetime: timedelta | None


@dataclass(frozen=True, slots=True)
class Outage:
    """Told in advance: who, until when, in which words."""

    message: str
    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderRecord:
    """A FI, in service or not: a disabled one must still be told from an unknown one."""

    uid: UUID
    name: str
    title: str
    is_open: bool  # active, and reachable from this deployment's network
    is_routed: bool
    network: str
    issuer: str  # empty: a local FI, reached in process
    discovery: bool
    authorization_endpoint: str | None
    token_endpoint: str | None
    userinfo_endpoint: str | None
    jwks_uri: str | None
    end_session_endpoint: str | None
    client_id: str
    sealed_secret: str
    token_endpoint_auth_method: str
    id_token_signed_response_algs: tuple[str, ...]
    userinfo_signed_response_alg: str | None
    userinfo_encrypted_response_alg: str | None
    userinfo_encrypted_response_enc: str | None
    routed_domains: frozenset[str]
    accepted_domains: frozenset[str]  # routed ones included
    proved_domains: frozenset[str]
    block_unlisted_domains: bool
    is_mfa_capable: bool
    quirks: frozenset[str]
    default_siret: str | None
    support_email: str | None
    id_token_encrypted_response_alg: str | None = None
    id_token_encrypted_response_enc: str | None = None
    shared_domains: frozenset[str] = frozenset()
    testers: Mapping[str, datetime] = field(default_factory=dict)  # address without suffix → until when
    outages: tuple[Outage, ...] = ()
    status_url: str | None = None

    @property
    def is_local(self) -> bool:
        return not self.issuer

    @property
    def heeds_levels(self) -> bool:
        """Whether a demanded level may change what this FI does."""
        return self.is_mfa_capable or self.is_local

    @property
    def secret_context(self) -> str:
        return f"provider-secret:{self.uid}"
