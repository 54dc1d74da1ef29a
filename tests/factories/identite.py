"""People and organisations of Identité, as tests name them. What is not said is ordinary."""

from itertools import count
from typing import Any
from uuid import uuid4

from django.conf import settings
from django.utils import timezone

from identite.membership.grounds import Ground
from identite.models import EmailDomain, Membership, User
from identite.organizations.directory import Directory
from proconnect.kernel.contracts.identity_provider import AuthenticationAsk
from proconnect.kernel.siret import Siret

PASSWORD = "sept grenouilles chantent"

DINUM = "13002526500013"
MINISTRY = "11009999100017"
TOWN_HALL = "21990001600011"  # official mailbox on its own domain
VILLAGE = "21990002400015"  # official mailbox on a free provider
SOFTWARE_COMPANY = "90199991200016"
POST_OFFICE = "35600000049837"
CLOSED_SHOP = "80699997500014"
HIDDEN_COMPANY = "80799998200018"

_numbers = count(1)


def user(
    *, password: str | None = PASSWORD, proved: bool = True, sirets: tuple[str, ...] = (), **facts: Any
) -> User:
    """Somebody whose account is complete; ``proved=False``: nobody ever proved this address."""
    number = next(_numbers)
    known = {
        "email": f"personne-{number}@logiciels-ponant.example",
        "given_name": "Camille",
        "usual_name": "Le Goff",
        "email_verified_at": timezone.now() if proved else None,
    } | facts
    person = User.objects.create_user(known.pop("email"), password, **known)
    for siret in sirets:
        member(person, siret)
    return person


def member(person: User, siret: str, ground: Ground = Ground.DOMAIN) -> Membership:
    organization(siret)
    return Membership.objects.create(user=person, organization_id=siret, ground=ground)


def organization(siret: str = SOFTWARE_COMPANY) -> str:
    """Known to the directory from now on."""
    assert Directory().find(Siret.parse(siret))
    return siret


def domain(siret: str, name: str, status: str) -> EmailDomain:
    return EmailDomain.objects.create(organization_id=organization(siret), name=name, status=status)


def ask(**changes: Any) -> AuthenticationAsk:
    """What the broker asks for a journey of an ordinary FS."""
    facts = {
        "journey_id": uuid4(),
        "provider_uid": settings.ENV.default_provider,
        "return_to": f"{settings.ENV.site_url}/api/v2/oidc-callback",
        "other_email_at": f"{settings.ENV.site_url}/api/v2/interaction/x/",
        "client_id": "demarches",
        "client_name": "Démarches pour tous",
        "login_hint": "nouvelle@logiciels-ponant.example",
    } | changes
    return AuthenticationAsk(**facts)
