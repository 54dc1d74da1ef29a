"""How passwords are chosen, kept and tried."""

import unicodedata
from datetime import timedelta

import pytest
from django.contrib.auth.hashers import check_password, make_password
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError

from identite.account.hashers import Argon2id
from identite.account.password_rules import LONGEST
from identite.models import User
from proconnect.settings import base
from tests.factories.identite import PASSWORD, SOFTWARE_COMPANY, user
from tests.identite.visitor import COMPLETED, Visitor, time_passes


def person() -> User:
    return User(email="jean.dupont@menuiserie-bonbois.example", given_name="Jean", usual_name="Dupont")


@pytest.mark.parametrize(
    ("password", "reason"),
    [
        ("onzelettres", "trop court"),
        ("é" * 11, "trop court"),
        ("e\u0301" * 11, "trop court"),
        ("aaaaaaaaaaaa", "trop courant"),
        ("121212121212", "trop courant"),
        ("123456789012", "trop courant"),
        ("azertyuiopaz", "trop courant"),
        ("1234password1234", "trop courant"),
        ("Football!!!!2024", "trop courant"),
        ("jean.dupont1234", "jean.dupont"),
        ("DUPONT habite ici", "dupont"),
        ("menuiserie-bonbois!", "menuiserie-bonbois"),
        ("ProConnect-2026!", "proconnect"),
        ("Agent Connect 2026", "agentconnect"),
        ("Mot de Passe 75007", "motdepasse"),
    ],
)
def test_s095_s096_a_weak_password_is_refused_with_its_reason(password, reason):
    with pytest.raises(ValidationError) as refused:
        validate_password(password, person())
    assert reason in " ".join(refused.value.messages)


@pytest.mark.parametrize(
    "password",
    [
        PASSWORD,
        "douze lettre",
        "correct horse battery staple",
        "x9" + "Zk4!q7_Lm2" * 12,
        "les pâtés en croûte",
        "🦊🦉🦋 vont à la mer",
        "  espaces autour  ",
    ],
)
def test_s095_s097_no_class_is_required_and_any_character_serves(password):
    validate_password(password, person())
    assert check_password(password, make_password(password))


def test_s097_a_password_is_the_same_however_its_accents_were_composed():
    kept = make_password(unicodedata.normalize("NFC", "mangé à l’été"))
    assert check_password(unicodedata.normalize("NFD", "mangé à l’été"), kept)
    assert not check_password("mange a l’ete", kept)


def test_s097_no_character_is_dropped():
    long = "é" * 127
    assert not check_password(f"{long}b", make_password(f"{long}a"))
    assert LONGEST >= 128


def test_s098_argon2id_with_its_costs_and_a_long_salt(monkeypatch):
    """The costs of production: those of the test settings are lower, to be quick."""
    monkeypatch.setattr(Argon2id, "memory_cost", base.ARGON2ID_KIBIBYTES)
    monkeypatch.setattr(Argon2id, "time_cost", base.ARGON2ID_PASSES)
    kept = make_password(PASSWORD)
    algorithm, rest = kept.split("$", 1)
    assert algorithm == "argon2id"
    assert rest.startswith("argon2id$v=19$m=19456,t=2,p=1$")
    assert Argon2id().decode(kept)["salt"]
    assert len(Argon2id().salt()) * 5.95 >= 128, "bits, at 62 characters"


@pytest.mark.django_db
def test_s098_a_hash_of_another_cost_is_renewed_at_the_next_sign_in(monkeypatch):
    monkeypatch.setattr(Argon2id, "time_cost", Argon2id.time_cost + 1)
    someone = user(email="camille@logiciels-ponant.example", sirets=(SOFTWARE_COMPANY,))
    assert "t=2" in someone.password
    monkeypatch.undo()
    visitor = Visitor(login_hint=someone.email)
    visitor.signs_in()
    someone.refresh_from_db()
    assert "t=1" in someone.password
    assert visitor.is_back


@pytest.mark.django_db
def test_s097_a_password_keeps_its_spaces_from_the_form_to_the_hash():
    visitor = Visitor()
    visitor.post("code", code=visitor.asks_for_a_code())
    visitor.post("account", **(COMPLETED | {"password": "  espaces autour  "}))
    kept = User.objects.get()
    assert kept.check_password("  espaces autour  ")
    assert not kept.check_password("espaces autour")


@pytest.mark.django_db
def test_s095_the_form_applies_the_rules_with_the_names_typed_beside():
    visitor = Visitor()
    visitor.post("code", code=visitor.asks_for_a_code())
    visitor.post("account", given_name="Nora", usual_name="Béranger", password="la famille beranger")
    assert visitor.response.status_code == 400
    assert "contient « Béranger »" in visitor.text
    assert not User.objects.get().has_usable_password()


@pytest.mark.django_db
def test_ten_wrong_passwords_close_the_address_for_a_while_even_to_the_right_one():
    someone = user(email="camille@logiciels-ponant.example", sirets=(SOFTWARE_COMPANY,))
    visitor = Visitor(login_hint=someone.email)
    for _ in range(10):
        visitor.signs_in("pas le bon mot de passe")
    visitor.signs_in()
    assert visitor.response.status_code == 429
    assert "Patientez 5 minutes" in visitor.text
    time_passes(timedelta(minutes=5, seconds=1))
    visitor.signs_in()
    assert visitor.is_back


@pytest.mark.django_db
def test_right_passwords_are_not_counted():
    someone = user(email="camille@logiciels-ponant.example", sirets=(SOFTWARE_COMPANY,))
    for _ in range(11):
        visitor = Visitor(login_hint=someone.email)
        visitor.signs_in()
        assert visitor.is_back


@pytest.mark.django_db
def test_one_network_that_tries_many_addresses_is_stopped():
    for number in range(60):
        Visitor(login_hint=f"personne-{number}@exemple.fr").signs_in("x")
    last = Visitor(login_hint="encore@exemple.fr")
    last.signs_in("x")
    assert last.response.status_code == 429
