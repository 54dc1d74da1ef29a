from proconnect.settings.test import *  # noqa: F403

# isort: split
from proconnect.settings import base

DATABASES = {"default": base._database()}  # with its pool, which the test settings take away
INSTALLED_APPS = [
    "proconnect.platform",
    "proconnect.observability",
    "proconnect.pages",
    "tests.platform.outage",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.postgres",
    "django.contrib.staticfiles",
]
MIDDLEWARE = [
    each for each in base.MIDDLEWARE if not each.startswith(("federation", "django_otp", "whitenoise"))
]
WSGI_FRONTS = list[str]()
AUTH_USER_MODEL = "auth.User"
AUTH_PASSWORD_VALIDATORS = []
ROOT_URLCONF = "tests.platform.outage.urls"
