"""What every page shows of the site. No query."""

from urllib.parse import quote

from django.conf import settings
from django.http import HttpRequest


def site(request: HttpRequest) -> dict[str, object]:
    return {
        "site": {
            "label": settings.ENV.site_name_label,
            "support_email": settings.ENV.support_email,
            "help_href": f"mailto:{quote(settings.ENV.support_email, safe='@')}?subject={quote('Aide ProConnect')}",
        }
    }
