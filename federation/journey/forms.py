from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from federation.registry.records import ProviderRecord
from proconnect.kernel.email_address import EmailAddress
from proconnect.pages.forms import DsfrForm


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
    remember_me = forms.BooleanField(
        label=_("Se souvenir de mon adresse"),
        help_text=_("Ne cochez pas cette case sur un ordinateur partagé."),
        required=False,
    )

    def clean_email(self) -> str:
        try:
            return str(EmailAddress.parse(self.cleaned_data["email"]))
        except ValueError:
            raise forms.ValidationError(
                _(
                    "Cette adresse n’est pas complète ou contient une erreur. Exemple : prenom.nom@votre-organisation.fr"
                )
            ) from None


class ProviderForm(DsfrForm):
    """The choice is checked against the FI offered for the address, at display and again at submission (S-086)."""

    provider = forms.ChoiceField(
        label=_("Avec quel compte voulez-vous vous connecter ?"),
        widget=forms.RadioSelect,
        error_messages={"required": _("Choisissez votre moyen de connexion dans la liste.")},
    )

    def __init__(self, *args: Any, offered: Sequence[ProviderRecord], **options: Any) -> None:
        super().__init__(*args, **options)
        field = self.fields["provider"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [
            (str(provider.uid), _("Autre (ProConnect Identité)") if provider.is_local else provider.title)
            for provider in offered
        ]
