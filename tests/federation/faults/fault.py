"""What a row of the table says: something a FI does wrong, and what must come of it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING, Any

from joserfc.jwk import ECKey

if TYPE_CHECKING:
    from tests.federation.faults.scene import Scene


class Place(Enum):
    """Where in the trip; the value is the title partners read."""

    TRANSPORT = "Le transport, à chaque point d’accès"
    DISCOVERY = "La découverte"
    KEYS = "Les clés publiées"
    ANSWER = "Le retour du navigateur"
    TOKEN = "Le point jeton"
    ID_TOKEN = "L’ID token : ce qu’il dit"
    SIGNATURE = "L’ID token : sa signature"
    ENCRYPTION = "L’ID token : son chiffrement"
    USERINFO = "Le point userinfo"
    IDENTITY = "Les valeurs de l’identité"
    LEVEL = "Le niveau et les moyens"
    LOGOUT = "La déconnexion"


@dataclass(frozen=True, slots=True)
class Page:
    """An error page with this public code. Nobody entered; whoever was signed in before (``keeps_session``) still is."""

    code: str
    keeps_session: bool = False

    def __str__(self) -> str:
        return f"page [{self.code}](../erreurs/{self.code}.md)"


@dataclass(frozen=True, slots=True)
class Enters:
    """The person enters. The FS reads ``claims`` (None: absent), in userinfo or, for acr and amr, in its ID token."""

    told: str = ""  # what was mended, for partners
    claims: Mapping[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        return f"la personne entre, {self.told}" if self.told else "la personne entre"


@dataclass(frozen=True, slots=True)
class Answered:
    """No page: the FS is sent this OAuth error, and no code."""

    error: str

    def __str__(self) -> str:
        return f"le service reçoit `{self.error}`"


@dataclass(frozen=True, slots=True)
class AsksCode:
    """The page of the code by e-mail: a second factor of ours, since the FI's is not believed."""

    def __str__(self) -> str:
        return "un code par e-mail est demandé"


class End(Enum):
    SERVICE = "revient au service"
    OUR_PAGE = "lit notre page de fin"
    PROVIDER = "reste chez le FI"


@dataclass(frozen=True, slots=True)
class SignedOut:
    """The session is over, wherever the browser ends."""

    end: End = End.SERVICE

    def __str__(self) -> str:
        return f"la session est fermée, la personne {self.end.value}"


Outcome = Page | Enters | Answered | AsksCode | SignedOut
Envelope = Callable[[str, ECKey], str]  # a token, our public key
Play = Callable[["Scene"], Any]  # what the browser does; answers our last response


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """``name`` is the test's, ``told`` what partners read of it. ``order`` is in the words of the demo FI's ``Faults``."""

    name: str
    told: str
    place: Place
    order: Mapping[str, Any]
    outcome: Outcome
    record: Mapping[str, Any] = field(default_factory=dict)  # how the FI is registered here, unless as usual
    envelope: Envelope | None = None  # what the FI's tokens travel in
    asked: Mapping[str, str] = field(default_factory=dict)  # by the FS
    play: Play | None = None  # None: a sign-in, from the FS and back
    endpoint: str = ""  # of a trouble of transport
    is_heavy: bool = False  # slow or huge: played with the others of its kind, while others sign in
