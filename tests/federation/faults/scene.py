"""A FI that misbehaves, another that does not, a FS, and a person in a browser."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from django.core.cache import cache
from django.test import Client as Browser

from federation.models import Client, Provider
from federation.rp import metadata
from tests.factories.federation import SCOPES, fs
from tests.federation.journey.conftest import authorize_url
from tests.federation.journey.trip import Trip
from tests.federation.op.asking import read_userinfo, verified
from tests.mirrors.provider.double import DemoProvider, answer_in, broker_as_client
from tests.mirrors.provider.server import ProviderServer

LOCAL_PART = "zelie.canari"  # nobody may write it down
MORE_SCOPES = ["phone", "custom", "siren", "amr"]
SIGN_OUT = "/api/v2/session/end"
BACK_FROM_SIGN_OUT = "/api/v2/client/logout-callback"


@dataclass(frozen=True, slots=True)
class Party:
    """A FI: the row we keep of it, and itself, at the other end of a socket."""

    row: Provider
    itself: DemoProvider
    domain: str

    @property
    def person(self) -> dict[str, str]:
        return {"sub": "zelie", "uid": "zelie", "email": f"{LOCAL_PART}@{self.domain}", "given_name": "Zélie"}


@dataclass
class Scene:
    hostile: Party
    honest: Party
    service: Client = field(default_factory=lambda: fs(scopes=[*SCOPES, *MORE_SCOPES]))
    browser: Browser = field(default_factory=Browser)

    def depart(self, party: Party | None = None, /, **asked: str) -> Any:
        """To the FI, the address being known."""
        hint = (party or self.hostile).person["email"]
        scope = " ".join(self.service.scopes)
        return self.browser.get(authorize_url(self.service, login_hint=hint, scope=scope, **asked))

    def answer_of(self, party: Party, departure: Any, **said: str) -> str:
        """The callback that this FI sends the browser to, once the person has signed in there."""
        url: str = departure["Location"]
        assert url.startswith(party.itself.issuer), url
        form = said if "answer" in said else {**party.person, **said}
        return party.itself.sign_in(url, **form)

    def come_back(self, callback: str) -> Any:
        parts = urlsplit(callback)
        return self.browser.get(f"{parts.path}?{parts.query}")

    def sign_in(self, party: Party | None = None, /, **asked: str) -> Any:
        """The whole trip; shorter when our site stops it at the departure."""
        party = party or self.hostile
        departure = self.depart(party, **asked)
        if departure.status_code != 303:
            return departure
        return self.come_back(self.answer_of(party, departure))

    def is_signed_in(self) -> bool:
        return "code" in answered(self.browser.get(authorize_url(self.service, prompt="none")))

    def read(self, response: Any) -> dict[str, Any]:
        """All the FS learns of the person from its code."""
        tokens = Trip(self.browser, self.service).redeem(answered(response)["code"])
        id_token = verified(tokens["id_token"])
        kept = {name: id_token.get(name) for name in ("acr", "amr")}
        return {**read_userinfo(tokens["access_token"]).json(), **kept}

    @property
    def home(self) -> str:
        """Of the FS, after a sign-out."""
        return self.service.post_logout_redirect_uri_list[0]

    def sign_out(self, meanwhile: Callable[[], None] | None = None) -> Any:
        """Through the FI when our site goes there, and back when the FI sends the browser back; our last answer."""
        query = {"client_id": self.service.client_id, "post_logout_redirect_uri": self.home}
        tokens = Trip(self.browser, self.service).redeem(answered(self.sign_in())["code"])
        if meanwhile:
            meanwhile()
        away = self.browser.get(SIGN_OUT, {**query, "id_token_hint": tokens["id_token"]})
        if not away["Location"].startswith(self.hostile.itself.issuer):
            return away
        back = self.hostile.itself.visit(away["Location"])
        return self.come_back(back) if back else away


@contextmanager
def demo_fi(title: str) -> Iterator[DemoProvider]:
    """On a port of its own: it shares nothing with another."""
    with ProviderServer([{"title": title, "clients": [broker_as_client()]}]) as server:
        yield DemoProvider(server.issuers[0])


def answered(response: Any) -> dict[str, str]:
    """What the FS receives at its redirect URI; nothing when our site shows a page."""
    if response.status_code != 303:
        return {}
    return {name: values[0] for name, values in parse_qs(urlsplit(response["Location"]).query).items()}


def altered(callback: str, **changes: str | None) -> str:
    sent = {name: value for name, value in (answer_in(callback) | changes).items() if value is not None}
    return f"{callback.partition('?')[0]}?{urlencode(sent)}"


# What the browser does, when it is not a plain sign-in


def with_answer_altered(**changes: str | None) -> Callable[[Scene], Any]:
    return lambda scene: scene.come_back(altered(scene.answer_of(scene.hostile, scene.depart()), **changes))


def with_answer_repeated(scene: Scene) -> Any:
    callback = scene.answer_of(scene.hostile, scene.depart())
    scene.come_back(callback)
    return scene.come_back(callback)


def with_code_of_another(scene: Scene) -> Any:
    """A code that the honest FI gave this very browser, under the state of the hostile one."""
    theirs = answer_in(scene.answer_of(scene.honest, scene.depart(scene.honest)))
    return scene.come_back(altered(scene.answer_of(scene.hostile, scene.depart()), code=theirs["code"]))


def with_state_of_another(scene: Scene) -> Any:
    theirs = answer_in(scene.answer_of(scene.honest, scene.depart(scene.honest)))
    return scene.come_back(altered(scene.answer_of(scene.hostile, scene.depart()), state=theirs["state"]))


def with_answer_of_another_browser(scene: Scene) -> Any:
    """The person is made to open the callback of somebody else's sign-in."""
    victim, scene.browser = scene.browser, Browser()
    callback = scene.answer_of(scene.hostile, scene.depart())
    scene.browser = victim
    scene.depart()
    return scene.come_back(callback)


def refused_by_the_fi(error: str, description: str = "") -> Callable[[Scene], Any]:
    said = {"answer": "error", "error": error, "error_description": description}
    return lambda scene: scene.come_back(scene.answer_of(scene.hostile, scene.depart(), **said))


def after_a_rotation(published: str) -> Callable[[Scene], Any]:
    """Our site knows the FI's former keys."""

    def play(scene: Scene) -> Any:
        scene.sign_in()
        scene.hostile.itself.rotate_keys("keep" if published == "keep" else "drop")
        return scene.sign_in(prompt="login")

    return play


def signing_out(scene: Scene) -> Any:
    return scene.sign_out()


def signing_out_twice(scene: Scene) -> Any:
    """The browser opens the FI's return once more."""
    scene.sign_out()
    return scene.browser.get(BACK_FROM_SIGN_OUT)


def signing_out_of_a_ruin(scene: Scene) -> Any:
    """The FI worked when the person came in."""
    return scene.sign_out(meanwhile=lambda: _ruined(scene))


def _ruined(scene: Scene) -> None:
    scene.hostile.itself.misbehave(trouble={"discovery": {"kind": "status", "value": 500}})
    metadata.forget()
    cache.clear()
