"""Accounts made by an operator of the deployment, for a demonstration or a test of the whole."""

from collections.abc import Sequence

from django.db import transaction
from django.utils import timezone

from identite.membership.grounds import Ground
from identite.models import Membership, User
from identite.organizations.directory import Directory
from proconnect.kernel.email_address import EmailAddress
from proconnect.kernel.siret import Siret


@transaction.atomic
def create_account(
    email: str, password: str, given_name: str, usual_name: str, sirets: Sequence[str] = ()
) -> User:
    """An account whose address is taken as proved. Done again, it changes nothing.

    Raises ValueError for a SIRET that the directory does not know.
    """
    address = str(EmailAddress.parse(email))
    user = User.objects.filter(email=address).first() or User.objects.create_user(
        address,
        password,
        given_name=given_name,
        usual_name=usual_name,
        email_verified_at=timezone.now(),
    )
    for siret in sirets:
        if Directory().find(Siret.parse(siret)) is None:
            raise ValueError(f"unknown SIRET: {siret}")
        Membership.objects.get_or_create(
            user=user, organization_id=siret, ended_at=None, defaults={"ground": Ground.BYPASSED}
        )
    return user
