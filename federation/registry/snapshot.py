"""All FS and FI, held in each process, so that a sign-in reads none of their tables.

Rebuilt when the configuration version moves, which is looked at every two seconds at most. While the database does
not answer, the copy at hand keeps serving.
"""

import threading
import time
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID

from django.conf import settings
from django.db import DatabaseError, InterfaceError

from federation.models import Client, Provider
from federation.models.provider import Network
from federation.registry.records import ClientRecord, Outage, ProviderRecord
from proconnect.kernel.encryption import unseal
from proconnect.platform.postgresql.statement import Statement

LOOK_EVERY = timedelta(seconds=2)


@dataclass(frozen=True, slots=True)
class Version:
    """``writer`` tells apart two transactions that reached the same number, one of them rolled back since."""

    number: int
    writer: str


@dataclass(frozen=True, slots=True)
class Snapshot:
    version: Version
    clients: Mapping[str, ClientRecord]
    providers: Mapping[UUID, ProviderRecord]
    serving: Mapping[str, tuple[ProviderRecord, ...]]  # by domain
    in_acceptance: tuple[ProviderRecord, ...]
    declared: Mapping[str, frozenset[UUID]]  # domain → the FI that list it, in whatever state


@dataclass(slots=True)
class Keeper:
    """Holds the copy of one process. One thread rebuilds it; the others go on with the previous one."""

    _held: Snapshot | None = None
    _look_at: float = 0.0
    _rebuilding: threading.Lock = field(default_factory=threading.Lock)

    def current(self) -> Snapshot:
        """Raises DatabaseError when nothing was ever read and the database does not answer."""
        held = self._held
        if held is not None and time.monotonic() < self._look_at:
            return held
        if not self._rebuilding.acquire(blocking=held is None):
            return held  # type: ignore[return-value]  # not blocking: held is something
        try:
            return self._look()
        finally:
            self._rebuilding.release()

    def forget(self) -> None:
        self._held = None
        self._look_at = 0.0

    def look_again(self) -> None:
        """The next reader asks the database whether the version moved."""
        self._look_at = 0.0

    def _look(self) -> Snapshot:
        held = self._held
        try:
            version = _read_version()
            snapshot = held if held is not None and held.version == version else _build(version)
        except (DatabaseError, InterfaceError):
            if held is None:
                raise
            snapshot = held
        self._held = snapshot
        self._look_at = time.monotonic() + LOOK_EVERY.total_seconds()
        return snapshot


_keeper = Keeper()
forget = _keeper.forget
look_again = _keeper.look_again


# What the rest of the federation asks


def find_client(client_id: str) -> ClientRecord | None:
    """None when unknown or out of service: the two are told apart to nobody."""
    return _keeper.current().clients.get(client_id)


def find_provider(uid: UUID) -> ProviderRecord | None:
    """Whatever its state."""
    return _keeper.current().providers.get(uid)


def providers_for(domain: str) -> tuple[ProviderRecord, ...]:
    """The open and routed FI that serve this domain, by title, Identité last."""
    return _keeper.current().serving.get(domain, ())


def providers_named(issuer: str) -> tuple[ProviderRecord, ...]:
    """The open FI that speak under this name: several may, known to us twice."""
    named = (provider for provider in _keeper.current().providers.values() if provider.issuer == issuer)
    return tuple(provider for provider in named if provider.is_open and not provider.is_local)


def routed_domains() -> Iterable[str]:
    """Those that some open FI serves."""
    return _keeper.current().serving.keys()


def is_declared_by_another(domain: str, than: UUID) -> bool:
    """Does some other FI list this domain, routed or accepted, be it closed or in acceptance?"""
    return bool(_keeper.current().declared.get(domain, frozenset()) - {than})


def providers_in_acceptance() -> tuple[ProviderRecord, ...]:
    """The open FI that only their testers may reach, by title."""
    return _keeper.current().in_acceptance


def default_provider() -> ProviderRecord | None:
    """The FI of those who have none. Absent on RIE."""
    uid = settings.ENV.default_provider
    return find_provider(uid) if uid else None


def provider_secret(record: ProviderRecord) -> str:
    """Empty when the FI was registered without one. Raises CannotUnseal when the key that sealed it is gone."""
    return unseal(record.sealed_secret, context=record.secret_context) if record.sealed_secret else ""


def version() -> int:
    return _keeper.current().version.number


# Reading the tables


def _read_version() -> Version:
    row = _VERSION.first({})
    return Version(*row) if row else Version(0, "")


_VERSION = Statement("SELECT number, xmin::text FROM federation_configurationversion WHERE id = 1")


def _build(version: Version) -> Snapshot:
    """The version was read first: a change made meanwhile is seen at the next look, never missed."""
    providers = {row.uid: provider_record(row) for row in _rows_of_providers()}
    return Snapshot(
        version=version,
        clients={row.client_id: client_record(row) for row in Client.objects.open()},
        providers=providers,
        serving=_by_domain(providers.values()),
        in_acceptance=tuple(
            provider
            for provider in sorted(providers.values(), key=_place_in_list)
            if provider.is_open and not provider.is_routed and provider.testers
        ),
        declared=_declared(providers.values()),
    )


