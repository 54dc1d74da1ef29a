"""S-167: a secret that went through the site is found nowhere it should not be.

Whole journeys are run, failures included. Every secret they met is collected, then looked for in all that was logged
(at the chattiest level), in every row of every table, and on every page.
"""

import base64
import json
import logging
import sys
from collections.abc import Callable, Iterator
from io import StringIO
from typing import Any
from urllib.parse import urlencode

import pytest
from django.conf import settings
from django.core import mail
from django.db import connection
from django.test import Client as Browser

from federation.models import Client, Provider
from identite.admin.invitations import invite
from identite.models import User
from proconnect.observability import logs
from proconnect.observability.redaction import redacted_text
from proconnect.platform import outbox
from tests.factories.federation import SECRET, fs
from tests.factories.identite import PASSWORD, SOFTWARE_COMPANY, user
from tests.federation.admin.conftest import code_of, operator
from tests.federation.admin.test_client_pages import GOOD as NEW_SERVICE
from tests.federation.admin.test_client_pages import secret_on
from tests.federation.admin.test_door import shown_secret
from tests.federation.admin.test_provider_pages import GOOD as NEW_PROVIDER
from tests.federation.journey.trip import AGENT
from tests.federation.op.asking import TOKEN, USERINFO, ask, basic, exchange, read_userinfo, renew
from tests.mirrors.provider.double import DemoProvider, answer_in
from tests.security.surfer import Surfer, found, last_mail, tokens_for

WRONG_PASSWORD = "canari mal siffle dans le mauvais champ"
NEW_PASSWORD = "deux canaris jaunes au balcon"
OPERATOR_PASSWORD = "une phrase bien à moi"
WRONG_SECRET = "canari-de-service-qui-se-trompe"
STATE = "canari-state"
NEW_PERSON = "nora@logiciels-ponant.example"
KNOWN_PERSON = "camille@logiciels-ponant.example"


class Canaries:
    """``secrets``: what must appear nowhere in clear; ``browsers``: who saw our pages."""

    def __init__(self) -> None:
        self.secrets: dict[str, str] = {}
        self.surfers: list[Surfer] = []
        self.shown: list[Any] = []
        self.service_id = ""

    def plant(self, name: str, secret: str) -> str:
        assert len(secret) >= 6, name
        self.secrets[f"{name} #{len(self.secrets)}"] = secret
        return secret

    def surfer(self) -> Surfer:
        self.surfers.append(Surfer())
        return self.surfers[-1]

    def plant_cookies(self) -> None:
        for surfer in self.surfers:
            for name, cookie in surfer.browser.cookies.items():
                if cookie.value and not name.startswith("email"):  # an address, kept at the person's wish
                    self.plant(f"cookie {name}", cookie.value)

    def found_in(self, text: str) -> list[str]:
        return [name for name, secret in self.secrets.items() if secret in text]


@pytest.fixture
def logged() -> Iterator[Callable[[], str]]:
    """All that was written, at the level that writes most."""
    logs.configure({"level": "DEBUG"})
    (to_stdout,) = (each for each in logging.getLogger().handlers if type(each) is logs.Output)
    assert to_stdout.stream is sys.stdout
    to_stdout.setStream(written := StringIO())
    yield written.getvalue
    logs.configure(settings.LOGGING)


@pytest.fixture
def canaries() -> Canaries:
    there = Canaries()
    for name, secret in (
        ("password", PASSWORD),
        ("new password", NEW_PASSWORD),
        ("wrong password", WRONG_PASSWORD),
        ("password of an operator", OPERATOR_PASSWORD),
        ("secret of a FS", SECRET),
        ("wrong secret of a FS", WRONG_SECRET),
        ("secret typed for a FI", NEW_PROVIDER["client_secret"]),
        ("signing keys", settings.SECRET_KEY),
    ):
        there.plant(name, secret)
    return there


# The journeys


