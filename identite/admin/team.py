"""Who is of the team, and what they may do. Each change is one transaction and one line of the audit journal."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from django.contrib.auth.models import Group
from django.db import transaction
from django.http import HttpRequest

from identite.admin.invitations import invite
from identite.models import TotpDevice, User
from proconnect.platform.audit import audit


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """What is decided of a person of the team."""

    email: str
    given_name: str
    usual_name: str
    is_active: bool
    is_superuser: bool
    roles: tuple[str, ...]


@transaction.atomic
def add(member: Member, *, request: HttpRequest) -> User:
    """Somebody who already has an account keeps it, and joins: emptied of its keys if nobody ever proved its address
    (S-116). Either way they are sent an invitation."""
    user = User.objects.filter(email=member.email).first() or User.objects.create_user(member.email)
    if user.email_verified_at is None:
        user.set_unusable_password()
        TotpDevice.objects.filter(user=user).delete()
    user.is_staff = True
    _fill(user, member)
    audit(_actor(request), "staff.add", user, after=asdict(member), request=request)
    invite(user)
    return user


@transaction.atomic
def change(user: User, member: Member, *, request: HttpRequest) -> None:
    before = described(User.objects.get(pk=user.pk))
    _fill(user, member)
    if before != member:
        audit(
            _actor(request),
            "staff.change",
            user,
            before=asdict(before),
            after=asdict(member),
            request=request,
        )


@transaction.atomic
def invite_again(user: User, *, request: HttpRequest) -> None:
    invite(user)
    audit(_actor(request), "staff.invite", user, request=request)


@transaction.atomic
def remove_second_factor(user: User, *, request: HttpRequest) -> None:
    """For who lost their phone: the next sign-in enrols another one. Their open session is no longer verified."""
    TotpDevice.objects.filter(user=user).delete()
    audit(_actor(request), "staff.remove_second_factor", user, request=request)


def described(user: User) -> Member:
    return Member(
        email=user.email,
        given_name=user.given_name,
        usual_name=user.usual_name,
        is_active=user.is_active,
        is_superuser=user.is_superuser,
        roles=_roles_of(user),
    )


def _fill(user: User, member: Member) -> None:
    user.given_name, user.usual_name = member.given_name, member.usual_name
    user.is_active, user.is_superuser = member.is_active, member.is_superuser
    user.save()
    user.groups.set(Group.objects.filter(name__in=member.roles))


def _roles_of(user: User) -> tuple[str, ...]:
    names: Sequence[str] = list(user.groups.order_by("name").values_list("name", flat=True))
    return tuple(names)


def _actor(request: HttpRequest) -> Any:
    return request.user
