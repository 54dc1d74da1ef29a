"""What a FS, or somebody who writes its links, may ask of authorize: through the real address and browser."""

import base64
import json
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from federation import registry
from federation.models import Client, Grant, Provider
from tests.factories.federation import account, fi, fs
from tests.federation.journey.conftest import authorize_url
from tests.federation.journey.trip import AGENT
from tests.federation.op.asking import read_userinfo, renew, tokens_of
from tests.mirrors.provider.double import DemoProvider
from tests.security.surfer import Surfer, read_userinfo_of, tokens_for

SCRIPT = "<script>alert(1)</script>"


def told(surfer: Surfer, service: Client, **asked: str) -> dict[str, str]:
    """What the FS receives, at its own address and in the query alone."""
    surfer.open(authorize_url(service, **asked))
    assert surfer.left_for.startswith(service.redirect_uri_list[0])
    assert not urlsplit(surfer.left_for).fragment
    return surfer.told


def variants(uri: str) -> list[str]:
    return [
        uri + "/",
        uri.upper(),
        uri.replace(".fr/", ".fr:443/"),
        uri + "?a=b",
        uri + "/..",
        uri + "/..;/",
        uri.replace("callback", "%63allback"),
        uri.replace("callback", "%2e/callback"),
        uri + "#x",
        uri.replace("https://", "https://evil.example@"),
        uri.replace("https://", "https://evil.example\\@"),
        uri.replace("https:", "http:"),
        "//evil.example/callback",
        "javascript:alert(1)",
        "data:text/html,x",
        f"{uri} ",
        f"{uri}\r\nLocation: https://evil.example/",
    ]


def test_s001_s025_an_address_of_return_that_is_not_registered_to_the_byte_is_never_followed(
    surfer: Surfer, service: Client
) -> None:
    for uri in variants(service.redirect_uri_list[0]):
        page = surfer.open(authorize_url(service, redirect_uri=uri))
        assert page.status_code == 400, uri
        assert surfer.error_code in ("Y030031", "Y000400"), uri
        assert "Location" not in page
        assert uri not in surfer.text
        assert "evil.example" not in surfer.text


@pytest.mark.parametrize("client_id", ["", "unknown", SCRIPT, "\x00", "a" * 3000, "../admin"])
def test_s002_an_unknown_client_reads_a_page_and_nothing_of_what_it_sent(
    surfer: Surfer, service: Client, client_id: str
) -> None:
    page = surfer.open(authorize_url(service, client_id=client_id))
    assert page.status_code == 400
    assert SCRIPT not in surfer.text


def test_s002_a_client_out_of_service_is_as_unknown(surfer: Surfer) -> None:
    closed = fs(is_active=False)
    assert surfer.open(authorize_url(closed)).status_code == 400
    assert surfer.error_code == "Y030118"
    assert closed.redirect_uri_list[0] not in surfer.text


@pytest.mark.parametrize(
    "kind", ["", "token", "id_token", "code id_token", "code token", "id_token token", "none", "Code"]
)
def test_s003_only_a_code_is_ever_answered_and_never_in_the_fragment(
    surfer: Surfer, service: Client, kind: str
) -> None:
    answer = told(surfer, service, response_type=kind, prompt="none")
    assert answer["error"] == "unsupported_response_type"
    assert not {"access_token", "id_token", "code"} & answer.keys()


def test_s003_a_response_type_given_twice_is_refused(surfer: Surfer, service: Client) -> None:
    surfer.open(authorize_url(service, prompt="none") + "&response_type=token")
    assert surfer.told["error"] == "invalid_request"


@pytest.mark.parametrize("mode", ["fragment", "web_message", "query.jwt", "FORM_POST", "javascript:alert(1)"])
def test_s004_a_mode_of_answer_we_do_not_offer_is_refused_by_query(
    surfer: Surfer, service: Client, mode: str
) -> None:
    assert told(surfer, service, response_mode=mode)["error"] == "invalid_request"


def test_s008_a_scope_without_openid_or_not_granted_is_refused_and_an_unknown_one_ignored(
    surfer: Surfer,
) -> None:
    modest = fs(scopes=["openid", "email"])
    for scope in ("email", "", "OPENID email", "openid siret", "openid email siret unknown"):
        assert told(surfer, modest, scope=scope, prompt="none")["error"] == "invalid_scope", scope
    assert (
        told(surfer, modest, scope="openid email offline_access", prompt="none")["error"] == "login_required"
    )


