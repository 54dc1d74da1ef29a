"""Our public keys as FI read them (RFC 7517): what our assertions are signed with, what they may encrypt to."""

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from federation import own_keys

PUBLIC = {"Access-Control-Allow-Origin": "*", "Cache-Control": "public, max-age=600"}  # seconds


@require_safe
def published_keys(request: HttpRequest) -> HttpResponse:
    return HttpResponse(own_keys.for_providers(), content_type="application/jwk-set+json", headers=PUBLIC)
