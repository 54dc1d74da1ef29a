"""A person and their browser, from the broker to Identité and back."""

import re
from dataclasses import replace
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

from django.core import mail
from django.db import connection
from django.db.models import F
from django.http import HttpRequest
from django.http.cookie import SimpleCookie
from django.test import Client, RequestFactory
from django.urls import reverse

from identite.provider import Identite
from proconnect.kernel.contracts.identity_provider import AssertedIdentity
from proconnect.platform import outbox
from proconnect.platform.models import FailureCount, OneTimeThing, RateWindow
from tests.factories.identite import PASSWORD, ask

COMPLETED = {"given_name": "Nora", "usual_name": "L’Hostis-Béranger", "password": PASSWORD}


class Visitor:
    def __init__(self, client: Client | None = None, **asked: Any) -> None:
        self.client = client or Client()
        self.screens: list[str] = []
        self.ask = ask(**asked)
        self.journey_starts()

    def journey_starts(self) -> None:
        request = RequestFactory().get("/api/v2/authorize")
        request.COOKIES.update({name: morsel.value for name, morsel in self.client.cookies.items()})
        response = Identite().begin(request, self.ask)
        self.client.cookies.update(SimpleCookie(response.cookies.output(header="")))
        self.id = _found(r"(?<=connexion/)[0-9a-f-]{36}", response["Location"])
        self.get(response["Location"])

    def url(self, page: str, *args: str) -> str:
        return reverse(f"identite:{page}", args=[self.id, *args])

    def get(self, page: str, *args: str) -> Any:
        address = page if page.startswith("/") else self.url(page, *args)
        return self._arrive(self.client.get(address))

    def post(self, page: str, *args: str, **typed: str) -> Any:
        return self._arrive(self.client.post(self.url(page, *args), typed))

    def _arrive(self, response: Any) -> Any:
        """Follows redirects inside Identité, and notes the pages seen."""
        while response.status_code == 302 and response["Location"].startswith("/identite/"):
            response = self.client.get(response["Location"])
        self.response = response
        if response.status_code == 200:
            self.screens.append(self.page)
        return response

    @property
    def page(self) -> str:
        if self.is_back:
            return "back at the broker"
        return str(self.response.resolver_match.view_name.partition(":")[2])

    @property
    def text(self) -> str:
        return str(self.response.content.decode())

    @property
    def is_back(self) -> bool:
        return bool(
            self.response.status_code == 302 and self.response["Location"].startswith(self.ask.return_to)
        )

    def redeem(self, **changes: Any) -> AssertedIdentity:
        return Identite().collect(self.callback(), replace(self.ask, **changes))

    def callback(self) -> HttpRequest:
        assert self.is_back, self.text
        return RequestFactory().get(self.response["Location"])

    @property
    def journey_named(self) -> str:
        return parse_qs(urlsplit(self.response["Location"]).query)["journey"][0]

    # What people do

    def signs_in(self, password: str = PASSWORD) -> Any:
        return self.post("sign-in", password=password)

    def asks_for_a_code(self) -> str:
        self.post("send-code")
        return code_of(last_mail())

    def creates_an_account(self, siret: str) -> None:
        self.post("code", code=self.asks_for_a_code())
        self.post("account", **COMPLETED)
        self.get(f"{self.url('organization')}?q={siret}")
        self.post("confirm-organization", siret)


def last_mail() -> Any:
    outbox.drain()
    return mail.outbox[-1]


def code_of(message: Any) -> str:
    return _found(r"^[0-9]{5} [0-9]{5}$", message.body)


def link_of(message: Any) -> str:
    return _found(r"^https?://\S+jeton=\S+$", message.body)


def _found(pattern: str, text: str) -> str:
    found = re.search(pattern, text, re.MULTILINE)
    assert found, text
    return found.group()


def time_passes(duration: timedelta) -> None:
    """For everything kept under the database's own clock."""
    for kept in (OneTimeThing, FailureCount, RateWindow):
        kept.objects.update(expires_at=F("expires_at") - duration)
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE platform_ratewindow SET hits = ARRAY(SELECT hit - make_interval(secs => %s) FROM unnest(hits) AS hit)",
            [duration.total_seconds()],
        )
