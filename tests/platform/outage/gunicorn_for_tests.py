"""The server's own configuration, less patient."""

import proconnect.gunicorn
from proconnect.gunicorn import *  # noqa: F403

proconnect.gunicorn.READING_DEADLINE = 1.0
workers = 2
