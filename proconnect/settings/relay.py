"""The relay of the ministries' network: no site, no database, no secret but those of the queue."""

from proconnect.settings import env

ENV = env.read_relay_process()

SECRET_KEY = "unused: the relay signs nothing with it"
INSTALLED_APPS = ["proconnect.relay"]
DATABASES: dict[str, dict[str, object]] = {}
USE_TZ = True

LOGGING_CONFIG = "proconnect.observability.logs.configure"
LOGGING = {"level": ENV.log_level}
