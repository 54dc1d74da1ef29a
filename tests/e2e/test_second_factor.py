"""The second-factor policy, row by row, in a real browser, with scripts and without."""

import json
from urllib.parse import urlencode
from uuid import uuid4

from playwright.sync_api import expect

from tests.e2e.conftest import Visit
from tests.mirrors.stack import Stack

TWO_FACTORS = ("eidas0-mfa", "eidas1-mfa", "eidas2", "eidas3")
ONE_FACTOR = ("eidas1", "eidas1-mfa", "eidas2", "eidas3")


def enter(visit: Visit, service: str, *demanded: str, email: str) -> None:
    claims = json.dumps({"id_token": {"acr": {"essential": True, "values": demanded}, "amr": None}})
    visit.page.goto(f"{service}/connexion?{urlencode({'claims': claims})}")
    visit.type("Email professionnel", email)
    visit.press("Continuer")


def expect_to_be_in(visit: Visit, service: str, *, acr: str) -> None:
    expect(visit.page).to_have_url(f"{service}/moi")
    expect(visit.page.get_by_text(f'"acr": "{acr}"')).to_be_attached()


def test_a_service_content_with_one_factor_asks_no_second(visit: Visit, stack: Stack) -> None:
    enter(visit, stack.everybody, *ONE_FACTOR, email="camille.durand@exemples.gouv.fr")
    visit.press("Camille Durand")
    expect_to_be_in(visit, stack.everybody, acr="eidas1")
    assert len(visit.screens) == 1


def test_a_provider_that_gives_two_factors_is_asked_no_other(visit: Visit, stack: Stack) -> None:
    enter(visit, stack.everybody, *TWO_FACTORS, email="dominique.petit@exemples.gouv.fr")
    visit.press("Dominique Petit")
    expect_to_be_in(visit, stack.everybody, acr="eidas1-mfa")
    assert len(visit.screens) == 1


def test_a_provider_below_the_demand_is_completed_by_a_code_by_email(visit: Visit, stack: Stack) -> None:
    email = f"agent-{uuid4().hex[:8]}@essais.gouv.fr"
    enter(visit, stack.everybody, *TWO_FACTORS, email=email)
    visit.press("Se connecter")
    expect(visit.page.get_by_role("heading", level=1)).to_have_text("Saisissez le code reçu par e-mail")
    visit.type("Code reçu par e-mail", stack.wait_for_code(email))
    visit.press("Continuer")
    expect_to_be_in(visit, stack.everybody, acr="eidas1-mfa")
    assert len(visit.screens) == 2


def test_an_account_of_identite_without_a_factor_is_completed_by_a_code_by_email(
    visit: Visit, stack: Stack
) -> None:
    account = next(each for each in stack.told["accounts"] if not stack.mails(each["email"]))
    enter(visit, stack.everybody, *TWO_FACTORS, email=account["email"])
    visit.type_password(account["password"])
    visit.press("Se connecter")
    visit.type("Code reçu par e-mail", stack.wait_for_code(account["email"]))
    visit.press("Continuer")
    expect_to_be_in(visit, stack.everybody, acr="eidas0-mfa")