def an_agent_signs_in_by_a_ministry_and_out(
    canaries: Canaries, service: Client, demo_provider: DemoProvider
) -> None:
    surfer = canaries.surfer()
    surfer.goes_to(service, AGENT, state=STATE)
    back = demo_provider.sign_in(surfer.left_for)
    canaries.plant("state at the FI", answer_in(back)["state"])
    canaries.plant("code of the FI", answer_in(back)["code"])
    surfer.open(back)
    code = canaries.plant("code", surfer.told["code"])
    tokens = plant_tokens(canaries, tokens_for(service, code).json())
    for token in demo_provider._issuer._tokens:
        canaries.plant("access token of the FI", token)
    assert read_userinfo(tokens["access_token"]).status_code == 200
    assert Browser().get(USERINFO, {"access_token": tokens["access_token"]}).status_code == 400
    renewed = plant_tokens(canaries, renew(service, tokens["refresh_token"]).json())
    assert renew(service, tokens["refresh_token"]).status_code == 400  # replayed
    assert exchange(service, code).status_code == 400
    canaries.plant_cookies()
    surfer.open(f"/api/v2/authorize?{urlencode({'id_token_hint': tokens['id_token']})}")
    surfer.open(back)  # replayed
    assert surfer.error_code == "Y190012"
    home = service.post_logout_redirect_uri_list[0]
    query = {"id_token_hint": renewed["id_token"], "post_logout_redirect_uri": home, "state": STATE}
    surfer.open(f"/api/v2/session/end?{urlencode(query)}")
    assert surfer.left_for.startswith(demo_provider.issuer)
    canaries.plant("ID token of the FI", surfer.told["id_token_hint"])
    canaries.plant("state of the sign-out", surfer.told["state"])


def a_fs_errs(canaries: Canaries, service: Client) -> None:
    form = {"grant_type": "authorization_code", "code": canaries.plant("unknown code", "canari-code-unknown")}
    ask(form, headers=basic(service.client_id, WRONG_SECRET))
    ask(form | {"client_id": service.client_id, "client_secret": WRONG_SECRET})
    ask(form | {"client_id": service.client_id, "client_secret": SECRET}, headers=basic(service.client_id))
    ask(form, path=f"{TOKEN}?{urlencode({'client_secret': SECRET, 'client_id': service.client_id})}")
    ask({"grant_type": SECRET}, headers=basic(service.client_id))
    ask(form | {"code_verifier": canaries.plant("verifier", "canari-verifier" * 4)}, headers=basic("x"))
    read_userinfo(canaries.plant("unknown access token", "canari-access-token"))
    garbled = base64.b64encode(f"{SECRET}".encode()).decode()[:-3]
    ask(form, headers={"Authorization": f"Basic {canaries.plant('garbled authorization', garbled)}"})


def a_fi_errs(canaries: Canaries, service: Client, demo_provider: DemoProvider) -> None:
    leaked = canaries.plant("what a FI lets slip", "canari-access-token-dans-une-erreur")
    for order in (
        {"token": {"id_token": f"{leaked}.{leaked}.{leaked}"}},
        {"token": {"access_token": f"{leaked} \r\n"}},
        {"id_token": {"nonce": leaked}},
        {"id_token_signature": "tampered"},
        {"userinfo": {"sub": leaked}},
        {"userinfo": {"siret": leaked, "email": f"{leaked}@@x"}},
        {"trouble": {"token": {"kind": "status", "value": 500}}},
        {"trouble": {"token": {"kind": "json", "value": {"error": "invalid_grant", "access_token": leaked}}}},
        {"trouble": {"userinfo": {"kind": "garbage"}}},
        {"trouble": {"jwks": {"kind": "redirect", "value": f"http://127.0.0.1:9/?token={leaked}"}}},
    ):
        demo_provider.misbehave(**order)
        surfer = canaries.surfer()
        surfer.goes_to(service, AGENT, state=STATE)
        back = demo_provider.sign_in(surfer.left_for)
        canaries.plant("code of the FI", answer_in(back)["code"])
        surfer.open(back)
        assert surfer.response.status_code in (303, 400, 502)
    demo_provider.behave()


