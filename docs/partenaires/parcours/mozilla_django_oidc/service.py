"""Un service (FS) complet : Django, mozilla-django-oidc, et ProConnect.

PROCONNECT=http://localhost:8000/api/v2 NOM=essai URL=http://localhost:9000 python service.py
"""

import os
import secrets

import django
import requests
from django.conf import settings
from django.core.management import call_command
from django.urls import path

PROCONNECT, NAME, URL = os.environ["PROCONNECT"], os.environ["NOM"], os.environ["URL"]
answer = requests.get(f"{PROCONNECT}/.well-known/openid-configuration", timeout=10)
answer.raise_for_status()
METADATA = answer.json()  # la bibliothèque ne lit pas la découverte : nous lui donnons les adresses

settings.configure(
    SECRET_KEY=secrets.token_urlsafe(50),
    ALLOWED_HOSTS=["localhost"],
    ROOT_URLCONF=__name__,
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": f"{NAME}.sqlite3"}},
    DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
    INSTALLED_APPS=[
        "django.contrib.auth",
        "django.contrib.contenttypes",
        "django.contrib.sessions",
        "mozilla_django_oidc",
    ],
    MIDDLEWARE=[
        "django.contrib.sessions.middleware.SessionMiddleware",
        "django.middleware.csrf.CsrfViewMiddleware",
        "django.contrib.auth.middleware.AuthenticationMiddleware",
        "views.EndedSessions",
    ],
    SESSION_COOKIE_NAME="essai-session",
    SESSION_COOKIE_AGE=12 * 3600,  # pas plus que la session de ProConnect
    CSRF_COOKIE_NAME="essai-csrf",
    # mozilla-django-oidc
    AUTHENTICATION_BACKENDS=["backend.ProConnectBackend"],
    OIDC_OP_AUTHORIZATION_ENDPOINT=METADATA["authorization_endpoint"],
    OIDC_OP_TOKEN_ENDPOINT=METADATA["token_endpoint"],
    OIDC_OP_USER_ENDPOINT=METADATA["userinfo_endpoint"],
    OIDC_OP_JWKS_ENDPOINT=METADATA["jwks_uri"],
    OIDC_OP_LOGOUT_URL_METHOD="views.logout_url",
    OIDC_RP_CLIENT_ID=f"{NAME}-fs",
    OIDC_RP_CLIENT_SECRET="",  # jamais envoyé : notre get_token signe à la place
    OIDC_RP_SIGN_ALGO="ES256",
    OIDC_RP_SCOPES=f"openid given_name usual_name email siret {NAME}:lire",
    OIDC_USE_PKCE=True,
    OIDC_STATE_SIZE=43,
    OIDC_NONCE_SIZE=43,
    OIDC_TIMEOUT=10,
    OIDC_AUTHENTICATION_CALLBACK_URL="callback",
    LOGIN_REDIRECT_URL="/moi",
    LOGIN_REDIRECT_URL_FAILURE="/echec",
    LOGOUT_REDIRECT_URL="/",  # la bibliothèque l’exige, même avec OIDC_OP_LOGOUT_URL_METHOD
    # Les nôtres
    PROCONNECT=PROCONNECT,
    METADATA=METADATA,
    URL=URL,
    FD_CLIENT_ID=f"{NAME}-fd",
    FD_SCOPE=f"{NAME}:lire",
)
django.setup()

import views  # noqa: E402
from mozilla_django_oidc.views import OIDCLogoutView  # noqa: E402

urlpatterns = [
    path("", views.home),
    path("connexion", views.SignIn.as_view()),
    path("callback", views.Callback.as_view(), name="callback"),
    path("echec", views.failure),
    path("moi", views.me),
    path("rafraichir", views.refresh),
    path("dossier", views.file_of_the_person),
    path("deconnexion", OIDCLogoutView.as_view()),
    path("deconnecte", views.signed_out),
    path("canal-arriere", views.back_channel_logout),
]

if __name__ == "__main__":
    call_command("migrate", verbosity=0)
    call_command("runserver", URL.rpartition(":")[2], use_reloader=False)
