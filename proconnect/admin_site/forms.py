"""What an operator types to come in."""

from typing import Any

from django import forms
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from identite.models import User
from proconnect.pages.forms import DsfrForm, OneTimeCodeField, PasswordField


class SignInForm(DsfrForm):
    email = forms.EmailField(
        label=_("Adresse e-mail professionnelle"),
        max_length=254,
        error_messages={
            "required": _("Saisissez votre adresse e-mail."),
            "invalid": _("Cette adresse est mal formée."),
        },
        widget=forms.EmailInput(
            attrs={"autocomplete": "username", "spellcheck": "false", "autocapitalize": "off"}
        ),
    )
    password = PasswordField()


class CodeForm(DsfrForm):
    autofocus = "code"
    code = OneTimeCodeField(label=_("Code à 6 chiffres"), help_text=_("Il change toutes les 30 secondes."))


class NewPasswordForm(DsfrForm):
    password = PasswordField(
        autocomplete="new-password",
        label=_("Choisissez un mot de passe"),
        help_text=_("12 caractères au moins. Une phrase est un bon mot de passe."),
    )

    def __init__(self, *args: Any, user: User, **options: Any) -> None:
        super().__init__(*args, **options)
        self.user = user

    def clean_password(self) -> str:
        password: str = self.cleaned_data["password"]
        validate_password(password, self.user)
        return password


WRONG_PASSWORD = ValidationError(_("Adresse e-mail ou mot de passe incorrect."))
WRONG_CODE = ValidationError(
    _("Ce code est incorrect ou a déjà servi. Attendez le suivant, puis saisissez-le.")
)
