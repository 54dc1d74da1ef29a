"""Two FI, two browsers, any order of events: what a dishonest FI and a thief of addresses can try.

The ministry is honest, and may give a second factor. The agency is not, and may not: it says whatever it likes, with the
help of all the ministry ever let slip. Camille, an agent of the ministry, only ever signs in from her own browser;
the thief has an account at both, and every address that went through either browser.
"""

import itertools
import json
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import httpx
from django.core import mail
from django.core.cache import cache
from django.db import transaction
from django.test import Client as Browser
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, invariant, multiple, rule

from federation.models import AccountLink, Client
from federation.rp import metadata
from proconnect.kernel.assurance import Acr, Reached, is_at_least, level_of, with_a_mail_code
from proconnect.platform import outbox
from tests.federation.faults.scene import Party, altered, answered
from tests.federation.journey.conftest import authorize_url
from tests.federation.journey.trip import Trip
from tests.federation.op.asking import read_userinfo, verified
from tests.mirrors.provider.double import answer_in

CAMILLE, THIEF = "camille", "thief"
PEOPLE = st.sampled_from((CAMILLE, THIEF))
CODE = re.compile(r"^\d{5} \d{5}$", re.MULTILINE)
SHARED = "commun.gouv.fr"  # both FI may speak for it
ADDRESSES = (
    "camille@exemples.gouv.fr",
    "CAMILLE@Exemples.gouv.fr",
    "chef@exemples.gouv.fr",
    "camille@sous.exemples.gouv.fr",
    "bob@essais.gouv.fr",
    "eve@commun.gouv.fr",
)
SUBS = ("bob", "camille", "thief", "chef-at-identite")
LEVELS = (*(acr.value for acr in Acr), "", "unknown")
SECOND_FACTOR = ("eidas0-mfa", "eidas1-mfa", "eidas2", "eidas3")
DEMANDS: tuple[tuple[str, ...], ...] = (
    *((),) * 8,
    ("eidas0", "eidas1"),
    *(SECOND_FACTOR,) * 2,
    ("eidas2", "eidas3"),
    (Acr.DIRIGEANT.value,),
)
BEST_OF_A_FI_WITHOUT_SECOND_FACTOR = Acr.EIDAS1


@dataclass(frozen=True)
class Lie:
    """What the agency says of somebody; honest unless told."""

    address: str = "bob@essais.gouv.fr"
    sub: str = "bob"
    acr: str = "eidas1"
    iss: str | None = ""  # of the callback; None: absent
    id_token: str = ""
    aud: tuple[str, ...] = ()
    email_of_id_token: str = ""

    def order(self, ministry: str, stolen: str) -> dict[str, Any]:
        claims: dict[str, Any] = {"iss": ministry} if self.id_token == "issued by the ministry" else {}
        if self.aud:
            claims["aud"] = list(self.aud)
        if self.email_of_id_token:
            claims |= {"email": self.email_of_id_token, "email_verified": True}
        return {
            "callback": {} if self.iss == "" else {"iss": ministry if self.iss else None},
            "token": {"id_token": stolen} if self.id_token == "stolen" and stolen else {},
            "id_token": claims,
            "id_token_signature": "none" if self.id_token == "unsigned" else "honest",
            "userinfo": {"email_verified": True, "idp_id": ministry},
        }


def mostly(honest: Any, *tricks: Any) -> st.SearchStrategy[Any]:
    return st.sampled_from((*[honest] * (4 * len(tricks)), *tricks))


LIES = st.builds(
    Lie,
    address=st.sampled_from((*[Lie.address] * 8, *ADDRESSES)),
    sub=st.sampled_from(SUBS),
    acr=st.sampled_from(LEVELS),
    iss=mostly("", None, "the ministry's"),
    id_token=mostly("", "stolen", "issued by the ministry", "unsigned"),
    aud=mostly((), ("proconnect", "another"), ("another",)),
    email_of_id_token=st.sampled_from(("", ADDRESSES[0])),
)


@dataclass(frozen=True)
class World:
    """What stays from one sequence to the next."""

    ministry: Party
    agency: Party
    services: tuple[Client, ...]
    chef: UUID  # the sub of somebody whom Identité alone knows, with an address of the ministry's domain
    seen: Counter[str] = field(default_factory=Counter)  # what the sequences led to

    def party(self, url: str) -> Party | None:
        among = (self.ministry, self.agency)
        return next((party for party in among if url.startswith(f"{party.itself.issuer}/")), None)


Said = Mapping[str, str] | None  # what the ministry vouched for; None: the agency's work


