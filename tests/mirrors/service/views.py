"""Pages of the demo FS: before signing in, the claims received, after signing out."""

import json
import logging
import secrets
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

import requests
from django.core.exceptions import SuspiciousOperation
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET
from mozilla_django_oidc.views import (
    OIDCAuthenticationCallbackView,
    OIDCAuthenticationRequestView,
    OIDCLogoutView,
)

from tests.mirrors.service.settings import DISCOVERY, MIRROR, OIDC_RP_CLIENT_ID, OIDC_RP_SCOPES

logger = logging.getLogger(__name__)

TWO_FACTORS = ["eidas0-mfa", "eidas1-mfa", "eidas2", "eidas3"]
DIRIGEANT = "https://proconnect.gouv.fr/assurance/certification-dirigeant"


def _demand(*values: str) -> str:
    return json.dumps({"id_token": {"acr": {"essential": True, "values": values}, "amr": None}})


# What a tester tries most, in one click: a label and the parameters it adds.
PRESETS: tuple[tuple[str, dict[str, str]], ...] = (
    ("Exiger deux facteurs", {"claims": _demand(*TWO_FACTORS)}),
    ("Exiger eidas2 au moins", {"claims": _demand("eidas2", "eidas3")}),
    ("Exiger la certification dirigeant", {"claims": _demand(DIRIGEANT)}),
    ("Sans aucune page", {"prompt": "none"}),
    ("Se connecter de nouveau", {"prompt": "login"}),
)
PARAMETERS = {
    "scope": "Informations demandées",
    "claims": "Demande détaillée, en JSON",
    "acr_values": "Niveaux souhaités, sans exigence",
    "prompt": "none, login, consent ou select_account",
    "max_age": "Âge de la session, en secondes",
    "login_hint": "Adresse électronique de la personne",
    "idp_hint": "Identifiant du fournisseur d’identité",
    "siret_hint": "SIRET de l’organisation",
    "ui_locales": "Langues, par exemple : fr en",
}
# Chosen by the library for each departure: a form that set them would break the checks of the return.
RESERVED = {
    "client_id",
    "redirect_uri",
    "response_type",
    "state",
    "nonce",
    "code_challenge",
    "code_challenge_method",
}


def site(request: HttpRequest) -> dict[str, Any]:
    return {"site": MIRROR["title"], "audience": MIRROR["audience"]}


@require_GET
def home(request: HttpRequest) -> HttpResponse:
    if request.user.is_authenticated:
        return redirect("me")
    return render(request, "service/home.html")


@require_GET
def parameters(request: HttpRequest) -> HttpResponse:
    fields = [
        {"name": name, "help": help_text, "value": OIDC_RP_SCOPES if name == "scope" else ""}
        for name, help_text in PARAMETERS.items()
    ]
    presets = [{"label": label, "query": urlencode(added)} for label, added in PRESETS]
    return render(request, "service/parameters.html", {"fields": fields, "presets": presets})


class SignIn(OIDCAuthenticationRequestView):
    def get_extra_params(self, request: HttpRequest) -> dict[str, str]:
        asked = {**request.GET.dict(), **dict(_lines(request.GET.get("others", "")))}
        return {
            name: value
            for name, value in asked.items()
            if value and name not in RESERVED | {"others", "next"}
        }


def _lines(text: str) -> Iterator[tuple[str, str]]:
    """One ``name=value`` a line."""
    for line in text.splitlines():
        name, equals, value = line.partition("=")
        if equals:
            yield name.strip(), value.strip()


class Callback(OIDCAuthenticationCallbackView):
    def get(self, request: HttpRequest) -> HttpResponse:
        """Every return, errors included, must carry a state we sent and the issuer we asked (RFC 9207)."""
        if request.GET.get("state") not in request.session.get("oidc_states", {}):
            return _failed(
                request, "state_unknown", "La réponse ne correspond à aucune demande de ce navigateur."
            )
        if request.GET.get("iss", DISCOVERY["issuer"]) != DISCOVERY["issuer"]:
            return _failed(request, "issuer_unknown", "La réponse ne vient pas de ProConnect.")
        if "error" in request.GET:
            del request.session["oidc_states"][request.GET["state"]]
            request.session.modified = True
            return _failed(request, request.GET["error"], request.GET.get("error_description", ""))
        try:
            response: HttpResponse = super().get(request)
        except SuspiciousOperation as refused:
            return _failed(request, "answer_refused", str(refused))
        except requests.RequestException as unreachable:
            logger.warning("exchange failed: %s", unreachable)
            return _failed(request, "exchange_failed", "ProConnect n’a pas accepté l’échange du code.")
        return response

    def login_success(self) -> HttpResponse:
        response: HttpResponse = super().login_success()
        self.request.session["answer"] = self.request.oidc_answer
        return response


def _failed(request: HttpRequest, error: str, description: str) -> HttpResponse:
    return render(request, "service/error.html", {"error": error, "description": description}, status=400)


@require_GET
def failure(request: HttpRequest) -> HttpResponse:
    return _failed(request, "identity_refused", "L’identité reçue n’a pas été acceptée par ce service.")


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    return _failed(request, "bad_request", "La demande est mal formée.")


@require_GET
def me(request: HttpRequest) -> HttpResponse:
    answer = request.session.get("answer")
    if not request.user.is_authenticated or answer is None:
        return redirect("home")
    userinfo, id_token = answer["userinfo"], answer["id_token_claims"]
    context = {
        "name": " ".join(filter(None, (userinfo.get("given_name"), userinfo.get("usual_name"))))
        or userinfo["sub"],
        "claims": [{"name": name, "value": _readable(value)} for name, value in sorted(userinfo.items())],
        "id_token_claims": json.dumps(id_token, indent=2, ensure_ascii=False),
        "acr": id_token.get("acr"),
    }
    return render(request, "service/me.html", context)


def _readable(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


class SignOut(OIDCLogoutView):
    """RP-Initiated Logout 1.0: leaves by the end_session endpoint, with a state checked on return."""

    http_method_names = ("post",)

    def post(self, request: HttpRequest) -> HttpResponse:
        hint = request.session.get("answer", {}).get("id_token")
        super().post(request)
        state = request.session["logout_state"] = secrets.token_urlsafe(32)
        asked = {
            "client_id": OIDC_RP_CLIENT_ID,
            "post_logout_redirect_uri": request.build_absolute_uri(reverse("signed-out")),
            "state": state,
        }
        if hint:
            asked["id_token_hint"] = hint
        return redirect(f"{DISCOVERY['end_session_endpoint']}?{urlencode(asked)}")


@require_GET
def signed_out(request: HttpRequest) -> HttpResponse:
    expected = request.session.pop("logout_state", None)
    if expected is None or request.GET.get("state") != expected:
        return _failed(request, "state_unknown", "Le retour de déconnexion ne correspond à aucune demande.")
    return render(request, "service/signed_out.html")
