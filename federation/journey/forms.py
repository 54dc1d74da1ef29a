from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from django import forms
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.timezone import localtime
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from federation.registry.records import Outage, ProviderRecord
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


class GivenEmailForm(EmailForm):
    """Under a notice, which is to be read first."""

    autofocus = ""


class ProviderForm(DsfrForm):
    """The choice is checked against the FI offered for the address, at display and again at submission (S-086)."""

    provider = forms.ChoiceField(
        label=_("Avec quel compte voulez-vous vous connecter ?"),
        widget=forms.RadioSelect,
        error_messages={"required": _("Choisissez votre moyen de connexion dans la liste.")},
    )

    def __init__(
        self,
        *args: Any,
        offered: Sequence[ProviderRecord],
        outages: Mapping[UUID, Outage],
        default: UUID | None,
        **options: Any,
    ) -> None:
        super().__init__(*args, **options)
        field = self.fields["provider"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [
            (
                str(provider.uid),
                _choice(provider, outages.get(provider.uid), is_default=provider.uid == default),
            )
            for provider in offered
        ]


def _choice(provider: ProviderRecord, outage: Outage | None, *, is_default: bool) -> str:
    name = gettext("Autre ({provider})").format(provider=provider.title) if is_default else provider.title
    told = f"{notice_title(outage)} : {outage.message}" if outage else ""
    hint = told or (gettext("Si aucun des choix précédents n’est le vôtre.") if is_default else "")
    return format_html('{} <span class="fr-hint-text">{}</span>', name, hint) if hint else name


def notice_title(outage: Outage) -> str:
    """With its dates, in the site's time."""
    begins, ends = (date_format(localtime(at), "j F à H:i") for at in (outage.starts_at, outage.ends_at))
    return gettext("Interruption prévue du {begins} au {ends}").format(begins=begins, ends=ends)
