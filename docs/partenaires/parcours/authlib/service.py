"""Un service (FS) complet : Django, Authlib, et ProConnect.

PROCONNECT=http://localhost:8000/api/v2 NOM=essai URL=http://localhost:9000 python service.py
"""

import json
import os
import secrets

import django
from django.conf import settings
from django.core.cache import cache
from django.core.management import execute_from_command_line
from django.http import HttpResponse, HttpResponseRedirect, JsonResponse
from django.middleware.csrf import get_token
from django.urls import path
from django.utils.html import format_html
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

URL = os.environ["URL"]

settings.configure(
    SECRET_KEY=secrets.token_urlsafe(50),
    ALLOWED_HOSTS=["localhost"],
    ROOT_URLCONF=__name__,
    INSTALLED_APPS=["django.contrib.sessions"],
    MIDDLEWARE=[
        "django.contrib.sessions.middleware.SessionMiddleware",
        "django.middleware.csrf.CsrfViewMiddleware",
    ],
    SESSION_ENGINE="django.contrib.sessions.backends.cache",  # en production : un cache partagé
    SESSION_COOKIE_NAME="essai-session",
    SESSION_COOKIE_AGE=12 * 3600,  # pas plus que la session de ProConnect
    CSRF_COOKIE_NAME="essai-csrf",
)
django.setup()

import fd  # noqa: E402
from authlib.integrations.base_client import OAuthError  # noqa: E402
from authlib.integrations.django_client import OAuth  # noqa: E402
from commun import (  # noqa: E402
    ISSUER,
    METADATA_URL,
    NAME,
    ClientAssertion,
    metadata,
    private_key,
    verified,
)
from joserfc.errors import JoseError  # noqa: E402

CLIENT_ID = f"{NAME}-fs"
TWO_FACTORS = ["eidas0-mfa", "eidas1-mfa", "eidas2", "eidas3"]
LOGOUT = "http://schemas.openid.net/event/backchannel-logout"
LONGEST_SESSION = 12 * 3600  # secondes

proconnect = OAuth().register(
    "proconnect",
    client_id=CLIENT_ID,
    client_secret=private_key(CLIENT_ID),
    server_metadata_url=METADATA_URL,
    client_auth_methods=[ClientAssertion()],
    client_kwargs={
        "scope": f"openid given_name usual_name email siret {NAME}:lire",
        "code_challenge_method": "S256",
        "token_endpoint_auth_method": "private_key_jwt",
    },
)


# La connexion


def home(request):
    if open_session(request):
        return HttpResponse("Vous êtes connecté.")
    return HttpResponse('<a href="/connexion">Se connecter avec ProConnect</a>')


def sign_in(request):
    """Exige deux facteurs : une seule de ces valeurs suffit."""
    demand = {"id_token": {"acr": {"essential": True, "values": TWO_FACTORS}, "amr": None}}
    return proconnect.authorize_redirect(request, f"{URL}/callback", claims=json.dumps(demand))


def callback(request):
    if request.GET.get("iss") != ISSUER:  # RFC 9207
        return HttpResponse("Cette réponse ne vient pas de ProConnect.", status=400)
    try:
        token = proconnect.authorize_access_token(
            request,
            claims_options={
                "iss": {"essential": True, "value": ISSUER},
                "aud": {"essential": True, "value": CLIENT_ID},
            },
        )
    except OAuthError as refused:
        return HttpResponse(format_html("Connexion refusée : {}", refused.error), status=403)
    said = token["userinfo"]  # Authlib nomme ainsi ce que dit l’ID token
    if said["acr"] not in TWO_FACTORS:
        return HttpResponse("Deux facteurs sont nécessaires.", status=403)
    request.session.cycle_key()
    request.session["token"] = token
    return HttpResponseRedirect("/moi")


def open_session(request):
    """Les jetons d’une session que ProConnect n’a pas dite finie, ou None."""
    token = request.session.get("token")
    return None if token is None or cache.get(f"fin:{token['userinfo']['sid']}") else token


