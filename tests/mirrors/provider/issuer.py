"""One OpenID Provider of the demo FI: what it knows, what it issues. No HTTP here."""

import hashlib
import json
import secrets
import threading
import time
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from tests.mirrors.provider.faults import HONEST, Faults, spoil
from tests.mirrors.provider.keys import Keys
from tests.mirrors.provider.people import Identity, Persona

CODE_LIFETIME = timedelta(seconds=60)
TOKEN_LIFETIME = timedelta(minutes=10)
SSO_LIFETIME = timedelta(hours=8)
ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


class ProtocolError(Exception):
    """An OAuth error: its code, and a sentence for the developer who reads it."""

    def __init__(self, error: str, description: str) -> None:
        super().__init__(f"{error}: {description}")
        self.error = error
        self.description = description


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisteredClient:
    client_id: str
    client_secret: str
    redirect_uris: tuple[str, ...]
    post_logout_redirect_uris: tuple[str, ...] = ()
    id_token_signed_response_alg: str = "ES256"
    userinfo_signed_response_alg: str | None = None
    require_pkce: bool = False
    jwks: Mapping[str, Any] | None = None
    envelope: Callable[[str], str] | None = None  # what each signed answer travels in

    @classmethod
    def read(cls, saved: Mapping[str, Any]) -> "RegisteredClient":
        uris = {name: tuple(saved.get(name, ())) for name in ("redirect_uris", "post_logout_redirect_uris")}
        return cls(**{**saved, **uris})

    def enveloped(self, token: str) -> str:
        return self.envelope(token) if self.envelope else token


@dataclass(frozen=True, slots=True)
class Login:
    """Someone authenticated for one authorization request; the faults of that moment follow it to the end."""

    client: RegisteredClient
    identity: Identity
    asked: Mapping[str, str]
    auth_time: int
    faults: Faults


@dataclass(slots=True)
class Session:
    """The FI's own SSO, for who asked to stay signed in."""

    identity: Identity
    auth_time: int


@dataclass(slots=True)
class Received:
    """One request the FI received, for tests to read."""

    method: str
    endpoint: str
    parameters: Mapping[str, str]
    headers: Mapping[str, str] = field(default_factory=dict)


