"""Who takes part: the same two FS at both servers, one FI of ours, and agents without end."""

from dataclasses import dataclass
from typing import Any

SITE = "https://proconnect.example"
DOMAIN = "exemples.gouv.fr"
SIRET = "13002526500013"
REDIRECT_URI = "https://service.example/retour"
SCOPES = "openid given_name usual_name email uid siret"
CLAIMS = {
    "given_name": "Camille",
    "usual_name": "Martin",
    "email": f"camille.martin@{DOMAIN}",
    "uid": "6fd0a7d2-camille.martin",
    "siret": SIRET,
}
SECRET = "the-secret-of-every-client-of-the-bench-0123456789"
PROVIDER_SECRET = "the-secret-of-proconnect-at-the-provider-0123456789"


@dataclass(frozen=True, slots=True)
class Service:
    """A FS whose ID tokens and userinfo are signed by this algorithm."""

    algorithm: str

    @property
    def client_id(self) -> str:
        return f"service-{self.algorithm.lower()}"


SERVICES = tuple(map(Service, ("RS256", "ES256")))


def path_of(number: int) -> str:
    """Where a FI is, at the one server of all of them."""
    return f"/fi-{number}" if number else ""


def domain_of(number: int) -> str:
    return f"fi-{number}.{DOMAIN}" if number else DOMAIN


def our_registry(provider_port: int, providers: int = 1) -> dict[str, Any]:
    return {
        "version": 1,
        "clients": [
            {
                "client_id": service.client_id,
                "name": f"Service {service.algorithm}",
                "kind": "fs",
                "client_secret": SECRET,
                "redirect_uris": [REDIRECT_URI],
                "scopes": SCOPES.split(),
                "environment": "integration",
                "site_url": "https://service.example",
                "accepts_private_sector": True,
                "token_endpoint_auth_method": "client_secret_basic",
                "id_token_signed_response_alg": service.algorithm,
                "userinfo_signed_response_alg": service.algorithm,
                "require_pkce": True,
            }
            for service in SERVICES
        ],
        "providers": [
            {
                "uid": f"b6c0a1f4-3d0e-4f0b-9a52-8f4f6a7c1d{number + 1:02}",
                "name": f"ministere-{number}" if number else "ministere",
                "title": "Ministère des Exemples",
                "issuer": f"http://localhost:{provider_port}{path_of(number)}",
                "client_id": "proconnect",
                "client_secret": PROVIDER_SECRET,
                "token_endpoint_auth_method": "client_secret_post",
                "userinfo_signed_response_alg": "ES256",
                "email_domains": [domain_of(number)],
                "default_siret": SIRET,
                "network": "internet",
                "discovery": True,
                "block_unlisted_domains": True,
                "is_mfa_capable": False,
                "is_routed": True,
                "is_active": True,
            }
            for number in range(providers)
        ],
    }


def issuers(providers: int = 1) -> list[dict[str, Any]]:
    """Those FI, as their own server knows them."""
    return [
        {
            "path": path_of(number),
            "title": "Ministère des Exemples",
            "clients": [
                {
                    "client_id": "proconnect",
                    "client_secret": PROVIDER_SECRET,
                    "redirect_uris": [f"{SITE}/api/v2/oidc-callback"],
                    "userinfo_signed_response_alg": "ES256",
                }
            ],
        }
        for number in range(providers)
    ]


def reference_configuration() -> dict[str, Any]:
    """The same FS for the other server, in the words of OpenID Connect Registration."""
    return {
        "issuer": "https://reference.example",
        "scopes": SCOPES.split(),
        "claims": CLAIMS,
        "clients": [
            {
                "client_id": service.client_id,
                "client_secret": SECRET,
                "redirect_uris": [REDIRECT_URI],
                "response_types": ["code"],
                "grant_types": ["authorization_code", "refresh_token"],
                "token_endpoint_auth_method": "client_secret_basic",
                "id_token_signed_response_alg": service.algorithm,
                "userinfo_signed_response_alg": service.algorithm,
            }
            for service in SERVICES
        ],
    }
