"""What a FS may know of us before asking: our metadata (OpenID Connect Discovery 3) and our public keys.

The document is drawn from the tables that do the work, so that it tells exactly what works.
"""

import json
from functools import cache
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from federation.claims import AUTHENTICATION_CLAIMS, NAMES, SCOPES
from federation.op import client_assertion, encryption, keys
from federation.op.client_authentication import METHODS
from federation.op.request import CHALLENGE_METHODS, PROMPTS, RESPONSE_MODES
from federation.op.token import GRANT_TYPES
from federation.op.wire import endpoint
from proconnect.kernel.assurance import Acr

PUBLIC = {"Access-Control-Allow-Origin": "*", "Cache-Control": "public, max-age=600"}  # seconds


@endpoint("GET", "HEAD")
def discovery(request: HttpRequest) -> HttpResponse:
    return HttpResponse(_document(), content_type="application/json", headers=PUBLIC)


@endpoint("GET", "HEAD")
def jwks(request: HttpRequest) -> HttpResponse:
    return HttpResponse(keys.jwks(), content_type="application/json", headers=PUBLIC)


def metadata() -> dict[str, Any]:
    return {
        "issuer": settings.ENV.issuer,
        "authorization_endpoint": _url("authorize"),
        "token_endpoint": _url("token"),
        "userinfo_endpoint": _url("userinfo"),
        "revocation_endpoint": _url("revocation"),
        "introspection_endpoint": _url("introspection"),
        "jwks_uri": _url("jwks"),
        "end_session_endpoint": _url("end-session"),
        "backchannel_logout_supported": True,
        "backchannel_logout_session_supported": True,
        "scopes_supported": SCOPES,
        "claims_supported": [*NAMES, *AUTHENTICATION_CLAIMS, "iss"],
        "claims_parameter_supported": True,
        "response_types_supported": ["code"],
        "response_modes_supported": RESPONSE_MODES,
        "grant_types_supported": list(GRANT_TYPES),
        "prompt_values_supported": PROMPTS,
        "acr_values_supported": list(Acr),
        "subject_types_supported": ["public"],
        "code_challenge_methods_supported": CHALLENGE_METHODS,
        **_client_authentication("token", "revocation", "introspection"),
        "id_token_signing_alg_values_supported": keys.ALGORITHMS,
        "userinfo_signing_alg_values_supported": keys.ALGORITHMS,
        "userinfo_encryption_alg_values_supported": encryption.ALGORITHMS,
        "userinfo_encryption_enc_values_supported": encryption.CONTENT_ENCRYPTIONS,
        "introspection_signing_alg_values_supported": keys.ALGORITHMS,
        "request_parameter_supported": False,
        "request_uri_parameter_supported": False,
        "authorization_response_iss_parameter_supported": True,
        "ui_locales_supported": [code for code, _ in settings.LANGUAGES],
    }


def _client_authentication(*endpoints: str) -> dict[str, Any]:
    """The same at each of them (RFC 8414 2)."""
    methods = {
        f"{name}_endpoint_auth_methods_supported": [method.name for method in METHODS] for name in endpoints
    }
    algorithms = {
        f"{name}_endpoint_auth_signing_alg_values_supported": client_assertion.ALGORITHMS
        for name in endpoints
    }
    return methods | algorithms


@cache
def _document() -> bytes:
    return json.dumps(metadata()).encode()


def _url(name: str) -> str:
    return settings.ENV.site_url + reverse(f"federation:{name}")
