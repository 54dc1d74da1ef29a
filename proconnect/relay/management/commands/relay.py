"""``manage.py relay``: on the ministries' network, makes the calls that the Internet's side asks for."""

import signal
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from proconnect.relay.answering import Relay
from proconnect.relay.envelope import Keys
from proconnect.relay.queue import queue
from proconnect.settings.relay import ENV


class Command(BaseCommand):
    help = "Appelle les FI du RIE pour le déploiement Internet, jusqu’à ce qu’on l’arrête."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """None: all is in the environment."""

    def handle(self, *args: Any, **options: Any) -> None:
        relay = Relay(queue(ENV.relay_url), Keys(ENV.relay_keys), ENV.relay_destinations)
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: relay.stop())
        if not relay.run(threads=ENV.server_threads):
            raise CommandError("Un fil du relais s’est arrêté : voir la trace ci-dessus.")
