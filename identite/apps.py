from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from proconnect.kernel.encryption import register_sealed


class IdentiteConfig(AppConfig):
    name = "identite"
    verbose_name = _("ProConnect Identité")

    def ready(self) -> None:
        register_sealed("identite.TotpDevice", "sealed_key", lambda device: device.key_context)
