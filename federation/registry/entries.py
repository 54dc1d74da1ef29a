"""A FS or a FI as the registry file says it (pure): what is compared, exported and audited. Holds no secret."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from datetime import UTC, datetime
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientEntry:
    client_id: str
    name: str
    kind: str = "fs"
    redirect_uris: tuple[str, ...] = ()
    post_logout_redirect_uris: tuple[str, ...] = ()
    backchannel_logout_uri: str | None = None
    scopes: tuple[str, ...] = ("openid",)
    accepts_private_sector: bool = False
    allowed_email_domains: tuple[str, ...] = ()
    allowed_providers: tuple[str, ...] = ()
    minimum_acr: str = ""
    token_endpoint_auth_method: str = "client_secret_basic"
    jwks: Mapping[str, Any] | None = None
    jwks_uri: str | None = None
    id_token_signed_response_alg: str = "ES256"
    userinfo_signed_response_alg: str | None = None
    userinfo_encrypted_response_alg: str | None = None
    userinfo_encrypted_response_enc: str | None = None
    claims_profile: str = "proconnect"
    introspection_signed_response_alg: str | None = None
    is_exempt_from_consent: bool = False
    require_pkce: bool = True
    code_lifetime: int | None = None  # seconds, as the two below; None: the deployment's
    access_token_lifetime: int | None = None
    refresh_token_lifetime: int | None = None
    is_active: bool = True
    environment: str = "integration"
    site_url: str = ""
    support_email: str = ""
    listed_publicly: bool = False
    description: str = ""

    @property
    def key(self) -> str:
        return self.client_id

    @property
    def signs_with_its_secret(self) -> bool:
        return "HS256" in (
            self.id_token_signed_response_alg,
            self.userinfo_signed_response_alg,
            self.introspection_signed_response_alg,
        )

    @property
    def has_a_secret(self) -> bool:
        """A FS that proves itself by its key never shows one."""
        return self.token_endpoint_auth_method != "private_key_jwt"


@dataclass(frozen=True, slots=True, order=True)
class Tester:
    """Who tries a FI before it is offered. ``until``: RFC 3339, in UTC."""

    email: str
    until: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderEntry:
    """The lists of domains and testers are sorted."""

    uid: str
    name: str
    title: str
    issuer: str
    discovery: bool = True
    authorization_endpoint: str | None = None
    token_endpoint: str | None = None
    userinfo_endpoint: str | None = None
    jwks_uri: str | None = None
    end_session_endpoint: str | None = None
    client_id: str = ""
    token_endpoint_auth_method: str = "client_secret_post"
    id_token_signed_response_algs: tuple[str, ...] = ("ES256", "RS256")
    id_token_encrypted_response_alg: str | None = None
    id_token_encrypted_response_enc: str | None = None
    userinfo_signed_response_alg: str | None = None
    userinfo_encrypted_response_alg: str | None = None
    userinfo_encrypted_response_enc: str | None = None
    email_domains: tuple[str, ...] = ()
    extra_email_domains: tuple[str, ...] = ()
    shared_email_domains: tuple[str, ...] = ()
    block_unlisted_domains: bool = True
    is_routed: bool = True
    is_active: bool = True
    acceptance_testers: tuple[Tester, ...] = ()
    is_mfa_capable: bool = False
    mfa_note: str = ""
    quirks: tuple[str, ...] = ()
    default_siret: str | None = None
    support_email: str | None = None
    status_url: str | None = None
    network: str = "internet"

    @property
    def key(self) -> str:
        return self.uid

    @property
    def is_offered(self) -> bool:
        """Its domains lead to it, as far as this record says."""
        return self.is_active and self.is_routed


Entry = ClientEntry | ProviderEntry


def written(moment: datetime) -> str:
    """As the registry file says a moment: in UTC, to the second."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


@dataclass(frozen=True, slots=True)
class FieldChange:
    name: str
    before: Any
    after: Any


def differences(before: Entry, after: Entry) -> tuple[FieldChange, ...]:
    names = [field.name for field in fields(before)]
    pairs = [FieldChange(name, getattr(before, name), getattr(after, name)) for name in names]
    return tuple(pair for pair in pairs if pair.before != pair.after)


def as_json(entry: Entry) -> dict[str, Any]:
    """In the order of the registry file's documentation."""
    return {name: list(value) if isinstance(value, tuple) else value for name, value in asdict(entry).items()}
