from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules


class PlatformConfig(AppConfig):
    name = "proconnect.platform"
    label = "platform"
    verbose_name = "Plateforme"

    def ready(self) -> None:
        from proconnect.platform.readiness import register_checks

        register_checks()
        autodiscover_modules("tasks")  # each app's handlers of the outbox
