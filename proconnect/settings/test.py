"""The test suite: keys that never change, no pool (each test database is dropped), no static manifest."""

from proconnect.settings import env

env.provide_defaults(
    {
        "SECRET_KEY": "a-key-for-tests-alone-that-production-refuses",
        "ENCRYPTION_KEYS": "test1:" + "dGVzdHRlc3R0ZXN0dGVzdHRlc3R0ZXN0dGVzdHRlc3Q=",
        "CLIENT_SECRET_PEPPERS": "test1:" + "cGVwcGVycGVwcGVycGVwcGVycGVwcGVycGVwcGVycGU=",
        "DATABASE_URL": "postgresql://proconnect@/proconnect",  # for checks that ask none; tests start theirs
        "SITE_URL": "http://localhost:8000",
        "ALLOWED_HOSTS": "localhost,127.0.0.1,testserver",
        "MAIL_URL": "file:///dev/null",
        "ALLOW_PRIVATE_ADDRESSES": "yes",
    }
)

from proconnect.settings.base import *
from proconnect.settings.base import DATABASES

del DATABASES["default"]["OPTIONS"]["pool"]  # type: ignore[attr-defined]
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.InMemoryStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
WHITENOISE_AUTOREFRESH = True  # nothing is collected
WHITENOISE_USE_FINDERS = True
ESTABLISHMENT_SOURCE = "identite.connectors.sample.SampleRegistry"  # invented organisations
ARGON2ID_KIBIBYTES, ARGON2ID_PASSES = 64, 1  # thousands of passwords are hashed here
