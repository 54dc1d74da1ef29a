"""Django's settings, and who implements which contract. What a deployment varies is in ``ENV``."""

from datetime import timedelta
from pathlib import Path
from urllib.parse import unquote, urlsplit

from psycopg.conninfo import conninfo_to_dict

from proconnect.settings import env

ENV = env.read_process()
ROOT = Path(__file__).resolve().parents[2]

SECRET_KEY = ENV.secret_key
DEBUG = ENV.debug
ALLOWED_HOSTS = list(ENV.allowed_hosts)
ROOT_URLCONF = "proconnect.urls"
WSGI_APPLICATION = "proconnect.wsgi.application"
# What a server asks before Django's handler, the last one first.
WSGI_FRONTS = ["federation.journey.front.AuthorizeFront", "federation.op.front.ShortWay"]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

INSTALLED_APPS = [
    "proconnect.platform",
    "proconnect.observability",
    "proconnect.pages",
    "federation",
    "identite",
    "oauth2_provider",
    "django_otp",
    "proconnect.admin_site.AdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.postgres",
    "django.contrib.staticfiles",
]

MIDDLEWARE = [
    "proconnect.observability.middleware.RequestTraceMiddleware",
    "proconnect.platform.headers.SecurityHeadersMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "proconnect.platform.headers.RequestLimitsMiddleware",
    "proconnect.platform.availability.AvailabilityMiddleware",
    "proconnect.kernel.middleware.RefusalMiddleware",
    "federation.op.front.ProtocolFront",
    "proconnect.platform.sessions.AreaSessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "proconnect.pages.middleware.WrongMethodMiddleware",
    "proconnect.platform.csrf.AreaCsrfCookieMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django_otp.middleware.OTPMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [ROOT / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "proconnect.pages.context.site",
            ]
        },
    }
]
FORM_RENDERER = "django.forms.renderers.DjangoTemplates"


# Database: PostgreSQL only. The pool keeps connections open between requests (CONN_MAX_AGE must then stay 0).


def _database() -> dict[str, object]:
    """With a pool, a request borrows a connection; without, each thread keeps its own."""
    parts = conninfo_to_dict(ENV.database_url)
    limits = int(ENV.statement_timeout.total_seconds() * 1000)
    return {
        "ENGINE": "proconnect.platform.postgresql",
        "NAME": parts.get("dbname"),
        "USER": parts.get("user", ""),
        "PASSWORD": parts.get("password", ""),
        "HOST": parts.get("host", ""),
        "PORT": parts.get("port", ""),
        "CONN_MAX_AGE": 0 if ENV.database_pool_size else None,
        "OPTIONS": {
            "options": f"-c statement_timeout={limits} -c lock_timeout=1000",
            "connect_timeout": 2,
            "pool": _pool() if ENV.database_pool_size else False,
        },
    }


def _pool() -> dict[str, int]:
    """One second for a free connection, then 503. One second of retries, or psycopg waits ever longer between its
    attempts and a database that is back stays unused for as long as it was away."""
    return {"min_size": 1, "max_size": ENV.database_pool_size, "timeout": 1, "reconnect_timeout": 1}


DATABASES = {"default": _database()}


# Stores: a URL each; PostgreSQL when none is given.


def _cache(url: str) -> dict[str, object]:
    if not url:
        return {"BACKEND": "django.core.cache.backends.db.DatabaseCache", "LOCATION": "platform_cache"}
    return {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": url,
        "OPTIONS": {"socket_timeout": 0.3, "socket_connect_timeout": 0.3},
    }


CACHES = {"default": _cache(ENV.cache_url)}

SESSION_ENGINE = "proconnect.platform.session_redis" if ENV.sessions_url else "proconnect.platform.session_db"
SESSION_COOKIE_AGE = int(timedelta(hours=12).total_seconds())
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = ENV.is_https


def cookie_name(name: str) -> str:
    """Browsers share cookies between ports: over plain http (demo, tests) each site has its own names."""
    return f"__Host-{name}" if ENV.is_https else f"{name}-{urlsplit(ENV.site_url).port or 80}"


