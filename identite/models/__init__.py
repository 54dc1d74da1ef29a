from identite.models.organization import EmailDomain, Ground, Membership, Moderation, Organization
from identite.models.user import User

__all__ = ["EmailDomain", "Ground", "Membership", "Moderation", "Organization", "User"]
