"""What comes back from a FI, or from somebody who pretends: no identity, no session, no account from any of it."""

from typing import Any

import pytest
from django.test import Client as Browser

from federation import registry
from federation.models import Account, AccountLink, Client, Connection, Provider
from tests.factories.identite import PASSWORD, SOFTWARE_COMPANY, user
from tests.federation.journey.conftest import DOMAIN, authorize_url, registered
from tests.federation.journey.trip import AGENT
from tests.mirrors.provider.double import DemoProvider, answer_in
from tests.security.surfer import Surfer, read_userinfo_of, tokens_for

OURS = "proconnect"
SCRIPT = "<script>alert(1)</script>"


def nobody_entered(surfer: Surfer, service: Client) -> bool:
    surfer.open(authorize_url(service, prompt="none"))
    return surfer.told["error"] == "login_required" and not Account.objects.exists()


@pytest.mark.parametrize(
    "claims",
    [
        pytest.param({"nonce": None}, id="s062 no nonce"),
        pytest.param({"nonce": "another"}, id="s062 another nonce"),
        pytest.param({"aud": "another"}, id="s063 for another"),
        pytest.param({"aud": [OURS, "another"]}, id="s063 for another too"),
        pytest.param({"aud": [OURS, "another"], "azp": "another"}, id="s063 another party"),
        pytest.param({"exp": 1}, id="s068 over"),
        pytest.param({"nbf": 4_000_000_000}, id="s068 not begun"),
        pytest.param({"iat": 1}, id="s068 issued long ago"),
        pytest.param({"iat": 4_000_000_000}, id="s068 issued in the future"),
    ],
)
def test_s062_s063_s068_an_id_token_that_is_not_for_this_journey_opens_nothing(
    surfer: Surfer, service: Client, ministry: Provider, demo_provider: DemoProvider, claims: dict[str, Any]
) -> None:
    demo_provider.misbehave(id_token=claims)
    surfer.goes_to(service, AGENT)
    surfer.open(demo_provider.sign_in(surfer.left_for))
    assert surfer.error_code == "Y020030"
    assert nobody_entered(surfer, service)


@pytest.mark.parametrize("skew", [-29, 29])
def test_s068_half_a_minute_between_clocks_is_tolerated(
    surfer: Surfer, service: Client, ministry: Provider, demo_provider: DemoProvider, skew: int
) -> None:
    demo_provider.misbehave(clock_skew=skew)
    surfer.goes_to(service, AGENT)
    surfer.open(demo_provider.sign_in(surfer.left_for))
    assert surfer.told["code"]


@pytest.mark.parametrize(
    "claims",
    [
        {"given_name": SCRIPT, "usual_name": "{{7*7}}${7*7}{0.__class__}%s"},
        {"given_name": "=cmd|' /C calc'!A0", "usual_name": "'; DROP TABLE federation_account; --"},
        {"roles": ["agent_public"], "sub_of": {"a": [1, {"b": 2}]}, "is_staff": True, "aud": OURS},
    ],
)
def test_s093_hostile_claims_are_data_for_the_fs_and_nothing_for_us(
    surfer: Surfer, service: Client, ministry: Provider, demo_provider: DemoProvider, claims: dict[str, Any]
) -> None:
    demo_provider.misbehave(userinfo=claims)
    surfer.goes_to(service, AGENT)
    surfer.open(demo_provider.sign_in(surfer.left_for))
    read = read_userinfo_of(tokens_for(service, surfer.told["code"]).json())
    assert read["given_name"] == claims.get("given_name", "Camille")
    assert read["usual_name"] == claims.get("usual_name", "Durand")
    assert not [answer for answer in surfer.answers if SCRIPT.encode() in answer.content]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("given_name", "a\r\nX-Injected: 1"),
        ("given_name", "a\x00b"),
        ("given_name", ["a"]),
        ("usual_name", "\u202e"),
        ("usual_name", {"a": 1}),
        ("email", "a@b.fr\r\nBcc: x@y.fr"),
        ("email", ["a@exemples.gouv.fr"]),
        ("siret", {"a": 1}),
        ("siret", "a\x00"),
        ("sub", 12),
        ("sub", "a" * 300),
        ("uid", ""),
        ("uid", "a\nb"),
    ],
)
def test_s092_s093_a_claim_that_is_no_plain_text_is_a_page_or_left_out_never_a_crash(
    surfer: Surfer, service: Client, demo_provider: DemoProvider, name: str, value: Any
) -> None:
    registered(demo_provider, domains=[DOMAIN])
    demo_provider.misbehave(userinfo={name: value})
    surfer.goes_to(service, AGENT)
    surfer.open(demo_provider.sign_in(surfer.left_for))
    if surfer.response.status_code == 303:
        assert name == "siret", "the FI's own SIRET takes its place"
    else:
        assert surfer.error_code in ("Y500006", "Y020027")
        assert "X-Injected" not in str(surfer.response.headers)
        assert not Account.objects.exists()


def test_s069_the_words_of_a_fi_in_trouble_are_few_and_harmless_and_the_fs_reads_an_error(
    surfer: Surfer, service: Client, ministry: Provider
) -> None:
    surfer.goes_to(service, AGENT, state="a-state")
    hostile = f"{SCRIPT}{{0.__class__}}{{provider}}%s\r\nSet-Cookie: a=b" + "x" * 5000
    answer = {"state": surfer.told["state"], "error": "login_required", "error_description": hostile[:3000]}
    surfer.response = surfer.browser.get("/api/v2/oidc-callback", answer | {"iss": ministry.issuer})
    assert surfer.error_code == "Y020032"
    assert SCRIPT not in surfer.text
    assert "{0.__class__}" in surfer.text, "told as it came, not read as a format"
    assert "x" * 300 not in surfer.text
    assert f"{service.redirect_uri_list[0]}?error=invalid_request" in surfer.text
    assert "state=a-state" in surfer.text
    assert "mailto:aide@exemples.gouv.fr" in surfer.text
    assert "a" not in surfer.browser.cookies


