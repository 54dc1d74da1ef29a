"""Production's settings, all its refusals passed; the one change lets us call the demo FI of this machine."""

from dataclasses import replace

from proconnect.settings.production import *  # noqa: F403
from proconnect.settings.production import ENV as PRODUCTION

ENV = replace(PRODUCTION, allow_private_addresses=True)
