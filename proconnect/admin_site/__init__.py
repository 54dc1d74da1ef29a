"""The operators' site: our own pages only, behind a password and a second factor. Wiring: no app imports it."""

from django.contrib.admin import apps
from django.db.models.signals import post_migrate


class AdminConfig(apps.AdminConfig):
    """Django's own, on our site."""

    default_site = "proconnect.admin_site.site.OperatorsSite"

    def ready(self) -> None:
        super().ready()
        from proconnect.admin_site import platform_pages, roles

        platform_pages.register()
        post_migrate.connect(roles.seed, sender=self)
