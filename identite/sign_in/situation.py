"""look(): what is true now of the person in front of us. Reads, never writes."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.http import HttpRequest
from django.utils import timezone

from identite import levels
from identite.membership.grounds import Ground
from identite.models import Membership, Moderation
from identite.sign_in import session
from identite.sign_in.sign_in import SignIn


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Who is signed in here, in a way that this passage may rest on."""

    id: UUID
    email: str
    given_name: str
    usual_name: str
    has_password: bool
    amr: tuple[str, ...]
    authenticated_at: datetime

    @property
    def has_names(self) -> bool:
        return bool(self.given_name and self.usual_name)


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """An organisation the person belongs to."""

    siret: str
    label: str
    ground: Ground


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    person: Person | None
    links: tuple[Link, ...] = ()  # the latest first
    pending_sirets: tuple[str, ...] = ()  # asked for, examined by moderation; the latest first


def look(request: HttpRequest, sign_in: SignIn) -> Situation:
    person = _person(request)
    if person is None or not _serves(person, sign_in):
        return Situation(person=None)
    return Situation(person=person, links=_links(person), pending_sirets=_pending(person))


def _person(request: HttpRequest) -> Person | None:
    user = session.user_of(request)
    factors = session.factors(request)
    if user is None or not factors:
        return None
    return Person(
        id=user.pk,
        email=user.email,
        given_name=user.given_name,
        usual_name=user.usual_name,
        has_password=user.has_usable_password(),
        amr=levels.methods(factors, now=timezone.now()),
        authenticated_at=max(factors.values()),
    )


def _serves(person: Person, sign_in: SignIn) -> bool:
    """Whether the open session answers what is asked: the same address, recently enough (OIDC Core 3.1.2.1)."""
    if sign_in.email and person.email != sign_in.email:
        return False
    if sign_in.ask.fresh and person.authenticated_at < sign_in.opened_at:
        return False
    longest = sign_in.ask.max_age
    return longest is None or sign_in.opened_at - person.authenticated_at <= longest


def _links(person: Person) -> tuple[Link, ...]:
    held = Membership.objects.current().filter(user=person.id).select_related("organization")
    return tuple(
        Link(siret=each.organization_id, label=str(each.organization), ground=Ground(each.ground))
        for each in held.order_by("-created_at")
    )


def _pending(person: Person) -> tuple[str, ...]:
    asked = Moderation.objects.pending().filter(user=person.id).order_by("-created_at")
    return tuple(asked.values_list("organization_id", flat=True))
