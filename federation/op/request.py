"""The authorization request (OIDC Core 3.1.2.1): read, checked, or refused. Pure.

Until the FS and its redirect URI are trusted, a fault ends on a page of ours; from then on the FS is told.
"""

import json
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Any, Self

from federation.claims import AUTHENTICATION_CLAIMS, NAMES, is_known_to
from federation.errors import FederationError
from proconnect.kernel.assurance import AnyAcr, understood
from proconnect.kernel.error_page import Refused

if TYPE_CHECKING:
    from federation.registry.records import ClientRecord

RESPONSE_MODES = ("query", "form_post")
PROMPTS = ("none", "login", "consent", "select_account")
CHALLENGE_METHODS = ("S256",)
UNMET_LEVEL = "requested ACRs could not be satisfied"

# Every parameter we know, and how many characters it may hold.
LONGEST: Mapping[str, int] = {
    "client_id": 64,
    "redirect_uri": 2048,
    "response_type": 64,
    "response_mode": 32,
    "scope": 2048,
    "state": 4096,
    "nonce": 512,
    "code_challenge": 128,
    "code_challenge_method": 16,
    "prompt": 64,
    "max_age": 10,
    "acr_values": 2048,
    "claims": 16_384,
    "login_hint": 254,
    "idp_hint": 255,
    "siret_hint": 14,
    "id_token_hint": 8192,
    "ui_locales": 255,
    "claims_locales": 255,
    "display": 16,
    "request": 16_384,
    "request_uri": 2048,
    "registration": 16_384,
}
DEEPEST_CLAIMS = 8  # levels of nesting; the standard uses four

NOT_TEXT = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff\ufffd]")  # controls, and what was not UTF-8
CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}")  # a SHA-256 in base64url (RFC 7636 4.2)
JSON_STRING = re.compile(r'"(?:[^"\\]|\\.)*"')
COMPACT_JWS = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+")


@dataclass(frozen=True, slots=True)
class ReturnAddress:
    """Where the answer goes, code or error, and how."""

    redirect_uri: str
    state: str  # byte for byte; empty: the FS sent none
    response_mode: str


class AnswerableError(Exception):
    """An OAuth error the FS is told by redirect (RFC 6749 4.1.2.1)."""

    def __init__(self, error: str, description: str, to: ReturnAddress, *, client_id: str) -> None:
        super().__init__(f"{error}: {description}")
        self.error = error
        self.description = description
        self.to = to
        self.client_id = client_id


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthorizationRequest:
    """What a FS asked, checked."""

    client_id: str
    redirect_uri: str
    scopes: tuple[str, ...]  # known ones, all granted to this FS
    state: str
    nonce: str
    code_challenge: str  # S256; empty: begun without PKCE
    response_mode: str
    prompt: frozenset[str]
    max_age: timedelta | None
    login_hint: str
    idp_hint: str
    siret_hint: str
    id_token_hint: str
    ui_locales: str
    demanded_acr: tuple[AnyAcr, ...]  # essential, in the FS's order
    preferred_acr: tuple[AnyAcr, ...]  # voluntary; none beside a demand
    id_token_claims: tuple[str, ...]  # of the authentication, asked for by name
    userinfo_claims: tuple[str, ...]  # of the person, asked for by name

    @property
    def return_address(self) -> ReturnAddress:
        return ReturnAddress(self.redirect_uri, self.state, self.response_mode)

    def to_json(self) -> dict[str, Any]:
        return {
            "client_id": self.client_id,
            "redirect_uri": self.redirect_uri,
            "scopes": list(self.scopes),
            "state": self.state,
            "nonce": self.nonce,
            "code_challenge": self.code_challenge,
            "response_mode": self.response_mode,
            "prompt": sorted(self.prompt),
            "max_age": None if self.max_age is None else int(self.max_age.total_seconds()),
            "login_hint": self.login_hint,
            "idp_hint": self.idp_hint,
            "siret_hint": self.siret_hint,
            "id_token_hint": self.id_token_hint,
            "ui_locales": self.ui_locales,
            "demanded_acr": list(self.demanded_acr),
            "preferred_acr": list(self.preferred_acr),
            "id_token_claims": list(self.id_token_claims),
            "userinfo_claims": list(self.userinfo_claims),
        }

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> Self:
        return cls(
            **{
                **kept,
                "scopes": tuple(kept["scopes"]),
                "prompt": frozenset(kept["prompt"]),
                "max_age": None if kept["max_age"] is None else timedelta(seconds=kept["max_age"]),
                "demanded_acr": understood(kept["demanded_acr"]),
                "preferred_acr": understood(kept["preferred_acr"]),
                "id_token_claims": tuple(kept["id_token_claims"]),
                "userinfo_claims": tuple(kept["userinfo_claims"]),
            }
        )