SESSION_COOKIE_NAME = cookie_name("session")
IDENTITE_SESSION_COOKIE_NAME = cookie_name("identite")
ADMIN_SESSION_COOKIE_NAME = cookie_name("admin")
JOURNEY_COOKIE_NAME = cookie_name("journey")
SIGN_OUT_COOKIE_NAME = cookie_name("sign-out")
PASSAGES_COOKIE_NAME = cookie_name("passages")
SIGN_IN_COOKIE_NAME = cookie_name("sign-in")
REMEMBERED_EMAIL_COOKIE_NAME = cookie_name("email")
CSRF_COOKIE_NAME = cookie_name("csrf")
IDENTITE_CSRF_COOKIE_NAME = cookie_name("identite-csrf")
ADMIN_CSRF_COOKIE_NAME = cookie_name("admin-csrf")
CSRF_COOKIE_HTTPONLY = True
CSRF_COOKIE_SECURE = ENV.is_https
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_AGE = None
CSRF_FAILURE_VIEW = "proconnect.pages.views.form_expired"
CSRF_TRUSTED_ORIGINS = [ENV.site_url]
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"

DATA_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024  # S-174
DATA_UPLOAD_MAX_NUMBER_FIELDS = 100
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if ENV.trusted_proxy_count else None
X_FRAME_OPTIONS = "DENY"


# People


AUTH_USER_MODEL = "identite.User"
AUTHENTICATION_BACKENDS = ["django.contrib.auth.backends.ModelBackend"]
PASSWORD_HASHERS = [
    "identite.account.hashers.Argon2id",
    "federation.registry.client_secrets.KeyedHmacHasher",  # generated 256-bit FS secrets, never a human password
]
ARGON2ID_KIBIBYTES, ARGON2ID_PASSES, ARGON2ID_LANES = 19456, 2, 1  # OWASP; 21 ms of CPU
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "identite.account.password_rules.LongEnough"},
    {"NAME": "identite.account.password_rules.NotCommon"},
    {"NAME": "identite.account.password_rules.NotAboutThePerson"},
]
LOGIN_URL = "/admin/login/"


# Who implements which contract


LOCAL_PROVIDERS = {ENV.default_provider: "identite.provider.Identite"} if ENV.default_provider else {}
ORGANIZATION_DIRECTORY = (
    "identite.organizations.directory.Directory" if ENV.network == env.Network.INTERNET else None
)
ESTABLISHMENT_SOURCE = "identite.connectors.establishments.NotConnected"  # where that directory reads


# django-oauth-toolkit: the client registry (Client extends its application). Its endpoints are not mounted.


OAUTH2_PROVIDER_APPLICATION_MODEL = "federation.Client"
OAUTH2_PROVIDER = {
    "CLIENT_SECRET_HASHER": "hmac_sha256",
    "ALLOWED_REDIRECT_URI_SCHEMES": ["https", "http"],  # http: loopback only, checked by the registry
    "ALLOW_URI_WILDCARDS": False,
    "DEFAULT_SCOPES": [],
}


# Mail: sent by the outbox, never by a request


def _mail() -> dict[str, object]:
    parts = urlsplit(ENV.mail_url)
    if parts.scheme == "file":
        return {
            "EMAIL_BACKEND": "django.core.mail.backends.filebased.EmailBackend",
            "EMAIL_FILE_PATH": unquote(parts.path),
        }
    if parts.scheme == "console":
        return {"EMAIL_BACKEND": "django.core.mail.backends.console.EmailBackend"}
    return {
        "EMAIL_BACKEND": "django.core.mail.backends.smtp.EmailBackend",
        "EMAIL_HOST": parts.hostname,
        "EMAIL_PORT": parts.port or (465 if parts.scheme == "smtps" else 25),
        "EMAIL_HOST_USER": unquote(parts.username or ""),
        "EMAIL_HOST_PASSWORD": unquote(parts.password or ""),
        "EMAIL_USE_SSL": parts.scheme == "smtps",
        "EMAIL_TIMEOUT": 10,
    }


globals().update(_mail())
DEFAULT_FROM_EMAIL = ENV.mail_from


# Language, files


LANGUAGE_CODE = "fr"
LANGUAGES = [("fr", "Français")]  # another language enters here with its catalogue, never before
LOCALE_PATHS = [ROOT / "locale"]
LANGUAGE_COOKIE_NAME = cookie_name("language")
TIME_ZONE = "Europe/Paris"
USE_TZ = True

STATIC_URL = "/static/"
STATICFILES_DIRS = [ROOT / "static"]
STATIC_ROOT = ROOT / "var" / "static"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}

LOGGING_CONFIG = "proconnect.observability.logs.configure"
LOGGING = {"level": ENV.log_level}
