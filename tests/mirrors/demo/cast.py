"""Who plays in the demo: services, FI, people. Plain values; nothing is read or written here."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from tests.mirrors.foreign_sites import FS_SCOPES

MINISTRY = "b6c0a1f4-3d0e-4f0b-9a52-8f4f6a7c1d01"
AGENCY = "b6c0a1f4-3d0e-4f0b-9a52-8f4f6a7c1d02"
OWN_DOMAIN = "exemples.gouv.fr"
SHARED_DOMAIN = "partage.gouv.fr"  # two FI speak for it: the person picks
AGENCY_DOMAIN = "essais.gouv.fr"

# Of the embedded sample of the company registry.
DINUM = "13002526500013"
MINISTRY_SIRET = "11009999100017"
AGENCY_SIRET = "18990001200015"


class Ports(NamedTuple):
    """Where each site listens. The demo leaves ``bare`` to who wants to start it; the tests do."""

    site: int
    everybody: int
    provider: int
    agents: int
    bare: int

    @classmethod
    def from_base(cls, base: int) -> "Ports":
        return cls(*range(base, base + 5))

    @property
    def of_the_demo(self) -> tuple[int, ...]:
        return (self.site, self.everybody, self.provider, self.agents)


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """One FS of the demo; ``audience`` is the sentence its home page shows."""

    client_id: str
    name: str
    audience: str
    port: int
    callback: str = "/callback"
    signed_out: str = "/deconnexion/retour"
    told_of_logout_at: str = "/deconnexion/canal-arriere"  # empty: it hears nothing
    scopes: str = FS_SCOPES
    registration: Mapping[str, Any]

    @property
    def url(self) -> str:
        return f"http://localhost:{self.port}"


def services(ports: Ports) -> tuple[Service, ...]:
    return (
        Service(
            client_id="demo-tous",
            name="Démarches pour tous",
            audience="Tout professionnel peut entrer, agent public ou salarié.",
            port=ports.everybody,
            registration={
                "accepts_private_sector": True,
                "token_endpoint_auth_method": "client_secret_post",
                "userinfo_signed_response_alg": "ES256",
                "require_pkce": True,
            },
        ),
        Service(
            client_id="demo-agents",
            name="Bureau des agents",
            audience="Seuls les agents publics peuvent entrer.",
            port=ports.agents,
            registration={
                "accepts_private_sector": False,
                "token_endpoint_auth_method": "client_secret_basic",
                "require_pkce": True,
            },
        ),
        Service(
            client_id="demo-nu",
            name="Service nu",
            audience="Un client réglé sans une ligne de code.",
            port=ports.bare,
            callback="/oidc/callback/",
            signed_out="/",
            told_of_logout_at="",
            scopes="openid email",
            registration={
                "accepts_private_sector": True,
                "token_endpoint_auth_method": "client_secret_post",
                "id_token_signed_response_alg": "RS256",
                "require_pkce": False,
            },
        ),
    )


def registered_client(service: Service, secret: str) -> dict[str, Any]:
    """The row of the registry file."""
    return {
        "client_id": service.client_id,
        "name": service.name,
        "kind": "fs",
        "client_secret": secret,
        "redirect_uris": [f"{service.url}{service.callback}"],
        "post_logout_redirect_uris": [f"{service.url}{service.signed_out}"],
        "backchannel_logout_uri": f"{service.url}{service.told_of_logout_at}"
        if service.told_of_logout_at
        else None,
        "scopes": service.scopes.split(),
        "environment": "integration",
        "site_url": service.url,
        "description": service.audience,
        **service.registration,
    }


def configuration(service: Service, issuer: str, secret: Callable[[str], str]) -> dict[str, Any]:
    """What the process of this FS is told."""
    return {
        "port": service.port,
        "title": service.name,
        "audience": service.audience,
        "issuer": issuer,
        "client_id": service.client_id,
        "client_secret": secret(service.client_id),
        "client_authentication": service.registration["token_endpoint_auth_method"],
        "sign_algorithm": service.registration.get("id_token_signed_response_alg", "ES256"),
        "scopes": service.scopes,
        "secret_key": secret(f"django {service.client_id}"),
    }


def registered_providers(ports: Ports, secret: Callable[[str], str]) -> list[dict[str, Any]]:
    """Two FI of one server: the ministry signs its userinfo, the agency answers JSON."""
    url = f"http://localhost:{ports.provider}"
    ours = {"discovery": True, "block_unlisted_domains": True, "is_routed": True, "is_active": True}
    return [
        {
            "uid": MINISTRY,
            "name": "demo-ministere",
            "title": "Ministère des Exemples",
            "issuer": url,
            "client_id": "proconnect",
            "client_secret": secret("ministry"),
            "token_endpoint_auth_method": "client_secret_post",
            "userinfo_signed_response_alg": "ES256",
            "email_domains": [OWN_DOMAIN, SHARED_DOMAIN],
            "shared_email_domains": [SHARED_DOMAIN],
            "is_mfa_capable": True,
            "default_siret": MINISTRY_SIRET,
            "support_email": f"assistance@{OWN_DOMAIN}",
            "network": "internet",
            **ours,
        },
        {
            "uid": AGENCY,
            "name": "demo-agence",
            "title": "Agence des Essais",
            "issuer": f"{url}/agence",
            "client_id": "proconnect",
            "client_secret": secret("agency"),
            "token_endpoint_auth_method": "client_secret_basic",
            "email_domains": [AGENCY_DOMAIN, SHARED_DOMAIN],
            "shared_email_domains": [SHARED_DOMAIN],
            "is_mfa_capable": False,
            "default_siret": AGENCY_SIRET,
            "support_email": f"assistance@{AGENCY_DOMAIN}",
            "network": "internet",
            **ours,
        },
    ]


def issuers(ports: Ports, secret: Callable[[str], str]) -> list[dict[str, Any]]:
    """The same two FI, as their own server knows them."""
    return [
        {
            "path": "",
            "title": "Ministère des Exemples",
            "clients": [_broker(ports, secret("ministry"), "ES256")],
            "personas": MINISTRY_PERSONAS,
        },
        {
            "path": "/agence",
            "title": "Agence des Essais",
            "clients": [_broker(ports, secret("agency"), None)],
            "personas": AGENCY_PERSONAS,
        },
    ]


def _broker(ports: Ports, secret: str, userinfo_algorithm: str | None) -> dict[str, Any]:
    site = f"http://localhost:{ports.site}/api/v2"
    return {
        "client_id": "proconnect",
        "client_secret": secret,
        "redirect_uris": [f"{site}/oidc-callback"],
        "post_logout_redirect_uris": [f"{site}/client/logout-callback"],
        "userinfo_signed_response_alg": userinfo_algorithm,
    }


def persona(
    key: str, given_name: str, usual_name: str, domain: str, label: str, **said: Any
) -> dict[str, Any]:
    claims = {
        "sub": f"demo-{key}",
        "uid": f"demo-{key}",
        "given_name": given_name,
        "usual_name": usual_name,
        "email": f"{key}@{domain}",
        "siret": AGENCY_SIRET if domain == AGENCY_DOMAIN else MINISTRY_SIRET,
        "phone_number": "+33 1 23 45 67 89",
        "belonging_population": "agent",
    }
    level = {"acr": said.pop("acr", "eidas1"), "amr": said.pop("amr", ["pwd"])}
    given = {name: value for name, value in {**claims, **said}.items() if value is not None}
    return {"key": key, "label": f"{given_name} {usual_name}, {label}", "claims": given, **level}


TWO_FACTORS = {"acr": "eidas1-mfa", "amr": ["pwd", "otp", "mfa"]}
CARD = {"acr": "eidas3", "amr": ["pop", "pin", "mfa"]}

MINISTRY_PERSONAS = [
    persona("camille.durand", "Camille", "Durand", OWN_DOMAIN, "mot de passe"),
    persona("dominique.petit", "Dominique", "Petit", OWN_DOMAIN, "deux facteurs", **TWO_FACTORS),
    persona("sacha.moreau", "Sacha", "Moreau", OWN_DOMAIN, "carte d’agent", **CARD),
    persona("alix.bernard", "Alix", "Bernard", SHARED_DOMAIN, "domaine partagé"),
    persona(
        "lou.robert", "Lou", "Robert", OWN_DOMAIN, "sans SIRET ni téléphone", siret=None, phone_number=None
    ),
    persona("noa.simon", "Noa", "Simon", "ailleurs.example", "domaine que ce fournisseur n’a pas déclaré"),
]
AGENCY_PERSONAS = [
    persona("charlie.roux", "Charlie", "Roux", AGENCY_DOMAIN, "mot de passe"),
    persona(
        "alix.bernard",
        "Alix",
        "Bernard",
        SHARED_DOMAIN,
        "domaine partagé",
        sub="agence-alix",
        siret=AGENCY_SIRET,
    ),
]


class Person(NamedTuple):
    """Somebody with an account at Identité."""

    email: str
    given_name: str
    usual_name: str
    sirets: tuple[str, ...]


class Operator(NamedTuple):
    """Somebody of the DINUM team: ``roles`` of the back office, ``superuser`` among them for who manages the team."""

    email: str
    given_name: str
    usual_name: str
    roles: tuple[str, ...]


SUPERUSER = "superuser"
PEOPLE = (
    Person("jeanne.le-goff@logiciels-ponant.example", "Jeanne", "Le Goff", ("90199991200016",)),
    Person("omar.benali@menuiserie-bonbois.example", "Omar", "Benali", ("90299992900018",)),
    Person("sylvie.marchand@clairfontaine-les-bains.example", "Sylvie", "Marchand", ("21990001600011",)),
    Person("paul.verdier@conseil-multiple.example", "Paul", "Verdier", ("90199991200016", "80499995100010")),
)
TEAM = (
    Operator("equipe@proconnect.example", "Inès", "Fontaine", (SUPERUSER,)),
    Operator("partenaires@proconnect.example", "Karim", "Leroy", ("partenaires",)),
    Operator("lecture@proconnect.example", "Agnès", "Colin", ("lecteur",)),
)
