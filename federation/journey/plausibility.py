"""Could anybody have this address? Asked before a slip of the finger sends a person where nobody knows them.

Never in the way: an address that cannot be checked is plausible, and one that is not may be submitted again.
The domain is judged before the person, so that the answer for a domain that receives mail tells nothing of who
has an account (S-084).
"""

from datetime import timedelta

from federation import registry
from federation.models import AccountLink
from federation.typing_slips import FREQUENT_DOMAINS, meant
from proconnect.kernel import dns
from proconnect.kernel.email_address import EmailAddress
from proconnect.kernel.outbound import at_most

PATIENCE = timedelta(seconds=1)  # somebody is waiting for a page


def is_plausible(email: EmailAddress) -> bool:
    return (
        email.domain in FREQUENT_DOMAINS
        or bool(registry.providers_for(email.domain))
        or _receives_mail(email.domain)
        or AccountLink.objects.filter(email=str(email)).exists()
    )


def suggestion(email: EmailAddress) -> EmailAddress | None:
    domain = meant(email.domain, registry.routed_domains())
    return EmailAddress(email.local, domain) if domain else None


def _receives_mail(domain: str) -> bool:
    try:
        with at_most(PATIENCE):
            return dns.mail_route(domain)
    except dns.DnsUnavailable:
        return True
