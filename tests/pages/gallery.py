"""Every component in every state, on pages that exist for these tests alone."""

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.template import engines
from django.urls import include, path
from django.views.decorators.http import require_POST

from proconnect.kernel.error_page import Refused
from proconnect.kernel.middleware import show
from proconnect.pages.errors import SiteError
from proconnect.pages.forms import DsfrForm, OneTimeCodeField, PasswordField
from proconnect.platform.errors import PlatformError

handler400 = "proconnect.pages.views.bad_request"
handler403 = "proconnect.pages.views.forbidden"
handler404 = "proconnect.pages.views.not_found"
handler500 = "proconnect.pages.views.server_error"


REFUSALS: dict[str, SiteError | PlatformError] = {
    each.name: each
    for catalogue in (SiteError, PlatformError)
    for each in catalogue
    if "{" not in each.value.text
}


class EveryField(DsfrForm):
    email = forms.EmailField(
        label="Email professionnel",
        help_text="Exemple : prenom.nom@ministere.gouv.fr",
        widget=forms.EmailInput(attrs={"autocomplete": "username webauthn"}),
    )
    phone = forms.CharField(label="Téléphone", required=False)
    code = OneTimeCodeField(help_text="10 chiffres, reçus par e-mail")
    password = PasswordField(help_text="12 caractères au moins")
    provider = forms.ChoiceField(
        label="Votre administration",
        widget=forms.RadioSelect,
        choices=[("interieur", "Ministère de l’Intérieur"), ("justice", "Ministère de la Justice")],
    )
    notices = forms.MultipleChoiceField(
        label="Vous prévenir",
        widget=forms.CheckboxSelectMultiple,
        choices=[("mail", "Par e-mail"), ("phone", "Par téléphone")],
    )
    department = forms.ChoiceField(label="Département", choices=[("", "Choisissez"), ("01", "Ain")])
    remember = forms.BooleanField(
        label="Se souvenir de mon adresse", help_text="Sur cet appareil seulement", required=False
    )
    certified = forms.BooleanField(label="Je certifie l’exactitude de ces informations")
    remark = forms.CharField(label="Remarque", widget=forms.Textarea(attrs={"rows": 3}), required=False)
    origin = forms.CharField(widget=forms.HiddenInput, initial="galerie")


class OneField(DsfrForm):
    autofocus = "email"
    email = forms.EmailField(label="Email professionnel")


COMPONENTS = """
{% extends "dsfr/page.html" %}{% load static %}
{% block title %}Galerie{% endblock title %}
{% block more_styles %}
  <link rel="stylesheet" href="{% static 'dsfr/dist/component/more/more.css' %}">
{% endblock more_styles %}
{% block content %}
  <h1>Galerie</h1>
  {% include "dsfr/error_summary.html" with form=form only %}
  {% include "dsfr/stepper.html" with step=2 steps=3 title="Votre mot de passe" next="Votre organisation" only %}
  {% include "dsfr/alert.html" with level="success" title="C’est fait" text="Le code est parti." role="status" only %}
  {% include "dsfr/alert.html" with level="info" text="Le code est parti." only %}
  {% include "dsfr/alert.html" with level="warning" title="Attention" text="Le code expire." only %}
  {% include "dsfr/alert.html" with level="error" text="Le code est faux." role="alert" only %}
  {% include "dsfr/notice.html" with level="warning" title="Travaux" text="Ce soir, de 20 h à 21 h." only %}
  {% include "dsfr/pictogram.html" with name="digital/mail-send" only %}
  <form method="post" novalidate>
    {% csrf_token %}
    {{ form }}
    {% include "dsfr/buttons.html" with label="Continuer" other_label="Annuler" other_href="/" only %}
    {% include "dsfr/button.html" with label="Renvoyer" tertiary=True name="again" value="1" only %}
  </form>
  {% include "dsfr/copy_box.html" with text="Code : Y000404" label="À transmettre" only %}
  {% include "dsfr/proconnect_button.html" with href="/" only %}
  <form method="post">
    {% csrf_token %}
    {% include "dsfr/proconnect_button.html" with about_href="/a-propos/" only %}
  </form>
{% endblock content %}
"""

SINGLE = """
{% extends "dsfr/page.html" %}
{% block title %}Se connecter à Démarches{% endblock title %}
{% block content %}
  <h1>Se connecter à Démarches</h1>
  {% include "dsfr/error_summary.html" with form=form only %}
  <form method="post" novalidate class="pc-narrow">
    {% csrf_token %}
    {% include "dsfr/field.html" with field=form.email only %}
    {% include "dsfr/buttons.html" with label="Continuer" only %}
  </form>
{% endblock content %}
"""


def _page(request: HttpRequest, template: str, kind: type[DsfrForm]) -> HttpResponse:
    form = kind(request.POST) if request.method == "POST" else kind()
    context: dict[str, Any] = {"form": form}
    return HttpResponse(engines["django"].from_string(template.strip()).render(context, request))


def components(request: HttpRequest) -> HttpResponse:
    return _page(request, COMPONENTS, EveryField)


def single(request: HttpRequest) -> HttpResponse:
    return _page(request, SINGLE, OneField)


def refused(request: HttpRequest, name: str) -> HttpResponse:
    return show(request, Refused(REFUSALS[name]))


@require_POST
def posted(request: HttpRequest) -> HttpResponse:
    return HttpResponse("posted")


def broken(request: HttpRequest) -> HttpResponse:
    raise ZeroDivisionError("secret detail")


urlpatterns = [
    path("", include("proconnect.pages.urls")),
    path("galerie/", components),
    path("seul/", single),
    path("refus/<str:name>/", refused),
    path("panne/", broken),
    path("envoi/", posted),
    path("api/v2/page/", single),
    path("api/v2/", include("federation.urls")),
]
