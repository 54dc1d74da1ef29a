"""Production. Refuses to start on a value that is only good for a developer (security item S-166)."""

from proconnect.settings import env
from proconnect.settings.base import *
from proconnect.settings.base import ENV

WELL_KNOWN_KEYS = ("a-key-for-tests-alone-that-production-refuses",)


def refuse_unsafe(environment: env.Environment) -> None:
    """Raises WrongEnvironment on the first value that production must not run with."""
    if environment.debug:
        raise env.WrongEnvironment("DEBUG", "must be off in production")
    if not _looks_random(environment.secret_key):
        raise env.WrongEnvironment("SECRET_KEY", "must be a random value of at least 40 characters")
    if any(len(set(key)) < 16 for key in environment.encryption_keys.values()):
        raise env.WrongEnvironment("ENCRYPTION_KEYS", "must be random")
    if any(len(set(key)) < 16 for key in environment.client_secret_peppers.values()):
        raise env.WrongEnvironment("CLIENT_SECRET_PEPPERS", "must be random")
    if not environment.allowed_hosts or any("*" in host for host in environment.allowed_hosts):
        raise env.WrongEnvironment("ALLOWED_HOSTS", "must name hosts, without *")
    if not environment.is_https:
        raise env.WrongEnvironment("SITE_URL", "must be https: cookies would travel in clear")
    if not environment.mail_url.startswith(("smtp://", "smtps://")):
        raise env.WrongEnvironment("MAIL_URL", "must be an SMTP server")
    if environment.allow_private_addresses:
        raise env.WrongEnvironment("ALLOW_PRIVATE_ADDRESSES", "must be off in production")
    if environment.moderation_bypassed:
        raise env.WrongEnvironment("MODERATION_BYPASSED", "must be off in production")


def _looks_random(key: str) -> bool:
    is_known = key in WELL_KNOWN_KEYS or key.startswith("django-insecure-")  # what startproject writes
    return not is_known and len(key) >= 40 and len(set(key)) >= 16


refuse_unsafe(ENV)
