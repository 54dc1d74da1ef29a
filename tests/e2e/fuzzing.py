"""Mostly right requests with something wrong in them, sent to the endpoints of the OP over real sockets."""

import http.client
import time
from base64 import b64encode
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote_from_bytes, urlsplit

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.mirrors.stack import Stack

NAMES = ("authorize", "token", "userinfo", "introspection", "revocation", "end_session")
PATIENCE = 20.0  # seconds
MARKUP = '"><pwn onload=alert(1)>'
HEADER = "x\r\nX-Injected: 1\r\nSet-Cookie: injected=1"
NASTY = [
    "",
    " ",
    "\x00",
    MARKUP,
    HEADER,
    "%0d%0aX-Injected:1",
    "javascript:alert(1)",
    "//elsewhere.example",
    "https://elsewhere.example/",
    "\u202e\u2066",
    "é" * 300,
    "A" * 9000,
    "[" * 3000,
    "{}",
    "[]",
    "null",
    "true",
    "-1",
    "99999999999999999999",
    "none login",
    "${7*7}{{7*7}}",
    "' OR 1=1 --",
    "eyJhbGciOiJub25lIn0.e30.",
    "a.b.c",
    "=",
    "&",
    "\ufffd",
    "\ud7ff",
    '{"id_token":{"acr":{"essential":1}}}',
    '{"id_token":{"acr":{"value":["eidas1"]}}}',
    '{"userinfo":{"email":5}}',
    '{"id_token":[]}',
    '{"a":NaN}',
]
ANYTHING = st.one_of(st.sampled_from(NASTY), st.text(max_size=60), st.binary(max_size=60))
METHODS = st.sampled_from(["GET", "POST", "HEAD", "PUT", "OPTIONS", "DELETE", "PROPFIND"])
TYPES = st.sampled_from(
    [
        "application/x-www-form-urlencoded",
        "application/x-www-form-urlencoded; charset=latin-1",
        "multipart/form-data; boundary=x",
        "multipart/form-data",
        "application/json",
        "text/plain",
        "",
        "nonsense",
    ]
)


@dataclass(frozen=True, slots=True)
class Endpoint:
    path: str
    usual: dict[str, str]
    is_api: bool  # answers JSON, never a page


def endpoints(stack: Stack) -> dict[str, Endpoint]:
    client = stack.client("demo-tous")
    credentials = {"client_id": client["client_id"], "client_secret": client["client_secret"]}
    redirect_uri = client["redirect_uris"][0]
    return {
        "authorize": Endpoint(
            "/authorize",
            {
                "client_id": client["client_id"],
                "redirect_uri": redirect_uri,
                "response_type": "code",
                "scope": "openid email",
                "state": "a-state",
                "nonce": "a-nonce",
                "prompt": "none",
                "max_age": "60",
                "claims": '{"id_token":{"acr":{"essential":true,"value":"eidas1"}}}',
                "acr_values": "eidas1",
                "login_hint": "camille.durand@exemples.gouv.fr",
                "id_token_hint": "a.b.c",
                "idp_hint": "00000000-0000-0000-0000-000000000000",
                "siret_hint": "13002526500013",
                "response_mode": "form_post",
                "ui_locales": "fr",
                "code_challenge": "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM",
                "code_challenge_method": "S256",
                "request_uri": "http://127.0.0.1:1/",
            },
            is_api=False,
        ),
        "token": Endpoint(
            "/token",
            {
                **credentials,
                "grant_type": "authorization_code",
                "code": "unknown",
                "redirect_uri": redirect_uri,
                "code_verifier": "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk",
                "refresh_token": "A" * 64,
                "scope": "openid",
                "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
                "client_assertion": "eyJhbGciOiJFUzI1NiJ9.e30.AAAA",
            },
            is_api=True,
        ),
        "userinfo": Endpoint("/userinfo", {"access_token": "unknown"}, is_api=True),
        "introspection": Endpoint(
            "/token/introspection",
            {**credentials, "token": "unknown", "token_type_hint": "access_token"},
            is_api=True,
        ),
        "revocation": Endpoint(
            "/token/revocation",
            {**credentials, "token": "unknown", "token_type_hint": "refresh_token"},
            is_api=True,
        ),
        "end_session": Endpoint(
            "/session/end",
            {
                "id_token_hint": "a.b.c",
                "client_id": client["client_id"],
                "post_logout_redirect_uri": client["post_logout_redirect_uris"][0],
                "state": "a-state",
                "logout_hint": "x",
                "ui_locales": "fr",
            },
            is_api=False,
        ),
    }


