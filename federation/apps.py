from django.apps import AppConfig

from proconnect.kernel.encryption import register_sealed


class FederationConfig(AppConfig):
    name = "federation"
    verbose_name = "Fédération"

    def ready(self) -> None:
        register_sealed(
            "federation.Client", "sealed_secret", lambda client: f"client-secret:{client.client_id}"
        )
        register_sealed("federation.Provider", "sealed_secret", lambda provider: provider.secret_context)
        register_sealed("federation.SigningKey", "sealed_private_jwk", lambda key: key.secret_context)
