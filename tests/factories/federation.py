"""FS, FI and people of the federation, as tests name them. Each call makes a row; what is not said is ordinary."""

from collections.abc import Sequence
from datetime import datetime
from itertools import count
from typing import Any, TypeVar
from uuid import uuid4

from django.conf import settings
from django.utils import timezone

from federation import registry
from federation.models import Account, AccountLink, Client, Kind, Provider, ProviderDomain
from federation.registry import client_secrets

SECRET = "the-secret-of-every-client-in-the-tests-0123456789"
SCOPES = [
    "openid",
    "given_name",
    "usual_name",
    "email",
    "uid",
    "siret",
    "idp_id",
    "organization_label",
    "roles",
]

Row = TypeVar("Row", Client, Provider)

_numbers = count(1)


def fs(*, private: bool = True, secret: str = SECRET, **changes: Any) -> Client:
    """A FS open to everybody that asks for no PKCE; ``private=False`` keeps it for public agents."""
    number = next(_numbers)
    facts = {
        "client_id": f"fs-{number}",
        "name": f"Service n° {number}",
        "site_url": f"https://fs-{number}.example.gouv.fr/",
        "redirect_uris": [f"https://fs-{number}.example.gouv.fr/callback"],
        "post_logout_redirect_uris": [f"https://fs-{number}.example.gouv.fr/"],
        "scopes": SCOPES,
        "accepts_private_sector": private,
        "require_pkce": False,
        "client_type": Client.CLIENT_CONFIDENTIAL,
        "authorization_grant_type": Client.GRANT_AUTHORIZATION_CODE,
    } | changes
    facts["client_secret"] = client_secrets.hashed(secret)
    facts["sealed_secret"] = (
        client_secrets.sealed(facts["client_id"], secret) if "HS256" in facts.values() else ""
    )
    for name in ("redirect_uris", "post_logout_redirect_uris"):
        facts[name] = " ".join(facts[name])
    return _seen_by_the_registry(Client.objects.create(**facts))


def fd(**changes: Any) -> Client:
    """A FD exempt from consent: it checks tokens, and signs nobody in."""
    usual: dict[str, Any] = {
        "kind": Kind.FD,
        "redirect_uris": [],
        "post_logout_redirect_uris": [],
        "scopes": [],
        "is_exempt_from_consent": True,
    }
    return fs(**usual | changes)


def fi(*, domains: Sequence[str] = (), proved: bool = False, **changes: Any) -> Provider:
    """A FI that serves these domains, and has ``proved`` it owns them or not."""
    number = next(_numbers)
    facts = {
        "name": f"fi-{number}",
        "title": f"Ministère n° {number}",
        "issuer": f"https://fi-{number}.example.gouv.fr",
        "client_id": "proconnect",
    } | changes
    provider = Provider.objects.create(**facts)
    for domain in domains:
        ProviderDomain.objects.create(
            provider=provider, name=domain, proved_at=timezone.now() if proved else None
        )
    return _seen_by_the_registry(provider)


def identite() -> Provider:
    """The local FI, made by a migration and again after a test that empties the tables."""
    uid = settings.ENV.default_provider
    assert uid
    provider, _ = Provider.objects.get_or_create(
        uid=uid,
        defaults={
            "name": "identite",
            "title": "ProConnect Identité",
            "discovery": False,
            "block_unlisted_domains": False,
            "is_mfa_capable": True,
        },
    )
    return _seen_by_the_registry(provider)


def account(
    *, at: Provider, email: str = "camille.martin@example.gouv.fr", blocked_at: datetime | None = None
) -> Account:
    """A person this FI has already sent us."""
    person = Account.objects.create(blocked_at=blocked_at)
    AccountLink.objects.create(account=person, provider=at, provider_sub=str(uuid4()), email=email)
    return person


def _seen_by_the_registry(row: Row) -> Row:
    registry.look_again()
    return row