def read(
    parameters: Sequence[tuple[str, str]],
    find_client: "Callable[[str], ClientRecord | None]",
    *,
    strict: bool = False,
) -> "tuple[AuthorizationRequest, ClientRecord]":
    """Raises Refused while the FS and its redirect URI are not trusted, AnswerableError from then on."""
    client = _trusted_client(parameters, find_client)
    received = Received(parameters, client, strict)
    try:
        for check in CHECKS:
            check(received)
    except Fault as fault:
        to = received.return_address
        raise AnswerableError(fault.error, fault.description, to, client_id=client.client_id) from None
    return received.as_request(), client


def _trusted_client(
    parameters: Sequence[tuple[str, str]], find_client: "Callable[[str], ClientRecord | None]"
) -> "ClientRecord":
    """The FS, once its redirect URI is one it registered, to the byte (RFC 9700 2.1)."""
    client_id = _only(parameters, "client_id")
    redirect_uri = _only(parameters, "redirect_uri")
    client = find_client(client_id)
    if client is None:
        raise Refused(FederationError.UNKNOWN_CLIENT)
    if redirect_uri not in client.redirect_uris:
        raise Refused(FederationError.WRONG_REDIRECT_URI, client=client.name)
    return client


def _only(parameters: Sequence[tuple[str, str]], name: str) -> str:
    match [value for sent, value in parameters if sent == name]:
        case [value] if value:
            return value
        case [] | [_]:
            raise Refused(FederationError.WRONG_REQUEST, problem=f"{name} manque")
        case _:
            raise Refused(FederationError.WRONG_REQUEST, problem=f"{name} est donné plusieurs fois")


class Fault(Exception):
    """Why the FS is answered an error."""

    def __init__(self, error: str, description: str) -> None:
        super().__init__(description)
        self.error = error
        self.description = description


@dataclass(frozen=True)
class Received:
    """The parameters of a FS we trust, not yet checked."""

    parameters: Sequence[tuple[str, str]]
    client: "ClientRecord"
    strict: bool

    def __getitem__(self, name: str) -> str:
        """Sent without a value is as if not sent (RFC 6749 3.1)."""
        return self.values.get(name, "")

    def __contains__(self, name: str) -> bool:
        return name in self.values

    @cached_property
    def values(self) -> Mapping[str, str]:
        return dict(self.parameters)

    @cached_property
    def repeated(self) -> frozenset[str]:
        return frozenset(
            name for name, times in Counter(name for name, _ in self.parameters).items() if times > 1
        )

    @property
    def return_address(self) -> ReturnAddress:
        """What is wrong with ``state`` or ``response_mode`` is itself to be told: by query, without that state."""
        mode = self["response_mode"]
        is_mode_clear = mode in RESPONSE_MODES and "response_mode" not in self.repeated
        is_state_clear = "state" not in self.repeated and not _is_malformed("state", self["state"])
        return ReturnAddress(
            self["redirect_uri"], self["state"] if is_state_clear else "", mode if is_mode_clear else "query"
        )

    @property
    def scopes(self) -> tuple[str, ...]:
        """The scopes we know; the others are ignored (OIDC Core 3.1.2.1)."""
        asked = self["scope"].split(" ")
        return tuple(dict.fromkeys(scope for scope in asked if is_known_to(self.client, scope)))

    @property
    def prompt(self) -> frozenset[str]:
        return frozenset(self["prompt"].split())

    @cached_property
    def claims(self) -> "AskedClaims":
        """Raises Fault."""
        return read_claims(self["claims"]) if self["claims"] else AskedClaims()

    def as_request(self) -> AuthorizationRequest:
        demanded = understood(self.claims.demanded_acr)
        preferred = understood([*self["acr_values"].split(), *self.claims.preferred_acr])
        to = self.return_address
        return AuthorizationRequest(
            client_id=self.client.client_id,
            redirect_uri=to.redirect_uri,
            scopes=self.scopes,
            state=to.state,
            nonce=self["nonce"],
            code_challenge=self["code_challenge"],
            response_mode=to.response_mode,
            prompt=self.prompt,
            max_age=timedelta(seconds=int(self["max_age"])) if self["max_age"] else None,
            login_hint=self["login_hint"],
            idp_hint=self["idp_hint"],
            siret_hint=self["siret_hint"],
            id_token_hint=self["id_token_hint"],
            ui_locales=self["ui_locales"],
            demanded_acr=demanded,
            preferred_acr=() if demanded else preferred,
            id_token_claims=self.claims.in_id_token,
            userinfo_claims=self.claims.in_userinfo,
        )


