"""What the tables hold now, as ``plan`` and ``export`` read it."""

from federation.models import AccountLink, Client, Connection, Grant, Provider
from federation.registry import client_secrets, provider_secrets
from federation.registry.described import client_entry, provider_entry
from federation.registry.plan import Held


def clients() -> dict[str, Held]:
    return {row.client_id: _held_client(row) for row in Client.objects.order_by("client_id")}


def providers() -> dict[str, Held]:
    rows = Provider.objects.prefetch_related("domains", "testers").order_by("name")
    return {str(row.uid): _held_provider(row) for row in rows}


def _held_client(row: Client) -> Held:
    return Held(
        entry=client_entry(row),
        is_its_secret=lambda secret: client_secrets.is_hash_of(secret, row.client_secret),
        is_used=lambda: _client_is_used(row),
        has_its_secret_sealed=bool(row.sealed_secret),
    )


def _client_is_used(row: Client) -> bool:
    return Connection.objects.filter(client=row).exists() or Grant.objects.filter(client=row).exists()


def _held_provider(row: Provider) -> Held:
    return Held(
        entry=provider_entry(row),
        is_its_secret=lambda secret: provider_secrets.is_the_one_kept(row, secret),
        is_used=lambda: _provider_is_used(row),
        is_local=not row.issuer,
    )


def _provider_is_used(row: Provider) -> bool:
    return (
        AccountLink.objects.filter(provider=row).exists() or Connection.objects.filter(provider=row).exists()
    )
