"""What the broker asks of every FI, a ministry's or our own Identité, without telling them apart."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Protocol
from uuid import UUID

from django.http import HttpRequest, HttpResponse


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthenticationAsk:
    """What one journey asks of one FI."""

    journey_id: UUID
    provider_uid: UUID
    return_to: str  # absolute URL where the browser comes back
    client_id: str
    client_name: str
    login_hint: str = ""
    other_email_at: str = ""  # absolute URL where the person can type another address; empty: nowhere
    siret_hint: str = ""
    demanded_acr: tuple[str, ...] = ()  # essential: a lower answer will be refused
    preferred_acr: tuple[str, ...] = ()  # voluntary: never a refusal, never an enrolment
    fresh: bool = False  # prompt=login: authenticate again whatever is open
    max_age: timedelta | None = None
    remember_me: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class AssertedIdentity:
    """An identity a FI answers for, cleaned. Its key is (provider, ``sub``), never the e-mail."""

    sub: str
    email: str
    given_name: str
    usual_name: str
    uid: str
    siret: str = ""
    siret_is_default: bool = False  # the FI's own SIRET was put in the place of a missing or wrong one
    siren: str = ""
    phone_number: str = ""
    organizational_unit: str = ""
    belonging_population: str = ""
    chorusdt_matricule: str = ""
    chorusdt_societe: str = ""
    custom: dict[str, Any] = field(default_factory=dict)
    acr: str = "eidas1"  # as far as the FI is believed; eidas1 when it said nothing known
    declared_acr: str = ""  # in the FI's own word; empty when it said nothing
    amr: tuple[str, ...] = ()
    link_is_verified: bool = False  # with the organisation; Identité alone says so
    is_certified_director: bool = False  # Identité alone says so
    authenticated_at: datetime
    proof: str = ""  # what the FI wants back at sign-out: its ID token; empty for Identité
    provider_sid: str = ""  # the FI's own name for its session; empty when it gives none


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldIdentity:
    """What the open SSO session holds, handed back to the FI at sign-out."""

    provider_uid: UUID
    sub: str
    proof: str
    return_to: str  # absolute URL where the FI must send the browser back
    state: str


class ProviderUnreachable(Exception):
    """The FI did not answer in time, or not intelligibly. ``code`` is the public error code of what failed."""

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(detail or code)
        self.code = code


class ProviderRefused(Exception):
    """The FI, or the person there, declined; or what it asserts fails a check.

    ``code`` is the public error code; ``oauth_error`` and ``description`` are the FI's own words, when any
    (untrusted: length-capped, shown escaped). ``check`` names the failed check for the trace.
    """

    def __init__(self, code: str, *, oauth_error: str = "", description: str = "", check: str = "") -> None:
        super().__init__(check or oauth_error or code)
        self.code = code
        self.oauth_error = oauth_error
        self.description = description
        self.check = check


class IdentityProvider(Protocol):
    """Someone able to authenticate an agent on behalf of a journey."""

    def begin(self, request: HttpRequest, ask: AuthenticationAsk) -> HttpResponse:
        """Send the browser away; it comes back at ``ask.return_to``.

        Raises ProviderUnreachable.
        """

    def collect(self, request: HttpRequest, ask: AuthenticationAsk) -> AssertedIdentity:
        """Read what the FI asserts, once. Every identity returned has passed OIDC Core 3.1.3.7.

        Raises ProviderRefused or ProviderUnreachable.
        """

    def end(self, request: HttpRequest, held: HeldIdentity) -> str | None:
        """URL where the browser must go to be signed out there, or None. Never raises for a FI out of reach."""
