"""J1 to J4, as a browser and a FS's back end walk them. Each raises Failed when an answer is not the one expected."""

import base64
import hashlib
import json
import secrets
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from html import unescape
from http.cookies import SimpleCookie
from itertools import count
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from tests.load.bench.cast import DOMAIN, REDIRECT_URI, SCOPES, SECRET, SIRET, Service
from tests.load.bench.wire import Answer, Caller, Failed

_people = count(1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Paths:
    authorization: str
    token: str
    userinfo: str
    jwks: str
    discovery: str


@dataclass(frozen=True, slots=True)
class Server:
    """One of the servers compared, behind the proxy that would end TLS for it."""

    name: str
    port: int
    site: str
    paths: Paths
    provider_port: int = 0  # the FI of who has one

    def caller(self, address: str) -> Caller:
        headers = {
            "Host": self.site.removeprefix("https://"),
            "X-Forwarded-For": address,
            "X-Forwarded-Proto": "https",
            "User-Agent": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
            "Accept": "text/html,application/xhtml+xml,application/json;q=0.9,*/*;q=0.8",
            "Accept-Language": "fr-FR,fr;q=0.9",
        }
        return Caller(self.port, headers)


@dataclass(slots=True)
class Browser:
    caller: Caller
    site: str
    cookies: dict[str, str] = field(default_factory=dict)
    _short_lived: set[str] = field(default_factory=set)

    def come_back_later(self) -> None:
        """A minute has passed, as between two visits of one person: what lasted less is gone."""
        for name in self._short_lived:
            self.cookies.pop(name, None)
        self._short_lived.clear()

    def get(self, path: str) -> Answer:
        return self._heard(self.caller.get(path, self._cookie()))

    def post(self, path: str, form: Mapping[str, str]) -> Answer:
        return self._heard(self.caller.post(path, form, f"Origin: {self.site}\r\n{self._cookie()}"))

    def _cookie(self) -> str:
        kept = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        return f"Cookie: {kept}\r\n" if kept else ""

    def _heard(self, answer: Answer) -> Answer:
        for name, value in answer.headers:
            if name == "set-cookie":
                self._keep(value)
        return answer

    def _keep(self, told: str) -> None:
        for name, morsel in SimpleCookie(told).items():
            if morsel.value and morsel["max-age"] != "0" and "1970" not in morsel["expires"]:
                self.cookies[name] = morsel.value
                if 0 < int(morsel["max-age"] or 0) < 60:
                    self._short_lived.add(name)
            else:
                self.cookies.pop(name, None)


@dataclass(frozen=True, slots=True)
class Code:
    code: str
    verifier: str


class Visitor:
    """One browser and one connection of a FS, by the same proxy: what one unit of concurrency is."""

    def __init__(self, server: Server, service: Service) -> None:
        number = next(_people)
        self.server, self.service = server, service
        self.email = f"agent.{number}@{DOMAIN}"
        self.caller = server.caller(f"198.18.{number // 250}.{number % 250 + 1}")  # RFC 2544: measures
        self.browser = Browser(self.caller, server.site)
        self._has_session = False
        self._basic = "Basic " + base64.b64encode(f"{service.client_id}:{SECRET}".encode()).decode()

    # What everybody does

    def authorize(self, answer: "Callable[[str], Answer] | None" = None) -> Code:
        """``answer``: from authorize's path to the redirect back to the FS; straight away when a session is open."""
        verifier, state = secrets.token_urlsafe(32), secrets.token_urlsafe(16)
        asked = {
            "client_id": self.service.client_id,
            "redirect_uri": REDIRECT_URI,
            "response_type": "code",
            "scope": SCOPES,
            "state": state,
            "nonce": secrets.token_urlsafe(16),
            "code_challenge": _challenge(verifier),
            "code_challenge_method": "S256",
        }
        answered = (answer or self.browser.get)(
            f"{self.server.paths.authorization}?{urlencode(asked)}"
        ).must_be(302, 303)
        told = {name: values[0] for name, values in parse_qs(urlsplit(answered["location"]).query).items()}
        if told.get("state") != state or "code" not in told:
            raise Failed(f"{self.server.name} answered {answered['location']}")
        return Code(told["code"], verifier)

    def redeem(self, code: Code) -> dict[str, Any]:
        form = {
            "grant_type": "authorization_code",
            "code": code.code,
            "redirect_uri": REDIRECT_URI,
            "code_verifier": code.verifier,
        }
        answer = self.caller.post(self.server.paths.token, form, f"Authorization: {self._basic}\r\n").must_be(
            200
        )
        tokens: dict[str, Any] = json.loads(answer.body)
        if not {"access_token", "refresh_token", "id_token"} <= tokens.keys():
            raise Failed(f"{self.server.name} gave {sorted(tokens)}")
        return tokens

    def read_userinfo(self, access_token: str) -> str:
        answer = self.caller.get(
            self.server.paths.userinfo, f"Authorization: Bearer {access_token}\r\n"
        ).must_be(200)
        if not answer["content-type"].startswith("application/jwt"):
            raise Failed(f"{self.server.name}: userinfo is not signed")
        return answer.body.decode()

    # Signing in for the first time

    def be_ready(self) -> None:
        """A fresh connection, and an open session; neither is part of what is measured."""
        self.caller.close()
        if not self._has_session:
            self.sign_in()
            self._has_session = True
        self.caller.get(self.server.paths.jwks).must_be(200)

    def sign_in(self) -> Code:
        self.browser.cookies.clear()
        return self.authorize(self._by_the_provider if self.server.provider_port else self._by_redirects)

    def _by_the_provider(self, path: str) -> Answer:
        """By typing one's address, then answering the FI's login page."""
        page = _path(self.browser.get(path).must_be(302, 303)["location"])
        token = (
            self.browser.get(page).must_be(200).body.decode().split('name="csrfmiddlewaretoken" value="')[1]
        )
        form = {"csrfmiddlewaretoken": unescape(token.split('"')[0]), "email": self.email}
        return self.browser.get(self._answer_at_the_provider(self.browser.post(page, form).must_be(302, 303)))

    def _answer_at_the_provider(self, sent: Answer) -> str:
        provider = Caller(self.server.provider_port, {"Host": f"localhost:{self.server.provider_port}"})
        asked = urlsplit(sent["location"])
        who = {
            **dict.fromkeys(("sub", "uid", "email"), self.email),
            "given_name": "Camille",
            "usual_name": "Martin",
            "siret": SIRET,
            "acr": "eidas1",
            "amr": "pwd",
        }
        answered = provider.post(
            f"{asked.path.removesuffix('/authorize')}/sign-in?{asked.query}", who
        ).must_be(303)
        provider.close()
        return _path(answered["location"])

    def _by_redirects(self, path: str) -> Answer:
        """The reference signs in whoever comes."""
        answer = self.browser.get(path).must_be(302, 303)
        while not answer["location"].startswith(REDIRECT_URI):
            answer = self.browser.get(_path(answer["location"])).must_be(302, 303)
        return answer


def _challenge(verifier: str) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()


def _path(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.path}?{parts.query}" if parts.query else parts.path


# The journeys: what is made ready, then what is measured


def first_sign_in(visitor: Visitor, times: int) -> Iterator[Callable[[], object]]:
    """J1: no session anywhere; the agent types an address, answers at the FI, and the FS reads who came."""

    def walk() -> None:
        visitor.read_userinfo(visitor.redeem(visitor.sign_in())["access_token"])

    yield from [walk] * times


def silent_sign_in(visitor: Visitor, times: int) -> Iterator[Callable[[], object]]:
    """J2: a session is open; authorize, token, signed userinfo."""

    def walk() -> None:
        visitor.browser.come_back_later()
        visitor.read_userinfo(visitor.redeem(visitor.authorize())["access_token"])

    yield from [walk] * times


def tokens(visitor: Visitor, times: int) -> Iterator[Callable[[], object]]:
    """J3: token and signed userinfo, for codes given beforehand."""

    def walk(code: Code) -> Callable[[], object]:
        return lambda: visitor.read_userinfo(visitor.redeem(code)["access_token"])

    for _ in range(times):
        visitor.browser.come_back_later()
        yield walk(visitor.authorize())


def documents(visitor: Visitor, times: int) -> Iterator[Callable[[], object]]:
    """J4: discovery and keys."""

    def walk() -> None:
        for path in (visitor.server.paths.discovery, visitor.server.paths.jwks):
            json.loads(visitor.caller.get(path).must_be(200).body)

    yield from [walk] * times


Journey = Callable[[Visitor, int], Iterator[Callable[[], object]]]
JOURNEYS: Mapping[str, Journey] = {"J1": first_sign_in, "J2": silent_sign_in, "J3": tokens, "J4": documents}
