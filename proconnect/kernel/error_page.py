"""The moulds of every refusal: a page for a person, an OAuth error for a service. Catalogues live in each app, in its
module ``errors``, next to the rules that raise them.
"""

from dataclasses import dataclass, field
from enum import Enum, StrEnum


class Contact(StrEnum):
    """Who can mend what went wrong."""

    NOBODY = "nobody"  # the person alone: start again, type again
    SUPPORT = "support"  # ProConnect's support
    CLIENT = "client"  # the service (FS) that asked
    PROVIDER = "provider"  # the person's administration (FI)


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorPage:
    """One row of a catalogue. ``code`` is public and never renumbered.

    ``text`` says the cause and what to do, as a French msgid formatted with the facts of the refusal.
    ``cause`` and ``remedy`` are for those who run a FS, a FI or ProConnect: they are published, never shown on the page.
    ``oauth_error`` is what the FS receives when the person gives up and goes back to it; empty: there is no way back.
    """

    code: str
    title: str
    text: str
    cause: str
    remedy: str
    oauth_error: str = "server_error"
    status: int = 400
    contact: Contact = Contact.SUPPORT


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceError:
    """An OAuth error that a FS receives, and no person reads. ``given_at``: the endpoints, as URLs name them."""

    error: str
    given_at: tuple[str, ...]
    cause: str
    remedy: str


class Refused(Exception):
    """Ends on the error page of ``error``, with its trace and its HTTP status.

    Of ``facts``, the page shows those its text names. The trace keeps those that name no person: see ``middleware``.
    """

    def __init__(self, error: Enum, /, **facts: object) -> None:
        super().__init__(error.name)
        self.error = error
        self.facts = facts

    @property
    def page(self) -> ErrorPage:
        page = self.error.value
        assert isinstance(page, ErrorPage)
        return page


@dataclass(frozen=True, slots=True, kw_only=True)
class WayOut:
    """What the error page offers next. The app that knows where the person was going leaves on the request a function
    ``way_out`` from an ErrorPage to this."""

    url: str
    place: str  # where it leads, as the person knows it
    contact_email: str = ""
    facts: dict[str, str] = field(default_factory=dict)  # lines of the prefilled support mail
