"""Acts on the decision: the link or the request is written, once, with its trace."""

from datetime import datetime
from typing import assert_never
from uuid import UUID

from django.db import transaction

from identite.membership.decision import AlreadyMember, Decision, Join, Moderate, Reject, decide
from identite.membership.facts import gather
from identite.models import Membership, Moderation, User
from identite.traces import Trace
from proconnect.kernel.organization import OrganizationFacts
from proconnect.kernel.traces import record


@transaction.atomic
def join(
    user: User, organization: OrganizationFacts, *, client_name: str, journey_id: UUID, now: datetime
) -> Decision:
    """Done twice, even at once, it writes one link or one request (database constraints)."""
    siret = organization.siret.number
    decision = decide(gather(user, organization))
    match decision:
        case AlreadyMember():
            pass
        case Join(ground, is_external):
            Membership.objects.get_or_create(
                user=user,
                organization_id=siret,
                ended_at=None,
                defaults={"ground": ground, "is_external": is_external},
            )
            close_requests(user, siret, Moderation.Status.ACCEPTED, now=now)
            record(Trace.MEMBERSHIP_OPENED, journey_id=journey_id, user=user.pk, siret=siret, ground=ground)
        case Moderate(doubt):
            Moderation.objects.get_or_create(
                user=user,
                organization_id=siret,
                status=Moderation.Status.PENDING,
                defaults={"reason": doubt, "client_name": client_name[:120]},
            )
            record(Trace.MODERATION_ASKED, journey_id=journey_id, user=user.pk, siret=siret, doubt=doubt)
        case Reject(refusal):
            record(
                Trace.MEMBERSHIP_REFUSED,
                journey_id=journey_id,
                user=user.pk,
                siret=siret,
                refusal=refusal.name,
            )
        case _:
            assert_never(decision)
    return decision


def withdraw(user: User, siret: str, *, journey_id: UUID, now: datetime) -> None:
    """The person gives up their pending request."""
    if close_requests(user, siret, Moderation.Status.CANCELLED, now=now):
        record(Trace.MODERATION_WITHDRAWN, journey_id=journey_id, user=user.pk, siret=siret)


def close_requests(user: User, siret: str, status: Moderation.Status, *, now: datetime) -> int:
    pending = Moderation.objects.pending().filter(user=user, organization=siret)
    return pending.update(status=status, decided_at=now)