def test_s048_nothing_of_what_the_fi_sent_leaves_beyond_scopes_and_habilitation(
    surfer: Surfer, ministry: Provider, demo_provider: DemoProvider
) -> None:
    modest = fs(scopes=["openid", "email"])
    demo_provider.misbehave(userinfo={"phone_number": "+33123456789", "secret_of_the_fi": "x"})
    claims = json.dumps(
        {"userinfo": {"given_name": None, "siret": {"essential": True}, "phone_number": None}}
    )
    surfer.goes_to(modest, AGENT, scope="openid email", claims=claims)
    surfer.open(demo_provider.sign_in(surfer.left_for))
    read = read_userinfo_of(tokens_for(modest, surfer.told["code"]).json())
    assert read.keys() == {"sub", "email"}


def test_s046_what_the_database_holds_of_a_token_is_no_token(
    surfer: Surfer, service: Client, ministry: Provider, demo_provider: DemoProvider
) -> None:
    surfer.goes_to(service, AGENT)
    surfer.open(demo_provider.sign_in(surfer.left_for))
    code = surfer.told["code"]
    stolen = bytes(Grant.objects.values_list("code_hash", flat=True).get())
    for text in written(stolen):
        assert tokens_for(service, text).status_code == 400
    tokens = tokens_for(service, code).json()
    held = Grant.objects.values_list("access_hash", "refresh_hash").get()
    for text in (text for digest in held for text in written(bytes(digest or b""))):
        assert read_userinfo(text).status_code == 401
        assert renew(service, text).status_code == 400
    assert read_userinfo(tokens["access_token"]).status_code == 200


def written(digest: bytes) -> tuple[str, ...]:
    return (
        digest.hex(),
        base64.urlsafe_b64encode(digest).decode(),
        base64.urlsafe_b64encode(digest).decode().rstrip("="),
    )


# What is shown of what was sent


@pytest.mark.parametrize(
    "hint",
    [
        '"onfocus=alert(1)x="@exemples.gouv.fr',
        "a\u202egnp.fr@exemples.gouv.fr",
        "{{7*7}}@exemples.gouv.fr",
        "a" * 10_000 + "@exemples.gouv.fr",
        "'><svg/onload=alert(1)>@exemples.gouv.fr",
        "é@exemples.gouv.fr",
    ],
)
def test_s021_a_hint_is_shown_as_text_or_not_at_all(surfer: Surfer, service: Client, hint: str) -> None:
    response: Any = surfer.open(authorize_url(service, login_hint=hint, siret_hint="13002526500013"))
    if response.status_code == 303:
        assert surfer.told["error"] == "invalid_request"
        return
    for markup in ('"onfocus', "<svg/onload", ">49@"):
        assert markup not in surfer.text


def test_s021_the_name_of_a_fs_is_text_on_every_page_and_in_every_mail(surfer: Surfer) -> None:
    hostile = fs(name=f"{SCRIPT}\"'{{{{7*7}}}}\u202e", support_email="aide@fs.example.gouv.fr")
    surfer.goes_to(hostile, "nora@logiciels-ponant.example")
    passage = surfer.at
    surfer.submit(password="pas le bon mot de passe")
    surfer.submit(f"{passage}code/envoyer/")
    surfer.submit(code="0123456789")
    surfer.open(f"{passage}mot-de-passe-oublie/")
    surfer.open(authorize_url(hostile, redirect_uri="https://elsewhere.example/"))
    surfer.open(f"/api/v2/session/end?client_id={hostile.client_id}")
    pages = [answer.content.decode() for answer in surfer.answers if answer.content]
    assert sum(hostile.name not in page and "&lt;script&gt;alert(1)" in page for page in pages) > 5
    assert not [page for page in pages if SCRIPT in page or ">49<" in page]


def test_s021_the_title_of_a_fi_is_text(surfer: Surfer, service: Client) -> None:
    for number in (1, 2):
        fi(domains=["partage.gouv.fr"], title=f"{SCRIPT}{{{{7*7}}}}{number}")
    surfer.goes_to(service, "alix@partage.gouv.fr")
    assert surfer.at.endswith("/fournisseur/")
    assert "&lt;script&gt;alert(1)" in surfer.text
    assert SCRIPT not in surfer.text


