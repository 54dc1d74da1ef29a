"""Settings of one demo FS; the same code serves several, each with its port, its title and its client."""

from pathlib import Path

from tests.mirrors import configuration

MIRROR = configuration.read()
DISCOVERY = configuration.discovered(MIRROR["issuer"])
HERE = Path(__file__).parent

SECRET_KEY = MIRROR["secret_key"]
DEBUG = False
ALLOWED_HOSTS = ["localhost", "127.0.0.1"]
ROOT_URLCONF = "tests.mirrors.service.urls"
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": Path(MIRROR["state_dir"]) / f"service-{MIRROR['port']}.sqlite3",
        "OPTIONS": {
            "timeout": 20,
            "transaction_mode": "IMMEDIATE",
            "init_command": "PRAGMA journal_mode=WAL",
        },
    }
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "mozilla_django_oidc",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [HERE / "templates", HERE.parent / "templates", HERE.parents[2] / "templates"],
        "OPTIONS": {"context_processors": ["tests.mirrors.service.views.site"]},
    }
]
LANGUAGE_CODE = "fr"
LANGUAGES = [("fr", "Français")]
TIME_ZONE = "Europe/Paris"

# Browsers share cookies between ports of one host: the names tell the sites apart.
SESSION_COOKIE_NAME = f"fs-{MIRROR['port']}-session"
CSRF_COOKIE_NAME = f"fs-{MIRROR['port']}-csrf"
SESSION_COOKIE_AGE = 12 * 3600
SECURE_REFERRER_POLICY = "same-origin"

AUTHENTICATION_BACKENDS = ["tests.mirrors.service.backend.ProConnectBackend"]
OIDC_RP_CLIENT_ID = MIRROR["client_id"]
OIDC_RP_CLIENT_SECRET = MIRROR["client_secret"]
OIDC_RP_SCOPES = MIRROR["scopes"]
OIDC_RP_SIGN_ALGO = MIRROR.get("sign_algorithm", "ES256")
OIDC_OP_AUTHORIZATION_ENDPOINT = DISCOVERY["authorization_endpoint"]
OIDC_OP_TOKEN_ENDPOINT = DISCOVERY["token_endpoint"]
OIDC_OP_USER_ENDPOINT = DISCOVERY["userinfo_endpoint"]
OIDC_OP_JWKS_ENDPOINT = DISCOVERY["jwks_uri"]
OIDC_USE_PKCE = True
OIDC_STATE_SIZE = OIDC_NONCE_SIZE = 43
OIDC_TIMEOUT = 10
OIDC_TOKEN_USE_BASIC_AUTH = MIRROR.get("client_authentication") == "client_secret_basic"
OIDC_AUTHENTICATION_CALLBACK_URL = "callback"
LOGIN_REDIRECT_URL = "/moi"
LOGIN_REDIRECT_URL_FAILURE = "/echec"
LOGOUT_REDIRECT_URL = "/"

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "handlers": {"console": {"class": "logging.StreamHandler"}},
    "root": {"handlers": ["console"], "level": "WARNING"},
}
