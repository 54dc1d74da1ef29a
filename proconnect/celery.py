"""Celery, where BROKER_URL is given: workers and a beat that drain the same outbox as ``manage.py outbox drain``."""

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "proconnect.settings.production")

from celery import Celery
from celery.signals import setup_logging
from django.conf import settings

from proconnect.observability import logs
from proconnect.platform.broker import DRAIN_TASK, celery_url
from proconnect.settings.env import WrongEnvironment

if not settings.ENV.broker_url:
    raise WrongEnvironment("BROKER_URL", "is missing: without a broker, run manage.py outbox drain --forever")

BROKER = celery_url(settings.ENV.broker_url)

app = Celery("proconnect")
app.conf.update(
    broker_read_url=BROKER,  # both are said, or the command line takes BROKER_URL as it is
    broker_write_url=BROKER,
    task_acks_late=True,
    task_reject_on_worker_lost=True,
    task_ignore_result=True,
    worker_prefetch_multiplier=1,
    broker_connection_retry_on_startup=True,
    beat_schedule={
        "drain": {"task": DRAIN_TASK, "schedule": 5.0, "options": {"expires": 5.0}},
        "housekeeping": {"task": "platform.housekeeping", "schedule": 3600.0},
    },
)


@setup_logging.connect
def log_as_everything_else(**_: object) -> None:
    logs.configure(settings.LOGGING)


@app.task(name=DRAIN_TASK)
def drain_outbox() -> None:
    from proconnect.platform import outbox

    outbox.drain()


@app.task(name="platform.housekeeping")
def keep_house() -> None:
    from proconnect.platform import housekeeping

    housekeeping.run()