def a_new_person_signs_up_at_identite(canaries: Canaries, service: Client) -> None:
    surfer = canaries.surfer()
    surfer.goes_to(service, NEW_PERSON, state=STATE)
    surfer.submit(password=WRONG_PASSWORD)
    passage = surfer.at
    surfer.submit(f"{passage}code/envoyer/")
    spaced = found("^([0-9]{5} [0-9]{5})$", last_mail().body)
    canaries.plant("mail code, as written", spaced)
    code = canaries.plant("mail code", spaced.replace(" ", ""))
    surfer.submit(code=canaries.plant("wrong mail code", "0000000000" if code != "0000000000" else "1" * 10))
    surfer.submit(code=code)
    surfer.submit(given_name="Nora", usual_name="Béranger", password="court")
    surfer.submit(given_name="Nora", usual_name="Béranger", password=NEW_PASSWORD)
    surfer.open(f"{surfer.at}?q={SOFTWARE_COMPANY}")
    surfer.submit()
    for answer in surfer.answers:
        if "ticket=" in answer.get("Location", ""):
            canaries.plant("ticket", answer_in(answer["Location"])["ticket"])
    plant_tokens(canaries, tokens_for(service, canaries.plant("code", surfer.told["code"])).json())


def a_person_forgets_their_password(canaries: Canaries, service: Client) -> None:
    user(email=KNOWN_PERSON, sirets=(SOFTWARE_COMPANY,))
    surfer = canaries.surfer()
    surfer.goes_to(service, KNOWN_PERSON)
    passage = surfer.at
    surfer.submit(f"{passage}mot-de-passe-oublie/")
    link = found(r"^(https?://\S+jeton=\S+)$", last_mail().body)
    token = link.partition("jeton=")[2]
    canaries.plant("reset link", token)
    canaries.plant("secret of the reset link", token.partition(".")[2])
    surfer.open(link)
    surfer.submit("/identite/mot-de-passe/", jeton=token, password="court")
    surfer.submit("/identite/mot-de-passe/", jeton=token, password=NEW_PASSWORD)
    surfer.open(link)
    assert surfer.error_code == "Y480003"
    surfer.open(passage)
    surfer.submit(password=NEW_PASSWORD)
    canaries.plant("code", surfer.told["code"])


def an_operator_enters_and_registers_a_fs_and_a_fi(canaries: Canaries) -> None:
    surfer = canaries.surfer()
    person = operator(is_superuser=True)
    surfer.open("/admin/login/")
    surfer.submit(email=person.email, password=WRONG_PASSWORD)
    surfer.submit(email=person.email, password=OPERATOR_PASSWORD)
    secret = canaries.plant("TOTP secret", shown_secret(surfer.text))
    canaries.plant("TOTP secret, as bytes", base64.b32decode(secret).hex())
    surfer.submit(code="000000" if code_of(secret) != "000000" else "111111")
    surfer.submit(code=code_of(secret))
    canaries.shown.append(surfer.response)
    surfer.open("/admin/federation/client/add/")
    surfer.browser.post(surfer.at, NEW_SERVICE | {"csrfmiddlewaretoken": surfer.token})
    created = Client.objects.get(name=NEW_SERVICE["name"])
    surfer.open(f"/admin/federation/client/{created.pk}/secret/")
    canaries.plant("generated secret of a FS", secret_on(surfer.text))
    for path in (f"/admin/federation/client/{created.pk}/change/", "/admin/platform/auditentry/"):
        canaries.shown.append(surfer.open(path))
    surfer.open("/admin/federation/provider/add/")
    surfer.browser.post(surfer.at, NEW_PROVIDER | {"csrfmiddlewaretoken": surfer.token})
    provider = Provider.objects.get(name=NEW_PROVIDER["name"])
    canaries.shown.append(surfer.open(f"/admin/federation/provider/{provider.pk}/change/"))


def an_operator_is_invited(canaries: Canaries) -> None:
    invited = User.objects.create_user("nouveau@example.gouv.fr", is_staff=True)
    invite(invited)
    link = found(r"(https?://\S+/admin/invitation/\S+)", last_mail().body)
    canaries.plant("invitation", link.rpartition("=")[2])
    surfer = canaries.surfer()
    surfer.open(link)
    surfer.submit(password="court")
    surfer.submit(password=NEW_PASSWORD)
    surfer.open(link)
    assert surfer.response.status_code == 410


