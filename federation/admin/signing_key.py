"""The keys we sign with, to be seen. Their rotation is a command."""

import json

from django.contrib import admin
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from federation.models import SigningKey
from proconnect.kernel.admin_site import ReadOnly, labelled

STATE = labelled("get_state_display", _("état"))
DATES = (
    labelled("created_at", _("créée le")),
    labelled("activated_at", _("activée le")),
    labelled("retired_at", _("retirée le")),
)


@admin.register(SigningKey)
class SigningKeyAdmin(ReadOnly):
    """Never the private part, even sealed."""

    list_display = (
        labelled("kid", _("identifiant (kid)")),
        labelled("algorithm", _("algorithme")),
        STATE,
        *DATES,
    )
    list_filter = ("algorithm", "state")
    fields = readonly_fields = (*list_display, "told_public_jwk")

    @admin.display(description=_("clé publique"))
    def told_public_jwk(self, key: SigningKey) -> str:
        return format_html("<pre>{}</pre>", json.dumps(key.public_jwk, indent=2))