# The checks, in their order


def nothing_is_given_twice(received: Received) -> None:
    """RFC 6749 3.1."""
    for name in sorted(received.repeated):
        raise Fault(
            "invalid_request", f"{name if name in LONGEST else 'a parameter'} is given more than once"
        )


def everything_is_text_of_reasonable_length(received: Received) -> None:
    """RFC 6749 appendix A; RFC 9700 4.17 asks for bounds."""
    for name in LONGEST:
        if name in received and _is_malformed(name, received[name]):
            raise Fault("invalid_request", f"{name} is too long, or holds control characters")


def nothing_is_unknown(received: Received) -> None:
    """Where the deployment wants ProConnect's historical strictness; OIDC Core 3.1.2.1 says to ignore them."""
    if received.strict and not received.values.keys() <= LONGEST.keys():
        raise Fault("invalid_request", "a parameter is unknown")


def no_request_object(received: Received) -> None:
    """OIDC Core 6 and 3.1.2.6. A request_uri is never fetched."""
    for name in ("request", "request_uri", "registration"):
        if received[name]:
            raise Fault(f"{name}_not_supported", f"{name} is not supported")


def response_type_is_code(received: Received) -> None:
    """RFC 6749 3.1.1; RFC 9700 2.1.2: no token ever travels through the browser."""
    if "response_type" not in received:
        raise Fault("invalid_request", "response_type is missing")
    if received["response_type"] != "code":
        raise Fault("unsupported_response_type", "response_type must be code")


def response_mode_is_offered(received: Received) -> None:
    """OAuth 2.0 Multiple Response Types 2.1; Form Post Response Mode."""
    if received["response_mode"] and received["response_mode"] not in RESPONSE_MODES:
        raise Fault("invalid_request", "response_mode must be query or form_post")


def scopes_are_granted(received: Received) -> None:
    """RFC 6749 3.3, OIDC Core 3.1.2.1."""
    if "openid" not in received.scopes:
        raise Fault("invalid_scope", "scope must hold openid")
    for scope in received.scopes:
        if scope not in received.client.scopes:
            raise Fault("invalid_scope", f"requested scope is not allowed: {scope}")


def challenge_is_s256(received: Received) -> None:
    """RFC 7636 4.3. Without a method the standard means plain, which proves nothing."""
    if "code_challenge" not in received and "code_challenge_method" not in received:
        return
    if not CHALLENGE.fullmatch(received["code_challenge"]):
        raise Fault("invalid_request", "code_challenge must be the base64url of a SHA-256")
    if received["code_challenge_method"] not in CHALLENGE_METHODS:
        raise Fault("invalid_request", "code_challenge_method must be S256")


def challenge_is_there_when_required(received: Received) -> None:
    """RFC 9700 2.1.1."""
    if received.client.require_pkce and not received["code_challenge"]:
        raise Fault("invalid_request", "code_challenge is required of this client")


def nonce_is_ascii(received: Received) -> None:
    """Optional in the code flow (OIDC Core 3.1.2.1)."""
    if not received["nonce"].isascii():
        raise Fault("invalid_request", "nonce must be ASCII")


def state_and_nonce_are_there_when_required(received: Received) -> None:
    """Where the deployment wants that strictness; both are optional in the code flow (OIDC Core 3.1.2.1)."""
    for name in ("state", "nonce"):
        if received.strict and not received[name]:
            raise Fault("invalid_request", f"{name} is required")


def prompt_can_be_obeyed(received: Received) -> None:
    """OIDC Core 3.1.2.1: none excludes all others."""
    if not received.prompt <= set(PROMPTS):
        raise Fault("invalid_request", f"prompt must be among {' '.join(PROMPTS)}")
    if "none" in received.prompt and len(received.prompt) > 1:
        raise Fault("invalid_request", "prompt=none excludes any other value")


def max_age_is_a_number_of_seconds(received: Received) -> None:
    """OIDC Core 3.1.2.1."""
    if received["max_age"] and not re.fullmatch(r"[0-9]+", received["max_age"]):
        raise Fault("invalid_request", "max_age must be a whole number of seconds")