def a_mail_cannot_leave(canaries: Canaries, service: Client) -> None:
    surfer = canaries.surfer()
    surfer.goes_to(service, "autre@logiciels-ponant.example")
    surfer.submit(f"{surfer.at}code/envoyer/")
    settings.EMAIL_BACKEND = "tests.security.no_mail.Broken"
    outbox.drain()
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"


def plant_tokens(canaries: Canaries, told: dict[str, Any]) -> dict[str, Any]:
    for name in ("access_token", "refresh_token", "id_token"):
        canaries.plant(name, told[name])
    canaries.plant("signature of an ID token", told["id_token"].rpartition(".")[2])
    return told


@pytest.fixture
def run(
    canaries: Canaries,
    logged: Callable[[], str],
    service: Client,
    ministry: Provider,
    demo_provider: DemoProvider,
) -> Canaries:
    canaries.service_id = service.client_id
    canaries.plant("our secret at the FI", demo_provider.client.client_secret)
    an_agent_signs_in_by_a_ministry_and_out(canaries, service, demo_provider)
    an_agent_signs_in_by_a_ministry_and_out(canaries, fs(id_token_signed_response_alg="HS256"), demo_provider)
    a_fs_errs(canaries, service)
    a_fi_errs(canaries, service, demo_provider)
    a_new_person_signs_up_at_identite(canaries, service)
    a_person_forgets_their_password(canaries, service)
    an_operator_enters_and_registers_a_fs_and_a_fi(canaries)
    an_operator_is_invited(canaries)
    a_mail_cannot_leave(canaries, service)
    canaries.plant_cookies()
    return canaries


@pytest.mark.django_db(transaction=True)  # traces are written after commit
def test_s167_no_secret_is_logged_stored_in_clear_nor_shown_again(
    run: Canaries, logged: Callable[[], str]
) -> None:
    lines = [json.loads(line) for line in logged().splitlines()]
    assert len(lines) > 200, "the journeys were logged"
    assert {line["level"] for line in lines} >= {"info", "warning"}
    assert [
        (name, line) for line in lines for name in run.found_in(json.dumps(line, ensure_ascii=False))
    ] == []
    assert any(run.service_id in str(line) for line in lines), "whoever looks would find"
    assert any(KNOWN_PERSON in row for _, row in every_row())
    whole_addresses = (NEW_PERSON, KNOWN_PERSON, AGENT)
    assert [line for line in lines if any(address in str(line) for address in whole_addresses)] == []
    assert [(table, name) for table, row in every_row() for name in run.found_in(row)] == []
    assert [(page.request["PATH_INFO"], name) for page, name in shown_on_pages(run)] == []
    assert run.found_in(" ".join(str(message.subject) for message in mail.outbox)) == []


def every_row() -> Iterator[tuple[str, str]]:
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT row_to_json(each)::text FROM "{table}" AS each')  # noqa: S608
            for (row,) in cursor.fetchall():
                yield table, row


def shown_on_pages(run: Canaries) -> Iterator[tuple[Any, str]]:
    """A page may hold the token of its own form, what was typed in it, and the state it gives back to a FS."""
    of_forms = ("cookie", "state", "reset link", "secret of the reset link", "wrong mail code")
    errors = [
        answer for surfer in run.surfers for answer in surfer.answers if answer.status_code in (400, 500, 502)
    ]
    assert len(errors) > 10
    for page in (*errors, *run.shown):
        for name in run.found_in(page.content.decode()):
            if not name.startswith(of_forms):
                yield page, name


@pytest.mark.parametrize(
    "text",
    [
        "url=https://fs.example.gouv.fr/?a=1&code=canari",
        "next=/x?token=canari&y=1",
        "location='https://x/?state=canari'",
        "{'url': 'https://x/?client_secret=canari', 'a': 1}",
        "form = {'password': 'canari', 'email': 'x'}",
        "mail_code=canari",
        "old_password = canari",
        "Authorization=canari",
        "b={'access_token': b'canari'}",
    ],
)
def test_s167_a_secret_is_masked_wherever_it_is_named(text: str) -> None:
    assert "canari" not in redacted_text(text)


def test_s167_what_is_no_secret_is_kept() -> None:
    text = "url=https://fs.example.gouv.fr/?a=1&b=2 code=Y190001 status=200 encoded=yes statement='x'"
    assert redacted_text(text) == text
