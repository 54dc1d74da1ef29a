from identite.models.organization import EmailDomain, Membership, Moderation, Organization
from identite.models.user import User
from identite.second_factor.models import TotpDevice

__all__ = ["EmailDomain", "Membership", "Moderation", "Organization", "TotpDevice", "User"]
