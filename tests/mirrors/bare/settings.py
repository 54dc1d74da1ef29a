"""Only what the library's documentation asks for: no subclass, no hook, endpoints written from the issuer."""

from pathlib import Path

from tests.mirrors import configuration

MIRROR = configuration.read()

SECRET_KEY = MIRROR["secret_key"]
ALLOWED_HOSTS = ["localhost", "127.0.0.1"]
ROOT_URLCONF = "tests.mirrors.bare.urls"
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": Path(MIRROR["state_dir"]) / f"bare-{MIRROR['port']}.sqlite3",
    }
}
INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "mozilla_django_oidc",
]
MIDDLEWARE = [
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [Path(__file__).parent / "templates"],
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
            ]
        },
    }
]
SESSION_COOKIE_NAME = f"bare-{MIRROR['port']}-session"
CSRF_COOKIE_NAME = f"bare-{MIRROR['port']}-csrf"

AUTHENTICATION_BACKENDS = ["mozilla_django_oidc.auth.OIDCAuthenticationBackend"]
OIDC_RP_CLIENT_ID = MIRROR["client_id"]
OIDC_RP_CLIENT_SECRET = MIRROR["client_secret"]
OIDC_RP_SCOPES = "openid email"
OIDC_RP_SIGN_ALGO = MIRROR.get("sign_algorithm", "RS256")
OIDC_OP_AUTHORIZATION_ENDPOINT = f"{MIRROR['issuer']}/authorize"
OIDC_OP_TOKEN_ENDPOINT = f"{MIRROR['issuer']}/token"
OIDC_OP_USER_ENDPOINT = f"{MIRROR['issuer']}/userinfo"
OIDC_OP_JWKS_ENDPOINT = f"{MIRROR['issuer']}/jwks"
OIDC_OP_LOGOUT_ENDPOINT = f"{MIRROR['issuer']}/session/end"
OIDC_OP_LOGOUT_URL_METHOD = "tests.mirrors.bare.urls.provider_logout"
OIDC_STORE_ID_TOKEN = True
LOGIN_REDIRECT_URL = LOGOUT_REDIRECT_URL = "/"
LOGIN_REDIRECT_URL_FAILURE = "/?refused=yes"
