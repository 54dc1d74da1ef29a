"""What is known of a person and of the organisation they want to join."""

from functools import cache
from pathlib import Path

from django.conf import settings

from identite.membership.decision import Facts
from identite.models import EmailDomain, Membership, User
from proconnect.kernel.email_address import EmailAddress
from proconnect.kernel.organization import OrganizationFacts


def gather(user: User, organization: OrganizationFacts) -> Facts:
    email = EmailAddress.parse(user.email)
    siret = organization.siret.number
    decided = EmailDomain.objects.filter(organization=siret, name=email.domain)
    statuses = set(decided.values_list("status", flat=True))

    def if_decided(status: str) -> frozenset[str]:
        return frozenset({email.domain} if status in statuses else ())

    return Facts(
        email=email,
        organization=organization,
        is_member=Membership.objects.current().filter(user=user, organization=siret).exists(),
        verified_domains=if_decided(EmailDomain.Status.VERIFIED),
        external_domains=if_decided(EmailDomain.Status.EXTERNAL),
        refused_domains=if_decided(EmailDomain.Status.REFUSED),
        is_free_mail=email.domain in free_mail_domains(),
        is_moderation_bypassed=settings.ENV.moderation_bypassed,
    )


@cache
def free_mail_domains() -> frozenset[str]:
    lines = Path(__file__).with_name("free_mail_domains.txt").read_text().splitlines()
    return frozenset(line.strip() for line in lines if line.strip() and not line.startswith("#"))