def hints_are_well_formed(received: Received) -> None:
    """OIDC Core 3.1.2.1 for login_hint and id_token_hint; siret_hint is ours."""
    if received["login_hint"] and not re.fullmatch(r"[^@\s<>]+@[^@\s<>]+", received["login_hint"]):
        raise Fault("invalid_request", "login_hint must be an e-mail address")
    if received["siret_hint"] and not re.fullmatch(r"[0-9]{14}", received["siret_hint"]):
        raise Fault("invalid_request", "siret_hint must be 14 digits")
    if received["id_token_hint"] and not COMPACT_JWS.fullmatch(received["id_token_hint"]):
        raise Fault("invalid_request", "id_token_hint must be an ID token")


def claims_are_well_formed(received: Received) -> None:
    """OIDC Core 5.5."""
    assert received.claims is not None


def a_demanded_level_is_known(received: Received) -> None:
    """OIDC Core 5.5.1.1: an essential acr that cannot be given is a failed authentication."""
    if received.claims.demanded_acr and not understood(received.claims.demanded_acr):
        raise Fault("access_denied", UNMET_LEVEL)


CHECKS: tuple[Callable[[Received], None], ...] = (
    nothing_is_given_twice,
    everything_is_text_of_reasonable_length,
    nothing_is_unknown,
    no_request_object,
    response_type_is_code,
    response_mode_is_offered,
    scopes_are_granted,
    challenge_is_s256,
    challenge_is_there_when_required,
    nonce_is_ascii,
    state_and_nonce_are_there_when_required,
    prompt_can_be_obeyed,
    max_age_is_a_number_of_seconds,
    hints_are_well_formed,
    claims_are_well_formed,
    a_demanded_level_is_known,
)


def _is_malformed(name: str, value: str) -> bool:
    return len(value) > LONGEST[name] or NOT_TEXT.search(value) is not None


# The claims parameter (OIDC Core 5.5)


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedClaims:
    in_id_token: tuple[str, ...] = ()
    in_userinfo: tuple[str, ...] = ()
    demanded_acr: tuple[str, ...] = ()  # as received, unknown values included
    preferred_acr: tuple[str, ...] = ()


def read_claims(text: str) -> AskedClaims:
    """Names we do not know are ignored. Raises Fault."""
    asked = _object(_parsed(text), "claims")
    id_token = _requests(asked, "id_token")
    userinfo = _requests(asked, "userinfo")
    if "value" in (id_token.get("sub") or {}):  # 5.5.1: only that person may then be answered
        raise Fault("invalid_request", "claims: a given sub is asked for by id_token_hint")
    acr = id_token.get("acr") or {}
    values = _values(acr)
    return AskedClaims(
        in_id_token=tuple(name for name in AUTHENTICATION_CLAIMS if name in id_token),
        in_userinfo=tuple(name for name in NAMES if name in userinfo),
        demanded_acr=values if acr.get("essential") else (),
        preferred_acr=() if acr.get("essential") else values,
    )


def _requests(asked: Mapping[str, Any], member: str) -> Mapping[str, Mapping[str, Any] | None]:
    """Each claim of this member, with null or an object (OIDC Core 5.5.1)."""
    requests = {} if asked.get(member) is None else _object(asked[member], f"claims.{member}")
    return {
        name: None if how is None else _object(how, f"a claim of {member}") for name, how in requests.items()
    }


def _values(acr: Mapping[str, Any]) -> tuple[str, ...]:
    if "value" in acr and "values" in acr:
        raise Fault("invalid_request", "claims: acr has both value and values")
    if not isinstance(acr.get("essential", False), bool):
        raise Fault("invalid_request", "claims: essential must be true or false")
    values = [acr["value"]] if "value" in acr else acr.get("values", [])
    if not isinstance(values, list) or not all(isinstance(value, str) for value in values):
        raise Fault("invalid_request", "claims: the values of acr must be strings")
    return tuple(values)


def _object(value: Any, what: str) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise Fault("invalid_request", f"{what} must be a JSON object")
    return value


def _parsed(text: str) -> Any:
    """Bounded before it is parsed: neither its length nor its depth may cost."""
    if _depth(text) > DEEPEST_CLAIMS:
        raise Fault("invalid_request", "claims is too deep")
    try:
        return json.loads(text, object_pairs_hook=_without_duplicates, parse_constant=_no_constant)
    except ValueError:
        raise Fault("invalid_request", "claims must be JSON without duplicate keys") from None


def _depth(text: str) -> int:
    depth = deepest = 0
    for bracket in re.findall(r"[][{}]", JSON_STRING.sub("", text)):
        depth += 1 if bracket in "[{" else -1
        deepest = max(deepest, depth)
    return deepest


def _without_duplicates(pairs: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    pairs = list(pairs)
    if len(dict(pairs)) < len(pairs):
        raise ValueError("duplicate key")
    return dict(pairs)


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")
