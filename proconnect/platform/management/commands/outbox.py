import signal
import threading
from argparse import ArgumentParser
from time import monotonic
from typing import Any

import structlog
from django.core.management.base import BaseCommand
from django.db import connections

from proconnect.platform import housekeeping, outbox
from proconnect.platform.availability import OUTAGES, forget_dead_connections

BETWEEN_LOOKS = 0.5  # seconds; no LISTEN, which a transaction pooler does not carry
AFTER_AN_OUTAGE = 2.0
BETWEEN_CHORES = 3600.0

log = structlog.get_logger("outbox")


class Command(BaseCommand):
    help = "Do what the outbox holds. Any number of these may run at once."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("act", choices=["drain"])
        parser.add_argument("--forever", action="store_true", help="until SIGTERM, finishing what is begun")

    def handle(self, *args: Any, forever: bool, **options: Any) -> None:
        if not forever:
            self.stdout.write(f"{outbox.drain()} messages taken")
            return
        stop = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stop.set())
        drain_until(stop)


def drain_until(stop: threading.Event) -> None:
    last_chores = float("-inf")
    while not stop.is_set():
        try:
            if monotonic() - last_chores > BETWEEN_CHORES:
                housekeeping.run()
                last_chores = monotonic()
            _drain_unless(stop)
            stop.wait(BETWEEN_LOOKS)
        except OUTAGES as outage:
            log.warning("outbox_waits_for_the_database", error=type(outage).__name__)
            forget_dead_connections()
            stop.wait(AFTER_AN_OUTAGE)
        finally:
            connections.close_all()


def _drain_unless(stop: threading.Event) -> None:
    outbox.bury_the_out_of_date()
    while not stop.is_set() and outbox.take_one():
        pass