@st.composite
def spoiled_forms(draw: st.DrawFn, usual: dict[str, str]) -> bytes:
    """Some of the usual parameters, some of them spoiled, doubled, or new."""
    names = draw(st.lists(st.sampled_from(sorted(usual)), unique=True))
    pairs: list[tuple[str | bytes, str | bytes]] = [(name, usual[name]) for name in names]
    for place in draw(st.lists(st.integers(0, max(0, len(pairs) - 1)), max_size=2)) if pairs else []:
        pairs[place] = (pairs[place][0], draw(ANYTHING))
    if draw(st.booleans()):
        pairs.append((draw(st.one_of(st.sampled_from(sorted(usual)), ANYTHING)), draw(ANYTHING)))
    if draw(st.integers(0, 9)) == 0:
        return draw(st.binary(max_size=200))
    return b"&".join(_encoded(name) + b"=" + _encoded(value) for name, value in pairs)


def _encoded(text: str | bytes) -> bytes:
    raw = text if isinstance(text, bytes) else text.encode("utf-8", "surrogatepass")
    return quote_from_bytes(raw, safe="").encode()


AUTHORIZATIONS = st.one_of(
    st.none(),
    st.sampled_from(
        [
            "Basic",
            "Basic !!!!",
            "Basic " + b64encode(b"demo-tous").decode(),
            "Basic " + b64encode(b"demo-tous:\xff\xfe").decode(),
            "Bearer",
            "Bearer " + "A" * 5000,
            "Bearer a b",
            "bearer x",
            "Digest x",
        ]
    ),
    st.text(alphabet=st.characters(min_codepoint=32, max_codepoint=126), max_size=60),
)


def fuzz(stack: Stack, name: str, judge: Callable[["Answer", Endpoint], None]) -> None:
    endpoint = endpoints(stack)[name]
    site = urlsplit(stack.issuer)

    @settings(max_examples=250, deadline=None, suppress_health_check=list(HealthCheck), database=None)
    @given(
        form=spoiled_forms(endpoint.usual),
        method=METHODS,
        content_type=TYPES,
        authorization=AUTHORIZATIONS,
        in_url=st.booleans(),
    )
    def sends(form: bytes, method: str, content_type: str, authorization: str | None, in_url: bool) -> None:
        headers = {"Authorization": authorization} if authorization is not None else {}
        path = site.path + endpoint.path
        if in_url:
            answer = asked(site.netloc, method, f"{path}?{form.decode('latin-1')}", b"", headers)
        else:
            answer = asked(site.netloc, method, path, form, {**headers, "Content-Type": content_type})
        judge(answer, endpoint)

    sends()


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    headers: list[tuple[str, str]]
    body: str
    seconds: float

    def header(self, name: str) -> str:
        return next((value for key, value in self.headers if key.lower() == name), "")


def asked(netloc: str, method: str, path: str, body: bytes, headers: dict[str, Any]) -> Answer:
    connection = http.client.HTTPConnection(netloc, timeout=PATIENCE)
    connection._validate_path = lambda url: None  # type: ignore[attr-defined]
    began = time.perf_counter()
    try:
        connection.request(method, _on_one_line(path), body, headers)
        response = connection.getresponse()
        text = response.read().decode("utf-8", "replace")
    finally:
        connection.close()
    return Answer(response.status, response.getheaders(), text, time.perf_counter() - began)


def _on_one_line(path: str) -> str:
    """The request line itself stays one; what a server makes of several is not ours to test."""
    return "".join(character for character in path if "!" <= character <= "~")
