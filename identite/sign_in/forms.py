"""What a person types at Identité. Forms say whether it is well formed, never whether it is accepted."""

import unicodedata
from collections.abc import Sequence
from typing import Any

from django import forms
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from identite.account.password_rules import LONGEST
from identite.models import User
from identite.sign_in.situation import Link
from proconnect.kernel.email_address import EmailAddress
from proconnect.pages.forms import DsfrForm, PasswordField


class EmailForm(DsfrForm):
    autofocus = "email"
    email = forms.CharField(
        label=_("Email professionnel"),
        help_text=_("Exemple : prenom.nom@votre-organisation.fr"),
        max_length=254,
        widget=forms.EmailInput(
            attrs={"autocomplete": "username", "autocapitalize": "none", "spellcheck": "false"}
        ),
        error_messages={"required": _("Saisissez votre adresse e-mail professionnelle.")},
    )

    def clean_email(self) -> str:
        try:
            return str(EmailAddress.parse(self.cleaned_data["email"]))
        except ValueError:
            raise ValidationError(
                _(
                    "Cette adresse n’est pas complète ou contient une erreur. Exemple : prenom.nom@votre-organisation.fr"
                )
            ) from None


class PasswordForm(DsfrForm):
    password = PasswordField(max_length=LONGEST)


def new_password_field() -> PasswordField:
    return PasswordField(
        autocomplete="new-password",
        label=_("Créer un mot de passe"),
        help_text=_(
            "12 caractères au moins, 15 de préférence. Sans votre nom, votre adresse e-mail ni le mot ProConnect. "
            "Une phrase convient très bien."
        ),
        max_length=LONGEST,
    )


class NewPasswordForm(DsfrForm):
    """``user``: whom the password must not be about."""

    password = new_password_field()

    def __init__(self, *args: Any, user: User, **options: Any) -> None:
        super().__init__(*args, **options)
        self.user = user

    def clean_password(self) -> str:
        password: str = self.cleaned_data["password"]
        validate_password(password, self.user)
        return password


class AccountForm(DsfrForm):
    """Only what is missing is asked."""

    given_name = forms.CharField(
        label=_("Prénom"),
        max_length=100,
        widget=forms.TextInput(attrs={"autocomplete": "given-name"}),
        error_messages={"required": _("Saisissez votre prénom.")},
    )
    usual_name = forms.CharField(
        label=_("Nom d’usage"),
        max_length=100,
        widget=forms.TextInput(attrs={"autocomplete": "family-name"}),
        error_messages={"required": _("Saisissez votre nom d’usage.")},
    )
    password = new_password_field()

    def __init__(self, *args: Any, user: User, **options: Any) -> None:
        super().__init__(*args, **options)
        self.user = user
        if user.given_name and user.usual_name:
            del self.fields["given_name"], self.fields["usual_name"]
        if user.has_usable_password():
            del self.fields["password"]

    def clean_given_name(self) -> str:
        return _as_a_name(self.cleaned_data["given_name"])

    def clean_usual_name(self) -> str:
        return _as_a_name(self.cleaned_data["usual_name"])

    def clean(self) -> dict[str, Any]:
        if password := self.cleaned_data.get("password"):
            try:
                validate_password(password, self._person())
            except ValidationError as refusal:
                self.add_error("password", refusal)
        return self.cleaned_data

    def _person(self) -> User:
        """The password must not be about the names typed beside it either."""
        return User(
            email=self.user.email,
            given_name=self.cleaned_data.get("given_name", self.user.given_name),
            usual_name=self.cleaned_data.get("usual_name", self.user.usual_name),
        )


class SearchForm(DsfrForm):
    q = forms.CharField(
        label=_("Numéro SIRET, nom ou code postal de votre organisation"),
        help_text=_("Le SIRET a 14 chiffres. Il figure sur vos bulletins de paie."),
        max_length=120,
        error_messages={"required": _("Saisissez un numéro SIRET, un nom ou un code postal.")},
    )


class ChoiceForm(DsfrForm):
    """The choice is checked against the person's own organisations, at display and again at submission."""

    siret = forms.ChoiceField(
        label=_("Pour quelle organisation vous connectez-vous ?"),
        widget=forms.RadioSelect,
        error_messages={
            "required": _("Choisissez votre organisation dans la liste."),
            "invalid_choice": _("Choisissez une des organisations de la liste."),
        },
    )

    def __init__(self, *args: Any, links: Sequence[Link], **options: Any) -> None:
        super().__init__(*args, **options)
        field = self.fields["siret"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [(link.siret, f"{link.label} (SIRET {link.siret})") for link in links]


def _as_a_name(typed: str) -> str:
    """As typed, but for needless spaces. Letters of any script, with the signs names are written with."""
    name = unicodedata.normalize("NFC", " ".join(typed.split()))
    letters = [each for each in name if unicodedata.category(each)[0] in "LM"]
    if not letters or set(name) - set(letters) - set(" '’-‑.·"):
        raise ValidationError(
            _("Un nom s’écrit avec des lettres, des espaces, des traits d’union et des apostrophes.")
        )
    return name
