"""Les pages du service, et les vues que la bibliothèque n’a pas."""

import json
from urllib.parse import urlencode

import fd
import jwt
import requests
from backend import TWO_FACTORS, ProConnectBackend
from django.conf import settings
from django.contrib import auth
from django.core.cache import cache
from django.core.exceptions import SuspiciousOperation
from django.http import HttpResponse, JsonResponse
from django.middleware.csrf import get_token
from django.utils.html import format_html
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST
from mozilla_django_oidc.views import OIDCAuthenticationCallbackView, OIDCAuthenticationRequestView

LOGOUT = "http://schemas.openid.net/event/backchannel-logout"
LONGEST_SESSION = 12 * 3600  # secondes


# La connexion


def home(request):
    if request.user.is_authenticated:
        return HttpResponse("Vous êtes connecté.")
    return HttpResponse('<a href="/connexion">Se connecter avec ProConnect</a>')


class SignIn(OIDCAuthenticationRequestView):
    def get_extra_params(self, request):
        """Exige deux facteurs : une seule de ces valeurs suffit."""
        demand = {"id_token": {"acr": {"essential": True, "values": TWO_FACTORS}, "amr": None}}
        return {"claims": json.dumps(demand)}


class Callback(OIDCAuthenticationCallbackView):
    def get(self, request):
        if request.GET.get("iss") != settings.PROCONNECT:  # RFC 9207
            return HttpResponse("Cette réponse ne vient pas de ProConnect.", status=400)
        return super().get(request)


def failure(request):
    return HttpResponse("Connexion refusée.", status=403)


class EndedSessions:
    """Intergiciel : une session que ProConnect a dite finie n’est plus ouverte ici."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        kept = request.session.get("proconnect")
        if kept and cache.get(f"fin:{kept['said']['sid']}"):
            auth.logout(request)
        return self.get_response(request)


class SessionEnded(Exception):
    """Le jeton d’accès ne vaut plus : la session a fini chez ProConnect."""


def signed_in(view):
    def guarded(request):
        try:
            if request.user.is_authenticated:
                return view(request, request.session["proconnect"])
        except SessionEnded:
            auth.logout(request)
        return HttpResponse("Vous n’êtes pas connecté.", status=401)

    return guarded


# Une fois connecté


@signed_in
def me(request, kept):
    person = read_userinfo(kept)
    page = (
        "<pre>{}</pre><form method=post action=/deconnexion>"
        '<input type=hidden name=csrfmiddlewaretoken value="{}"><button>Se déconnecter</button></form>'
    )
    told = {"acr": kept["said"]["acr"], "amr": kept["said"]["amr"], **person}
    return HttpResponse(format_html(page, json.dumps(told, ensure_ascii=False), get_token(request)))


def read_userinfo(kept) -> dict:
    """En JSON, ou dans un JWT signé si le service l’a voulu à son enregistrement."""
    answer = requests.get(
        settings.OIDC_OP_USER_ENDPOINT,
        headers={"Authorization": f"Bearer {kept['access_token']}"},
        timeout=settings.OIDC_TIMEOUT,
    )
    if answer.status_code == 401:
        raise SessionEnded
    answer.raise_for_status()
    is_signed = answer.headers["Content-Type"].startswith("application/jwt")
    person = ProConnectBackend().verify_token(answer.text) if is_signed else answer.json()
    return {"signe": is_signed, **person}


@signed_in
def refresh(request, kept):
    """Chaque jeton de rafraîchissement sert une fois : gardez celui qui revient."""
    backend = ProConnectBackend()
    renewed = backend.get_token({"grant_type": "refresh_token", "refresh_token": kept["refresh_token"]})
    said = backend.verified(renewed["id_token"], audience=settings.OIDC_RP_CLIENT_ID)
    if said["sub"] != kept["said"]["sub"]:
        return HttpResponse("Ce n’est plus la même personne.", status=403)
    request.session["proconnect"] = {**kept, **renewed}
    return JsonResponse({"tourne": renewed["refresh_token"] != kept["refresh_token"]})


@signed_in
def file_of_the_person(request, kept):
    """Chez vous, le FD est un autre serveur, à qui le service envoie le jeton d’accès."""
    told = fd.introspect(kept["access_token"])
    signed = fd.introspect_signed(kept["access_token"])
    return JsonResponse({"json": told, "signe": signed, "lisible": fd.may_read(told) and fd.may_read(signed)})


# La déconnexion


def logout_url(request) -> str:
    """OIDC_OP_LOGOUT_URL_METHOD : la bibliothèque ferme la session du service, puis envoie ici."""
    asked = {
        "id_token_hint": request.session["proconnect"]["id_token"],
        "post_logout_redirect_uri": f"{settings.URL}/deconnecte",
    }
    return f"{settings.METADATA['end_session_endpoint']}?{urlencode(asked)}"


def signed_out(request):
    return HttpResponse("Vous êtes déconnecté.")


@csrf_exempt  # ProConnect appelle, sans navigateur : seule la signature est crue
@require_POST
def back_channel_logout(request):
    try:
        said = ProConnectBackend().verified(
            request.POST.get("logout_token", ""), audience=settings.OIDC_RP_CLIENT_ID, typ="logout+jwt"
        )
        if said.get("events") != {LOGOUT: {}} or "nonce" in said or "exp" not in said:
            raise SuspiciousOperation("ce n’est pas un jeton de déconnexion")
        cache.set(f"fin:{said['sid']}", True, LONGEST_SESSION)
    except (jwt.PyJWTError, SuspiciousOperation, KeyError):
        return JsonResponse({"error": "invalid_request"}, status=400)
    return HttpResponse(headers={"Cache-Control": "no-store"})
