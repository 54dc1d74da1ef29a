"""Fields as the design system draws them."""

import pytest
from django import forms

from proconnect.pages.forms import DsfrForm, OneTimeCodeField, PasswordField


class Choosing(DsfrForm):
    who = forms.ChoiceField(label="Qui", widget=forms.RadioSelect, choices=[("a", "A"), ("b", "B")])


class Typing(DsfrForm):
    code = OneTimeCodeField()
    password = PasswordField(autocomplete="new-password")
    name = forms.CharField(label="Nom", help_text="Tel qu’au contrat", required=False)


@pytest.mark.parametrize(
    "typed", ["1234567890", "12 34 56 78 90", "1234-5678-90", " 123\u00a0456\u202f7890 "]
)
def test_spaces_and_dashes_of_a_code_are_dropped(typed: str) -> None:
    form = Typing({"code": typed, "password": "x"})
    assert form.is_valid()
    assert form.cleaned_data["code"] == "1234567890"


def test_a_code_made_of_dashes_alone_is_no_code() -> None:
    assert "code" in Typing({"code": " - ", "password": "x"}).errors


def test_a_code_is_one_field_that_phones_and_password_managers_know() -> None:
    html = str(Typing()["code"])
    assert 'inputmode="numeric"' in html
    assert 'autocomplete="one-time-code"' in html
    assert 'class="fr-input pc-code"' in html


def test_a_password_is_neither_trimmed_nor_shown_again() -> None:
    form = Typing({"code": "1", "password": "  secret  "})
    assert form.is_valid()
    assert form.cleaned_data["password"] == "  secret  "
    assert "secret" not in str(form)
    assert 'autocomplete="new-password"' in str(form["password"])


def test_an_optional_field_is_marked_and_its_hint_is_in_its_label() -> None:
    html = str(Typing())
    label = html[html.index('for="id_name"') :]
    assert "Nom (facultatif)" in label
    assert "Tel qu’au contrat" in label[: label.index("</label>")]


def test_a_group_without_answer_names_its_error_and_where_to_go() -> None:
    form = Choosing({})
    assert not form.is_valid()
    html = str(form)
    assert 'aria-labelledby="id_who_legend id_who_error"' in html
    assert form["who"].focus_id == "id_who_0"  # type: ignore[attr-defined]
    assert 'id="id_who_0"' in html
