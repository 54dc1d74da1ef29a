from datetime import UTC, datetime

from django.apps import AppConfig
from django.conf import settings

from proconnect.kernel.encryption import register_sealed
from proconnect.observability import health
from proconnect.platform import housekeeping, partitions


class FederationConfig(AppConfig):
    name = "federation"
    verbose_name = "Fédération"

    def ready(self) -> None:
        from federation import endings
        from federation.op import grants
        from federation.registry import ownership
        from federation.rp import quality, self_test

        register_sealed(
            "federation.Client", "sealed_secret", lambda client: f"client-secret:{client.client_id}"
        )
        register_sealed("federation.Provider", "sealed_secret", lambda provider: provider.secret_context)
        register_sealed("federation.SigningKey", "sealed_private_jwk", lambda key: key.secret_context)
        register_sealed("federation.DecryptionKey", "sealed_private_jwk", lambda key: key.secret_context)
        health.register("keys", signing_keys_are_at_hand)
        if settings.ENV.relay_url:
            from federation import networks

            health.register("relay", networks.check_relay, is_vital=False)
        housekeeping.register("federation.sessions", endings.end_expired_sessions)
        housekeeping.register("federation.grants", grants.purge)
        housekeeping.register("federation.ended_sessions", endings.forget_ended_sessions)
        housekeeping.register("federation.domains", ownership.ask_for_checks)
        housekeeping.register("federation.self_tests", self_test.forget_old)
        housekeeping.register("federation.quality", quality.forget_old)
        housekeeping.register("federation.provider_minutes", forget_provider_minutes)
        housekeeping.register("federation.connection_months", prepare_connection_months)


def signing_keys_are_at_hand() -> None:
    """Raises what kept them from being read."""
    from federation.op import keys

    keys.jwks()


def forget_provider_minutes() -> None:
    housekeeping.purge("federation_providerminute", "minute < statement_timestamp() - interval '48 hours'")


def prepare_connection_months() -> None:
    partitions.prepare_months("federation_connection", datetime.now(UTC).date())