class Issuer:
    def __init__(
        self,
        base_url: str,
        *,
        path: str,
        title: str,
        clients: Sequence[RegisteredClient],
        personas: Sequence[Persona],
    ) -> None:
        self.path = path
        self.url = base_url + path
        self.title = title
        self.clients = {client.client_id: client for client in clients}
        self.personas = {persona.key: persona for persona in personas}
        self.keys = Keys()
        self.received: list[Received] = []
        self.secrets: deque[str] = deque(maxlen=500)  # codes and tokens given: nobody may write them down
        self.sessions: dict[str, Session] = {}
        self._faults = HONEST
        self._logins_left: int | None = None
        self._codes: dict[str, tuple[Login, float]] = {}
        self._tokens: dict[str, tuple[Login, float]] = {}
        self._lock = threading.Lock()

    @property
    def faults(self) -> Faults:
        return self._faults

    def misbehave(self, faults: Faults, *, logins: int | None = None) -> None:
        """Until told otherwise, or for so many completed logins."""
        with self._lock:
            self._faults, self._logins_left = faults, logins

    def _faults_of_this_login(self) -> Faults:
        with self._lock:
            faults = self._faults
            if self._logins_left is not None:
                self._logins_left -= 1
                if self._logins_left <= 0:
                    self._faults, self._logins_left = HONEST, None
            return faults

    def discovery(self) -> dict[str, Any]:
        honest = {
            "issuer": self.url,
            "authorization_endpoint": f"{self.url}/authorize",
            "token_endpoint": f"{self.url}/token",
            "userinfo_endpoint": f"{self.url}/userinfo",
            "jwks_uri": f"{self.url}/jwks",
            "end_session_endpoint": f"{self.url}/session/end",
            "response_types_supported": ["code"],
            "response_modes_supported": ["query"],
            "grant_types_supported": ["authorization_code"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["ES256", "RS256"],
            "userinfo_signing_alg_values_supported": ["ES256", "RS256"],
            "token_endpoint_auth_methods_supported": [
                "client_secret_post",
                "client_secret_basic",
                "private_key_jwt",
            ],
            "token_endpoint_auth_signing_alg_values_supported": ["ES256", "RS256"],
            "code_challenge_methods_supported": ["S256"],
            "scopes_supported": [
                "openid", "uid", "given_name", "usual_name", "email", "siren", "siret",
                "organizational_unit", "belonging_population", "phone", "chorusdt",
            ],
            "acr_values_supported": ["eidas0", "eidas0-mfa", "eidas1", "eidas1-mfa", "eidas2", "eidas3"],
            "claims_parameter_supported": True,
            "authorization_response_iss_parameter_supported": True,
        }  # fmt: skip
        return spoil(honest, self.faults.discovery)

    def jwks(self) -> dict[str, Any]:
        return spoil(self.keys.jwks(self.faults.published_keys), self.faults.jwks)

    def client_asking(self, asked: Mapping[str, str]) -> RegisteredClient:
        """Raises ProtocolError while the return address cannot be trusted (RFC 6749 4.1.2.1)."""
        client = self.clients.get(asked.get("client_id", ""))
        if client is None:
            raise ProtocolError("invalid_client", "client_id inconnu de ce fournisseur d’identité.")
        if asked.get("redirect_uri") not in client.redirect_uris:
            raise ProtocolError("invalid_request", "redirect_uri non enregistrée pour ce client.")
        return client

    def check_request(self, client: RegisteredClient, asked: Mapping[str, str]) -> None:
        if asked.get("response_type") != "code":
            raise ProtocolError("unsupported_response_type", "response_type must be code")
        if "openid" not in asked.get("scope", "").split():
            raise ProtocolError("invalid_scope", "scope must contain openid")
        if asked.get("code_challenge_method", "S256") != "S256":
            raise ProtocolError("invalid_request", "code_challenge_method must be S256")
        if client.require_pkce and not asked.get("code_challenge"):
            raise ProtocolError("invalid_request", "code_challenge is required")

    def open_session_for(self, asked: Mapping[str, str], session_key: str) -> Session | None:
        session = self.sessions.get(session_key)
        if session is None or "login" in asked.get("prompt", "").split():
            return None
        max_age = int(asked.get("max_age") or SSO_LIFETIME.total_seconds())
        return session if time.time() - session.auth_time <= max_age else None

    def open_session(self, identity: Identity) -> str:
        key = secrets.token_urlsafe(16)
        self.sessions[key] = Session(identity, int(time.time()))
        return key

    def answer(
        self, client: RegisteredClient, asked: Mapping[str, str], identity: Identity, auth_time: int
    ) -> dict[str, Any]:
        """Parameters of the callback for someone who has just authenticated."""
        login = Login(client, identity, dict(asked), auth_time, self._faults_of_this_login())
        code = secrets.token_urlsafe(24)
        with self._lock:
            self._codes[code] = (login, time.time() + CODE_LIFETIME.total_seconds())
            self.secrets.append(code)
        return self._callback(asked, {"code": code}, login.faults)

    def answer_error(self, asked: Mapping[str, str], error: str, description: str) -> dict[str, Any]:
        return self._callback(asked, {"error": error, "error_description": description}, self.faults)

    def _callback(
        self, asked: Mapping[str, str], answer: Mapping[str, str], faults: Faults
    ) -> dict[str, Any]:
        honest = {**answer, "iss": self.url}
        if state := asked.get("state"):
            honest["state"] = state
        return spoil(honest, faults.callback)

    def authenticate(self, form: Mapping[str, str], basic: tuple[str, str] | None) -> RegisteredClient:
        """client_secret_basic, client_secret_post or private_key_jwt (OIDC Core 9)."""
        if form.get("client_assertion_type") == ASSERTION_TYPE:
            return self._authenticate_by_assertion(form)
        client_id, secret = basic or (form.get("client_id", ""), form.get("client_secret", ""))
        client = self.clients.get(client_id)
        if client is None or not secrets.compare_digest(client.client_secret.encode(), secret.encode()):
            raise ProtocolError("invalid_client", "unknown client or wrong secret")
        return client

    def _authenticate_by_assertion(self, form: Mapping[str, str]) -> RegisteredClient:
        assertion = form.get("client_assertion", "")
        client = self.clients.get(str(_unverified(assertion).get("sub", "")))
        if client is None or client.jwks is None:
            raise ProtocolError("invalid_client", "no key registered for this client")
        registry = jwt.JWTClaimsRegistry(
            leeway=30,
            iss={"essential": True, "value": client.client_id},
            aud={"essential": True, "values": [self.url, f"{self.url}/token"]},
            exp={"essential": True},
            jti={"essential": True},
        )
        try:
            keys = KeySet.import_key_set(dict(client.jwks))  # type: ignore[arg-type]
            registry.validate(jwt.decode(assertion, keys, algorithms=["ES256", "RS256"]).claims)
        except (JoseError, ValueError) as refused:
            raise ProtocolError("invalid_client", f"client_assertion: {refused}") from refused
        return client

    def login_behind(self, code: str) -> Login | None:
        """A look at the login a code stands for, so that its faults reach the token endpoint."""
        found = self._codes.get(code)
        return found[0] if found else None

    def exchange(self, client: RegisteredClient, form: Mapping[str, str]) -> dict[str, Any]:
        if form.get("grant_type") != "authorization_code":
            raise ProtocolError("unsupported_grant_type", "authorization_code only")
        with self._lock:
            login, expires = self._codes.pop(form.get("code", ""), (None, 0.0))
        if login is None or expires < time.time() or login.client != client:
            raise ProtocolError("invalid_grant", "code unknown, expired or used")
        if form.get("redirect_uri") != login.asked["redirect_uri"]:
            raise ProtocolError("invalid_grant", "redirect_uri differs from the authorization request")
        _check_verifier(login.asked.get("code_challenge"), form.get("code_verifier"))
        return self._tokens_for(login)

    def _tokens_for(self, login: Login) -> dict[str, Any]:
        access_token = secrets.token_urlsafe(24)
        with self._lock:
            self._tokens[access_token] = (login, time.time() + TOKEN_LIFETIME.total_seconds())
            self.secrets.append(access_token)
        honest = {
            "access_token": access_token,
            "token_type": "Bearer",
            "expires_in": int(TOKEN_LIFETIME.total_seconds()),
            "scope": login.asked["scope"],
            "id_token": None
            if login.faults.id_token_signature == "absent"
            else self._id_token(login, access_token),
        }
        return spoil(spoil(honest, {}), login.faults.token)

    def _id_token(self, login: Login, access_token: str) -> str:
        algorithm = login.client.id_token_signed_response_alg
        now = int(time.time()) + login.faults.clock_skew
        honest = {
            "iss": self.url,
            "sub": login.identity.sub,
            "aud": login.client.client_id,
            "iat": now,
            "exp": now + 300,
            "auth_time": login.auth_time + login.faults.clock_skew,
            "nonce": login.asked.get("nonce"),
            "acr": login.identity.acr or None,
            "amr": list(login.identity.amr) or None,
            "at_hash": at_hash(access_token),
            "sid": secrets.token_hex(8),
        }
        claims = spoil(spoil(honest, {}), login.faults.id_token)
        token = self.keys.sign(
            claims, login.faults.id_token_header, algorithm, login.faults.id_token_signature
        )
        self.secrets.append(token)
        return login.client.enveloped(token)

    def login_of_token(self, access_token: str) -> Login:
        with self._lock:
            login, expires = self._tokens.get(access_token, (None, 0.0))
        if login is None or expires < time.time():
            raise ProtocolError("invalid_token", "access token unknown or expired")
        return login

    def userinfo(self, login: Login) -> dict[str, Any] | str:
        """A dictionary for JSON, or a signed JWT when the client registered an algorithm."""
        algorithm = login.client.userinfo_signed_response_alg
        if algorithm is None:
            return spoil(dict(login.identity.claims), login.faults.userinfo)
        now = int(time.time()) + login.faults.clock_skew
        honest = {
            **login.identity.claims,
            "iss": self.url,
            "aud": login.client.client_id,
            "iat": now,
            "exp": now + 60,
        }
        claims = spoil(honest, login.faults.userinfo)
        if login.faults.userinfo_signature == "absent":
            return claims
        token = self.keys.sign(
            claims, login.faults.userinfo_header, algorithm, login.faults.userinfo_signature
        )
        return login.client.enveloped(token)

    def return_after_logout(self, asked: Mapping[str, str]) -> str | None:
        """The address to go back to when one client registered it (RP-Initiated Logout 1.0, 3)."""
        hinted = _unverified(asked.get("id_token_hint", "")).get("aud", asked.get("client_id", ""))
        client = self.clients.get(str(hinted))
        address = asked.get("post_logout_redirect_uri")
        return address if client and address in client.post_logout_redirect_uris else None

    def parameters_after_logout(self, asked: Mapping[str, str]) -> dict[str, Any]:
        return spoil({"state": asked.get("state")}, self.faults.logout)


def at_hash(access_token: str) -> str:
    """OIDC Core 3.1.3.6, for the algorithms that hash with SHA-256."""
    return urlsafe_b64encode(hashlib.sha256(access_token.encode()).digest()[:16]).rstrip(b"=").decode()


def _check_verifier(challenge: str | None, verifier: str | None) -> None:
    """RFC 7636 4.6."""
    if challenge is None:
        return
    digest = hashlib.sha256((verifier or "").encode()).digest()
    if urlsafe_b64encode(digest).rstrip(b"=").decode() != challenge:
        raise ProtocolError("invalid_grant", "code_verifier does not match")


def _unverified(token: str) -> dict[str, Any]:
    """Claims of a token nobody checked yet, good only to find whose keys must check it."""
    try:
        payload = token.split(".")[1]
        claims = json.loads(urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    except (IndexError, ValueError):
        return {}
    return claims if isinstance(claims, dict) else {}