def test_s060_neither_the_attackers_answer_nor_their_journey_signs_a_victim_in(
    surfer: Surfer, stranger: Surfer, service: Client, ministry: Provider, demo_provider: DemoProvider
) -> None:
    """Login CSRF: with the victim in the middle of a journey of their own too."""
    stranger.goes_to(service, AGENT)
    attackers = demo_provider.sign_in(stranger.left_for)
    surfer.goes_to(service, AGENT)
    own = answer_in(surfer.left_for)
    surfer.open(attackers)
    assert surfer.error_code == "Y190001"
    crossed = {"state": own["state"], "code": answer_in(attackers)["code"], "iss": demo_provider.issuer}
    surfer.response = surfer.browser.get("/api/v2/oidc-callback", crossed)
    assert surfer.error_code in ("Y020026", "Y020030"), (
        "their code under this state: verifier and nonce differ"
    )
    assert nobody_entered(surfer, service)


def test_s060_a_ticket_of_identite_stolen_serves_neither_another_browser_nor_another_journey(
    surfer: Surfer, stranger: Surfer, service: Client
) -> None:
    person = user(sirets=(SOFTWARE_COMPANY,))
    surfer.goes_to(service, person.email)
    callback = surfer.browser.post(surfer.at, {"password": PASSWORD, "csrfmiddlewaretoken": surfer.token})
    ticket = answer_in(callback["Location"])
    stranger.open(callback["Location"])
    assert stranger.error_code == "Y190001", "no cookie of that journey"
    stranger.goes_to(service, "autre@logiciels-ponant.example")
    stranger.response = stranger.browser.get(
        "/api/v2/oidc-callback", {"ticket": ticket["ticket"], "journey": stranger.journey}
    )
    assert stranger.error_code == "Y190012"
    surfer.open(callback["Location"])
    assert surfer.told["code"], "the person's own journey goes on"
    surfer.open(callback["Location"])
    assert surfer.error_code in ("Y190001", "Y190012"), "once"


def test_s076_a_fi_whose_list_is_not_enforced_still_speaks_for_itself_alone(
    surfer: Surfer, service: Client, demo_provider: DemoProvider
) -> None:
    """An operator chose to admit other domains: another FI's person is still another account."""
    lax = registered(demo_provider, domains=[DOMAIN], block_unlisted_domains=False)
    surfer.goes_to(service, AGENT)
    surfer.open(demo_provider.sign_in(surfer.left_for, email="ministre@essais.gouv.fr"))
    assert surfer.told["code"]
    assert AccountLink.objects.get().provider == lax
    assert Account.objects.count() == 1


@pytest.mark.parametrize("state", [{}, {"is_active": False}, {"is_routed": False}])
def test_s076_a_fi_whose_list_is_not_enforced_never_speaks_for_the_domain_of_another(
    surfer: Surfer, service: Client, agency: Provider, demo_provider: DemoProvider, state: dict[str, bool]
) -> None:
    """Though that other one be closed, or in its acceptance tests."""
    registered(demo_provider, domains=[DOMAIN], block_unlisted_domains=False)
    Provider.objects.filter(pk=agency.pk).update(**state)
    registry.look_again()
    surfer.goes_to(service, AGENT)
    surfer.open(demo_provider.sign_in(surfer.left_for, email="ministre@essais.gouv.fr"))
    assert surfer.error_code == "Y500027"
    assert not Account.objects.exists()


def test_s078_the_link_by_address_is_written_once_with_its_trace(
    surfer: Surfer,
    service: Client,
    demo_provider: DemoProvider,
    local: Provider,
    django_capture_on_commit_callbacks: Any,
    caplog: pytest.LogCaptureFixture,
) -> None:
    ministry = registered(demo_provider, domains=[DOMAIN], proved=True)
    known = Account.objects.create()
    AccountLink.objects.create(account=known, provider=local, provider_sub="u1", email=AGENT)
    with django_capture_on_commit_callbacks(execute=True):
        for prompt in ("", "login"):
            surfer.goes_to(service, AGENT, prompt=prompt)
            surfer.open(demo_provider.sign_in(surfer.left_for))
    assert AccountLink.objects.filter(provider=ministry).count() == 1
    assert [
        line.getMessage().count("ACCOUNT_LINKED") for line in caplog.records if line.name == "journey"
    ].count(1) == 1
    assert set(Connection.objects.values_list("account", flat=True)) == {known.pk}


@pytest.mark.parametrize(
    "query", ["code=x&state=%00", "state[]=x", "state=x&state=y", "journey=%7B%7D", "=", "%FF"]
)
def test_s059_a_callback_of_no_sense_is_a_page(query: str) -> None:
    response = Browser().get(f"/api/v2/oidc-callback?{query}")
    assert response.status_code in (400, 401)


def test_a_state_of_sign_out_that_nobody_gave_leads_nowhere(surfer: Surfer) -> None:
    for query in ("", "?state=x", "?state=https://evil.example", "?return_to=https://evil.example"):
        page = surfer.open(f"/api/v2/client/logout-callback{query}")
        assert page.status_code == 200
        assert "evil.example" not in surfer.text
