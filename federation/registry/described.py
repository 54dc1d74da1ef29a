"""Rows ↔ entries of the registry file."""

from datetime import timedelta
from typing import Any

from federation.models import Client, Provider
from federation.registry.entries import ClientEntry, ProviderEntry, Tester, written

CLIENT_FIELDS = (
    "client_id",
    "name",
    "kind",
    "backchannel_logout_uri",
    "accepts_private_sector",
    "minimum_acr",
    "token_endpoint_auth_method",
    "jwks",
    "jwks_uri",
    "id_token_signed_response_alg",
    "userinfo_signed_response_alg",
    "userinfo_encrypted_response_alg",
    "userinfo_encrypted_response_enc",
    "claims_profile",
    "introspection_signed_response_alg",
    "is_exempt_from_consent",
    "require_pkce",
    "is_active",
    "environment",
    "site_url",
    "support_email",
    "listed_publicly",
    "description",
)
LIFETIMES = ("code_lifetime", "access_token_lifetime", "refresh_token_lifetime")
PROVIDER_FIELDS = (
    "name",
    "title",
    "issuer",
    "discovery",
    "authorization_endpoint",
    "token_endpoint",
    "userinfo_endpoint",
    "jwks_uri",
    "end_session_endpoint",
    "client_id",
    "token_endpoint_auth_method",
    "id_token_encrypted_response_alg",
    "id_token_encrypted_response_enc",
    "userinfo_signed_response_alg",
    "userinfo_encrypted_response_alg",
    "userinfo_encrypted_response_enc",
    "block_unlisted_domains",
    "is_routed",
    "is_active",
    "is_mfa_capable",
    "mfa_note",
    "default_siret",
    "support_email",
    "status_url",
    "network",
)


def client_entry(row: Client) -> ClientEntry:
    return ClientEntry(
        **_plain(row, CLIENT_FIELDS),
        **_lifetimes(row),
        redirect_uris=tuple(row.redirect_uri_list),
        post_logout_redirect_uris=tuple(row.post_logout_redirect_uri_list),
        scopes=tuple(row.scopes),
        allowed_email_domains=tuple(row.allowed_email_domains),
        allowed_providers=tuple(str(uid) for uid in row.allowed_providers),
    )


def fill_client(row: Client, entry: ClientEntry) -> Client:
    """Unsaved. The secret is not of the entry."""
    for name in CLIENT_FIELDS:
        setattr(row, name, getattr(entry, name))
    for name in LIFETIMES:
        setattr(row, name, _duration(getattr(entry, name)))
    row.redirect_uris = " ".join(entry.redirect_uris)
    row.post_logout_redirect_uris = " ".join(entry.post_logout_redirect_uris)
    row.scopes = list(entry.scopes)
    row.allowed_email_domains = list(entry.allowed_email_domains)
    row.allowed_providers = list(entry.allowed_providers)  # texts: Django makes UUIDs of them
    return row


def provider_entry(row: Provider) -> ProviderEntry:
    domains = list(row.domains.all())
    return ProviderEntry(
        uid=str(row.uid),
        **_plain(row, PROVIDER_FIELDS),
        id_token_signed_response_algs=tuple(row.id_token_signed_response_algs),
        quirks=tuple(row.quirks),
        email_domains=tuple(sorted(domain.name for domain in domains if domain.is_routed)),
        extra_email_domains=tuple(sorted(domain.name for domain in domains if not domain.is_routed)),
        shared_email_domains=tuple(sorted(domain.name for domain in domains if domain.is_shared)),
        acceptance_testers=tuple(
            sorted(Tester(tester.email, written(tester.ends_at)) for tester in row.testers.all())
        ),
    )


def fill_provider(row: Provider, entry: ProviderEntry) -> Provider:
    """Unsaved. Neither the secret nor what has its own table, domains and testers, is touched."""
    for name in PROVIDER_FIELDS:
        setattr(row, name, getattr(entry, name))
    row.id_token_signed_response_algs = list(entry.id_token_signed_response_algs)
    row.quirks = list(entry.quirks)
    return row


def _lifetimes(row: Client) -> dict[str, Any]:
    held = {name: getattr(row, name) for name in LIFETIMES}
    return {name: None if it is None else int(it.total_seconds()) for name, it in held.items()}


def _duration(seconds: int | None) -> timedelta | None:
    return None if seconds is None else timedelta(seconds=seconds)


def _plain(row: Client | Provider, names: tuple[str, ...]) -> dict[str, Any]:
    return {name: getattr(row, name) for name in names}