@dataclass(frozen=True)
class Departure:
    """A browser sent to a FI, from a page of ours."""

    who: str
    service: Client
    journey: str  # the address of the page where an e-mail may be typed anew; empty when none was seen
    url: str


@dataclass(frozen=True)
class Return:
    """An address that a FI sends a browser back to."""

    url: str
    departure: Departure
    said: Said


@dataclass
class Person:
    browser: Browser = field(default_factory=Browser)
    said: Said = None  # for the session now open
    has_proved: bool = False  # that the mailbox of this session is theirs
    choices: dict[str, Client] = field(default_factory=dict)  # pages of several FI, waiting
    codes: dict[str, tuple[Client, Said]] = field(default_factory=dict)  # pages of a code by mail, waiting


def _leads_to(response: Any) -> str:
    return str(response["Location"]) if response.status_code in (302, 303) else ""


class Masquerade(RuleBasedStateMachine):
    departures: Bundle[Departure] = Bundle("departures")
    returns: Bundle[Return] = Bundle("returns")

    def __init__(self, world: World) -> None:
        super().__init__()
        self.world = world
        self.people = {CAMILLE: Person(), THIEF: Person()}
        self.subs: dict[tuple[str, str], str] = {}
        self.services = itertools.cycle(world.services)
        self.atomic = transaction.atomic()
        self.atomic._from_testcase = True  # type: ignore[attr-defined]  # blocks within may ask to be the first
        self.atomic.__enter__()
        mail.outbox.clear()
        self._agency_publishes({})

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.atomic.__exit__(None, None, None)
        for party in (self.world.ministry, self.world.agency):
            party.itself.forget()

    # What browsers do

    @rule(
        target=departures,
        who=PEOPLE,
        address=st.sampled_from(ADDRESSES),
        is_typed=st.booleans(),
        hint=st.sampled_from(("", "ministry", "agency")),
        demand=st.sampled_from(DEMANDS),
        prompt=st.sampled_from(("", "login")),
    )
    def a_service_sends(
        self, who: str, address: str, is_typed: bool, hint: str, demand: tuple[str, ...], prompt: str
    ) -> Any:
        service = next(self.services)
        asked = {"prompt": prompt, "scope": " ".join(service.scopes)}
        if not is_typed:
            asked["login_hint"] = address
        if hint:
            asked["idp_hint"] = str(getattr(self.world, hint).row.uid)
        if demand:
            asked["claims"] = json.dumps({"id_token": {"acr": {"essential": True, "values": demand}}})
        response = self.people[who].browser.get(
            authorize_url(service, **{name: value for name, value in asked.items() if value})
        )
        page = _leads_to(response)
        if page.startswith("/") and is_typed:
            return self._typed(who, service, page, address)
        return self._followed(who, service, "", response)

    @rule(target=departures, departure=departures, address=st.sampled_from(ADDRESSES))
    def the_address_is_typed_anew(self, departure: Departure, address: str) -> Any:
        if not departure.journey:
            return multiple()
        return self._typed(departure.who, departure.service, departure.journey, address)

    @rule(
        target=departures,
        who=PEOPLE,
        choice=st.sampled_from(("ministry", "agency")),
    )
    def a_fi_is_chosen(self, who: str, choice: str) -> Any:
        if not self.people[who].choices:
            return multiple()
        page, service = self.people[who].choices.popitem()
        chosen = {"provider": str(getattr(self.world, choice).row.uid)}
        return self._followed(who, service, page, self.people[who].browser.post(page, chosen))

    @rule(who=PEOPLE, which=mostly(0, 1, 2))
    def a_code_by_mail_is_typed(self, who: str, which: int) -> None:
        """The last one that was sent, or one before it, to whomever."""
        outbox.drain()
        sent = [(each, held[0]) for each in mail.outbox if (held := CODE.search(str(each.body)))]
        if not self.people[who].codes or len(sent) <= which:
            return
        page, (service, said) = self.people[who].codes.popitem()
        message, code = sent[-1 - which]
        response = self.people[who].browser.post(page, {"code": code})
        if "code" in answered(response):
            self.people[who].said, self.people[who].has_proved = said, True
            claims = self._judge(who, service, response)
            assert message.to == [claims["email"]]
            self.world.seen["raised by a code"] += 1

    @rule(who=PEOPLE)
    def a_service_asks_in_silence(self, who: str) -> None:
        service = next(self.services)
        scope = " ".join(service.scopes)
        response = self.people[who].browser.get(authorize_url(service, prompt="none", scope=scope))
        if "code" in answered(response):
            self._judge(who, service, response)

    # Whole trips

    @rule(target=returns, who=PEOPLE, demand=st.sampled_from(DEMANDS), acr=st.sampled_from(LEVELS))
    def a_trip_to_the_ministry(self, who: str, demand: tuple[str, ...], acr: str) -> Any:
        departure = self.a_service_sends(who, ADDRESSES[0], False, "ministry", demand, "login")
        if not isinstance(departure, Departure):
            return multiple()
        return self._back_at_once(self._ministrys(departure, acr, self.world.ministry.domain))

    @rule(target=returns, who=PEOPLE, demand=st.sampled_from(DEMANDS), lie=LIES)
    def a_trip_to_the_agency(self, who: str, demand: tuple[str, ...], lie: Lie) -> Any:
        if self.published:
            self._agency_publishes({})
        departure = self.a_service_sends(who, lie.address, False, "agency", demand, "login")
        if not isinstance(departure, Departure):
            return multiple()
        return self._back_at_once(self._agencys(departure, lie))

    @rule(
        who=PEOPLE,
        hint=st.sampled_from(("ministry", "agency")),
        acr=st.sampled_from(LEVELS),
        which=mostly(0, 1, 2),
    )
    def a_trip_by_a_code(self, who: str, hint: str, acr: str, which: int) -> None:
        departure = self.a_service_sends(who, ADDRESSES[0], False, hint, SECOND_FACTOR, "login")
        if isinstance(departure, Departure):
            is_the_agencys = departure.url.startswith(f"{self.world.agency.itself.issuer}/")
            self._back_at_once(
                self._agencys(departure, Lie(acr=acr))
                if is_the_agencys
                else self._ministrys(departure, acr, self.world.ministry.domain)
            )
            self.a_code_by_mail_is_typed(who, which)

    @rule(what=st.sampled_from(("answer", "code", "code for the agency")), lie=LIES)
    def something_is_stolen(self, what: str, lie: Lie) -> None:
        """Before Camille's browser comes back with it. A code is opened as the answer to a departure of the thief's."""
        camilles = self.a_service_sends(CAMILLE, ADDRESSES[0], False, "ministry", (), "login")
        own = self.a_service_sends(THIEF, ADDRESSES[0], False, "ministry", (), "login")
        if not isinstance(camilles, Departure) or not isinstance(own, Departure):
            return
        stolen = self._ministrys(camilles, "eidas1", self.world.ministry.domain)
        if what == "answer":
            self._delivered(THIEF, stolen.url, stolen)
        else:
            honest = self._ministrys(own, "eidas1", self.world.ministry.domain)
            back = honest if what == "code" else self._agencys(own, lie)
            self._delivered(THIEF, altered(back.url, code=answer_in(stolen.url)["code"]), stolen)

    def _back_at_once(self, back: Return) -> Return:
        self._delivered(back.departure.who, back.url, back)
        return back

    # What FI do

    @rule(target=returns, departure=departures, acr=st.sampled_from(LEVELS), shared=st.booleans())
    def the_ministry_answers(self, departure: Departure, acr: str, shared: bool) -> Return:
        """Whichever FI the browser was meant for: a departure may be relayed. Who holds the browser signs in."""
        return self._ministrys(departure, acr, SHARED if shared else self.world.ministry.domain)

    def _ministrys(self, departure: Departure, acr: str, domain: str) -> Return:
        said = {"sub": departure.who, "uid": departure.who, "email": f"{departure.who}@{domain}", "acr": acr}
        return Return(
            self.world.ministry.itself.sign_in(departure.url, **said, amr="pwd mfa"), departure, said
        )

    @rule(target=returns, departure=departures, lie=LIES)
    def the_agency_answers(self, departure: Departure, lie: Lie) -> Return:
        return self._agencys(departure, lie)

    def _agencys(self, departure: Departure, lie: Lie) -> Return:
        itself, theirs = self.world.agency.itself, self.world.ministry.itself.issuer
        itself.misbehave(discovery=self.published, **lie.order(theirs, self._stolen()))
        said = {"sub": lie.sub, "uid": lie.sub, "email": lie.address, "acr": lie.acr, "amr": "pwd mfa"}
        return Return(itself.sign_in(departure.url, **said), departure, None)

    @rule(
        endpoint=mostly("none", "authorization_endpoint", "token_endpoint", "userinfo_endpoint", "jwks_uri"),
        announces=st.booleans(),
    )
    def the_agency_publishes(self, endpoint: str, announces: bool) -> None:
        """Addresses of the ministry as its own: mix-up."""
        theirs = httpx.get(f"{self.world.ministry.itself.issuer}/.well-known/openid-configuration").json()
        borrowed = {endpoint: theirs[endpoint]} if endpoint in theirs else {}
        self._agency_publishes({**borrowed, "authorization_response_iss_parameter_supported": announces})

    # What comes back, to whom

    @rule(back=returns)
    def a_browser_comes_back(self, back: Return) -> None:
        self._delivered(back.departure.who, back.url, back)

    @rule(
        back=returns,
        other=returns,
        swapped=st.sets(st.sampled_from(("code", "state", "iss")), min_size=1),
        who=PEOPLE,
    )
    def an_altered_answer_is_opened(self, back: Return, other: Return, swapped: set[str], who: str) -> None:
        """Stolen, mixed with another, and opened in either browser."""
        theirs = answer_in(other.url)
        url = altered(back.url, **{name: theirs.get(name) for name in swapped})
        self._delivered(who, url, other if "code" in swapped else back)

    # What must hold

    @invariant()
    def no_account_is_reached_by_both(self) -> None:
        agencys = AccountLink.objects.filter(provider=self.world.agency.row).values("account")
        others = AccountLink.objects.exclude(provider=self.world.agency.row).values("account")
        assert not AccountLink.objects.filter(account__in=agencys).filter(account__in=others).exists()

    def _delivered(self, who: str, url: str, code_of: Return) -> None:
        parts = urlsplit(url)
        response = self.people[who].browser.get(f"{parts.path}?{parts.query}")
        if "code" in answered(response):
            if code_of.said:
                self._assert_its_own(who, url, code_of)
            self.people[who].said, self.people[who].has_proved = code_of.said, False
            self._judge(who, code_of.departure.service, response)
        elif _leads_to(response).endswith("/code/"):
            self.people[who].codes[_leads_to(response)] = code_of.departure.service, code_of.said
        else:
            self.world.seen["refused"] += 1

    def _assert_its_own(self, who: str, url: str, code_of: Return) -> None:
        """A code serves in the browser, and for the departure, that it was given to."""
        assert code_of.departure.who == who
        assert answer_in(url)["state"] == answer_in(code_of.departure.url)["state"]

    def _judge(self, who: str, service: Client, response: Any) -> dict[str, Any]:
        """What the FS learns, which must be what the FI of this session may say."""
        person = self.people[who]
        tokens = Trip(person.browser, service).redeem(answered(response)["code"])
        claims = {**read_userinfo(tokens["access_token"]).json(), "acr": verified(tokens["id_token"])["acr"]}
        self._judge_the_ministrys(claims, person.said) if person.said else self._judge_the_agencys(claims)
        ceiling = level_of(person.said["acr"]) if person.said else BEST_OF_A_FI_WITHOUT_SECOND_FACTOR
        reached = Reached(acr=ceiling)
        assert is_at_least(
            (with_a_mail_code(reached) if person.has_proved else reached).acr, Acr(claims["acr"])
        )
        assert claims["sub"] != str(self.world.chef)
        assert self.subs.setdefault((claims["idp_id"], claims["uid"]), claims["sub"]) == claims["sub"]
        assert len(set(self.subs.values())) == len(self.subs)
        return claims

    def _judge_the_agencys(self, claims: Mapping[str, Any]) -> None:
        assert claims["idp_id"] == str(self.world.agency.row.uid)
        assert claims["email"].rpartition("@")[2] in (self.world.agency.domain, SHARED)
        self.world.seen["agency"] += 1

    def _judge_the_ministrys(self, claims: Mapping[str, Any], said: Mapping[str, str]) -> None:
        assert claims["idp_id"] == str(self.world.ministry.row.uid)
        assert (claims["uid"], claims["email"]) == (said["uid"], said["email"])
        self.world.seen["ministry"] += 1

    # In between

    def _typed(self, who: str, service: Client, page: str, address: str) -> Any:
        return self._followed(who, service, page, self.people[who].browser.post(page, {"email": address}))

    def _followed(self, who: str, service: Client, journey: str, response: Any) -> Any:
        """A departure when the browser is sent to a FI; pages that ask something else are remembered."""
        location, person = _leads_to(response), self.people[who]
        if self.world.party(location):
            return Departure(who, service, journey, location)
        if location.endswith("/fournisseur/"):
            person.choices[location] = service
        elif location.endswith("/code/"):
            person.codes[location] = service, person.said
        elif "code" in answered(response):  # an open session answered
            self._judge(who, service, response)
        return multiple()

    def _agency_publishes(self, changes: Mapping[str, Any]) -> None:
        self.published = dict(changes)
        self.world.agency.itself.misbehave(discovery=self.published)
        metadata.forget()
        cache.clear()

    def _stolen(self) -> str:
        """The last ID token that the ministry gave."""
        return next(
            (each for each in reversed(self.world.ministry.itself.secrets()) if each.count(".") == 2), ""
        )