class SessionEnded(Exception):
    """Le jeton d’accès ne vaut plus : la session a fini chez ProConnect."""


def signed_in(view):
    def guarded(request):
        try:
            if token := open_session(request):
                return view(request, token)
        except SessionEnded:
            pass
        request.session.flush()
        return HttpResponse("Vous n’êtes pas connecté.", status=401)

    return guarded


# Une fois connecté


@signed_in
def me(request, token):
    person = read_userinfo(token)
    page = (
        "<pre>{}</pre><form method=post action=/deconnexion>"
        '<input type=hidden name=csrfmiddlewaretoken value="{}"><button>Se déconnecter</button></form>'
    )
    told = {"acr": token["userinfo"]["acr"], "amr": token["userinfo"]["amr"], **person}
    return HttpResponse(format_html(page, json.dumps(told, ensure_ascii=False), get_token(request)))


def read_userinfo(token) -> dict:
    """En JSON, ou dans un JWT signé si le service l’a voulu à son enregistrement."""
    answer = proconnect.get(metadata()["userinfo_endpoint"], token=token)
    if answer.status_code == 401:
        raise SessionEnded
    answer.raise_for_status()
    is_signed = answer.headers["Content-Type"].startswith("application/jwt")
    person = verified(answer.text, CLIENT_ID) if is_signed else answer.json()
    if person["sub"] != token["userinfo"]["sub"]:
        raise ValueError("userinfo parle de quelqu’un d’autre")
    return {"signe": is_signed, **person}


@signed_in
def refresh(request, token):
    """Chaque jeton de rafraîchissement sert une fois : gardez celui qui revient."""
    renewed = proconnect.fetch_access_token(grant_type="refresh_token", refresh_token=token["refresh_token"])
    said = verified(renewed["id_token"], CLIENT_ID)
    if said["sub"] != token["userinfo"]["sub"]:
        return HttpResponse("Ce n’est plus la même personne.", status=403)
    request.session["token"] = {**token, **renewed}
    return JsonResponse({"tourne": renewed["refresh_token"] != token["refresh_token"]})


@signed_in
def file_of_the_person(request, token):
    """Chez vous, le FD est un autre serveur, à qui le service envoie le jeton d’accès."""
    told = fd.introspect(token["access_token"])
    signed = fd.introspect_signed(token["access_token"])
    return JsonResponse({"json": told, "signe": signed, "lisible": fd.may_read(told) and fd.may_read(signed)})


# La déconnexion


@require_POST
@signed_in
def sign_out(request, token):
    request.session.flush()
    return proconnect.logout_redirect(
        request, post_logout_redirect_uri=f"{URL}/deconnecte", id_token_hint=token["id_token"]
    )


def signed_out(request):
    proconnect.validate_logout_response(request)
    return HttpResponse("Vous êtes déconnecté.")


@csrf_exempt  # ProConnect appelle, sans navigateur : seule la signature est crue
@require_POST
def back_channel_logout(request):
    try:
        said = verified(request.POST.get("logout_token", ""), CLIENT_ID, typ="logout+jwt")
        if said.get("events") != {LOGOUT: {}} or "nonce" in said or "exp" not in said:
            raise ValueError("ce n’est pas un jeton de déconnexion")
        cache.set(f"fin:{said['sid']}", True, LONGEST_SESSION)
    except (JoseError, ValueError, KeyError):
        return JsonResponse({"error": "invalid_request"}, status=400)
    return HttpResponse(headers={"Cache-Control": "no-store"})


urlpatterns = [
    path("", home),
    path("connexion", sign_in),
    path("callback", callback),
    path("moi", me),
    path("rafraichir", refresh),
    path("dossier", file_of_the_person),
    path("deconnexion", sign_out),
    path("deconnecte", signed_out),
    path("canal-arriere", back_channel_logout),
]

if __name__ == "__main__":
    port = URL.rpartition(":")[2]
    execute_from_command_line(["service.py", "runserver", "--noreload", port])