def _rows_of_providers() -> Iterable[Provider]:
    return Provider.objects.prefetch_related("domains", "testers", "outages")


def _by_domain(providers: Iterable[ProviderRecord]) -> dict[str, tuple[ProviderRecord, ...]]:
    serving: dict[str, list[ProviderRecord]] = {}
    for provider in sorted(providers, key=_place_in_list):
        if provider.is_open and provider.is_routed:
            for domain in provider.routed_domains:
                serving.setdefault(domain, []).append(provider)
    return {domain: tuple(several) for domain, several in serving.items()}


def _declared(providers: Iterable[ProviderRecord]) -> dict[str, frozenset[UUID]]:
    declared: dict[str, set[UUID]] = {}
    for provider in providers:
        for domain in provider.accepted_domains:
            declared.setdefault(domain, set()).add(provider.uid)
    return {domain: frozenset(several) for domain, several in declared.items()}


def _place_in_list(provider: ProviderRecord) -> tuple[bool, str, str]:
    return provider.is_local, _without_accents(provider.title), provider.title


def _without_accents(text: str) -> str:
    """French alphabetical order: accents and case only tell apart what is otherwise equal."""
    return "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c)).casefold()


def client_record(row: Client) -> ClientRecord:
    return ClientRecord(
        pk=row.pk,
        client_id=row.client_id,
        name=row.name,
        kind=row.kind,
        site_url=row.site_url,
        support_email=row.support_email,
        redirect_uris=tuple(row.redirect_uri_list),
        post_logout_redirect_uris=tuple(row.post_logout_redirect_uri_list),
        backchannel_logout_uri=row.backchannel_logout_uri,
        scopes=frozenset(row.scopes),
        accepts_private_sector=row.accepts_private_sector,
        allowed_email_domains=frozenset(row.allowed_email_domains),
        allowed_providers=frozenset(row.allowed_providers),
        minimum_acr=row.minimum_acr,
        token_endpoint_auth_method=row.token_endpoint_auth_method,
        secret_hash=row.client_secret,
        previous_secret=row.previous_secret,
        previous_secret_expires_at=row.previous_secret_expires_at,
        sealed_secret=row.sealed_secret,
        jwks=row.jwks,
        jwks_uri=row.jwks_uri,
        id_token_signed_response_alg=row.id_token_signed_response_alg,
        userinfo_signed_response_alg=row.userinfo_signed_response_alg,
        userinfo_encrypted_response_alg=row.userinfo_encrypted_response_alg,
        userinfo_encrypted_response_enc=row.userinfo_encrypted_response_enc,
        claims_profile=row.claims_profile,
        introspection_signed_response_alg=row.introspection_signed_response_alg,
        require_pkce=row.require_pkce,
        code_lifetime=row.code_lifetime,
        access_token_lifetime=row.access_token_lifetime,
        refresh_token_lifetime=row.refresh_token_lifetime,
    )


def provider_record(row: Provider) -> ProviderRecord:
    domains = list(row.domains.all())
    return ProviderRecord(
        uid=row.uid,
        name=row.name,
        title=row.title,
        is_open=row.is_active and row.network in (Network.HYBRID, settings.ENV.network),
        is_routed=row.is_routed,
        network=row.network,
        issuer=row.issuer,
        discovery=row.discovery,
        authorization_endpoint=row.authorization_endpoint,
        token_endpoint=row.token_endpoint,
        userinfo_endpoint=row.userinfo_endpoint,
        jwks_uri=row.jwks_uri,
        end_session_endpoint=row.end_session_endpoint,
        client_id=row.client_id,
        sealed_secret=row.sealed_secret,
        token_endpoint_auth_method=row.token_endpoint_auth_method,
        id_token_signed_response_algs=tuple(row.id_token_signed_response_algs),
        userinfo_signed_response_alg=row.userinfo_signed_response_alg,
        userinfo_encrypted_response_alg=row.userinfo_encrypted_response_alg,
        userinfo_encrypted_response_enc=row.userinfo_encrypted_response_enc,
        routed_domains=frozenset(domain.name for domain in domains if domain.is_routed),
        accepted_domains=frozenset(domain.name for domain in domains),
        proved_domains=frozenset(domain.name for domain in domains if domain.proved_at),
        block_unlisted_domains=row.block_unlisted_domains,
        is_mfa_capable=row.is_mfa_capable,
        quirks=frozenset(row.quirks),
        default_siret=row.default_siret,
        support_email=row.support_email,
        id_token_encrypted_response_alg=row.id_token_encrypted_response_alg,
        id_token_encrypted_response_enc=row.id_token_encrypted_response_enc,
        shared_domains=frozenset(domain.name for domain in domains if domain.is_shared),
        testers={tester.email.lower(): tester.ends_at for tester in row.testers.all()},
        outages=tuple(
            Outage(outage.message, outage.starts_at, outage.ends_at) for outage in row.outages.all()
        ),
        status_url=row.status_url,
    )