def test_s022_a_hint_of_another_person_is_no_reason_to_answer_this_one(
    surfer: Surfer, service: Client, ministry: Provider, demo_provider: DemoProvider
) -> None:
    surfer.goes_to(service, AGENT)
    surfer.open(demo_provider.sign_in(surfer.left_for))
    mine = tokens_for(service, surfer.told["code"]).json()["id_token"]
    theirs = tokens_of(service, account(at=ministry))["id_token"]
    assert told(surfer, service, prompt="none", id_token_hint=theirs)["error"] == "login_required"
    assert told(surfer, service, prompt="none", id_token_hint=mine)["code"]


def test_s016_claims_of_any_shape_are_told_to_the_fs(surfer: Surfer, service: Client) -> None:
    for claims in (
        "{",
        "[]",
        '{"id_token":{"acr":{"essential":true,"values":["x"],"values":["y"]}}}',
        "[" * 900,
    ):
        assert told(surfer, service, claims=claims)["error"] == "invalid_request"


def test_s174_a_json_too_deep_is_refused_at_once(surfer: Surfer, service: Client) -> None:
    deep = '{"id_token":' + '{"a":' * 21 + "null" + "}" * 22
    assert told(surfer, service, claims=deep)["error"] == "invalid_request"


# A FS that excludes some FI, or some people


def test_a_fi_the_fs_excludes_answers_it_neither_by_hint_nor_by_address_nor_by_an_open_session(
    surfer: Surfer, service: Client, ministry: Provider, agency: Provider, demo_provider: DemoProvider
) -> None:
    choosy = fs(allowed_providers=[agency.uid])
    assert told(surfer, choosy, idp_hint=str(ministry.uid))["error"] == "idp_hint_not_found"
    surfer.goes_to(choosy, AGENT)
    assert surfer.error_code == "Y500026"
    surfer.goes_to(service, AGENT)
    surfer.open(demo_provider.sign_in(surfer.left_for))
    assert surfer.told["code"]
    assert told(surfer, choosy, prompt="none")["error"] == "access_denied"
    surfer.open(authorize_url(choosy))
    assert surfer.error_code == "Y500026"
    assert "code=" not in surfer.text


def test_a_fi_excluded_while_the_person_was_away_answers_no_more(
    surfer: Surfer, service: Client, ministry: Provider, agency: Provider, demo_provider: DemoProvider
) -> None:
    surfer.goes_to(service, AGENT)
    back = demo_provider.sign_in(surfer.left_for)
    Client.objects.update(allowed_providers=[agency.uid])
    registry.look_again()
    surfer.open(back)
    assert surfer.error_code == "Y500026"


def test_identite_excluded_by_a_fs_is_not_proposed(surfer: Surfer, ministry: Provider) -> None:
    choosy = fs(allowed_providers=[ministry.uid])
    surfer.goes_to(choosy, "nora@logiciels-ponant.example")
    assert surfer.error_code == "Y500026"


def test_s080_a_look_alike_of_a_domain_does_not_lead_to_its_fi(
    surfer: Surfer, service: Client, ministry: Provider
) -> None:
    for domain in (
        "exemples.gouv.fr.evil.com",
        "xexemples.gouv.fr",
        "sous.exemples.gouv.fr",
        "exemples.gouv.fr.",
        "еxemples.gouv.fr",  # its first letter is Cyrillic
        "ｅxemples.gouv.fr",  # and full width
        "exemples.gouv。fr",
    ):
        surfer.browser.cookies.clear()  # seven requests in a row would be a loop of the FS
        response = surfer.goes_to(service, f"camille@{domain}")
        assert response.status_code in (200, 400), domain  # Identité, or a form to correct


def test_s088_what_a_fi_says_of_the_public_sector_is_not_believed(
    surfer: Surfer, ministry: Provider, demo_provider: DemoProvider
) -> None:
    reserved = fs(private=False)
    demo_provider.misbehave(
        userinfo={"siret": "90199991200016", "is_service_public": True, "roles": ["agent_public"]}
    )
    surfer.goes_to(reserved, AGENT)
    surfer.open(demo_provider.sign_in(surfer.left_for))
    assert surfer.error_code == "Y500015"
    asked = parse_qs(urlsplit(surfer.answers[-1].request["QUERY_STRING"]).query)
    assert "code" not in asked
