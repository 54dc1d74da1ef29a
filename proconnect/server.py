"""The web server of production: ``python -m proconnect.server --bind 0.0.0.0:8000 --workers 2``.

For behind a proxy that reads each request whole before passing it on, as those that end TLS are set to do: nobody cuts
here a client that sends its body a byte now and then, and it holds a thread. Where no proxy stands in front, serve with
``proconnect.gunicorn``, which does, at three times the cost of each request.
"""

import argparse
import gc
import os
from collections.abc import Iterable
from importlib import import_module
from typing import TYPE_CHECKING, Any

import django
from granian.constants import HTTPModes, Interfaces
from granian.http import HTTP1Settings
from granian.server import MPServer

from proconnect.observability import logs
from proconnect.settings import env

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

HEAD_DEADLINE = 15  # seconds from the first byte of a request to the last of its head (S-174)
LONGEST_HEAD = 24 * 1024  # bytes; what is above our own limits and under this ends on a page of ours
GRACE = 20  # seconds for what is being answered when we are told to stop
RESPAWN_AFTER = 0.5  # seconds
USUAL_PAGES = ("error.html", "federation/email.html", "federation/provider.html", "identite/sign_in.html")


def server(address: str, port: int, *, workers: int, threads: int) -> MPServer:
    return MPServer(
        "proconnect.server:application",
        factory=True,
        address=address,
        port=port,
        interface=Interfaces.WSGI,
        http=HTTPModes.http1,
        websockets=False,
        workers=workers,
        blocking_threads=threads,
        http1_settings=HTTP1Settings(
            header_read_timeout=HEAD_DEADLINE * 1000, max_buffer_size=LONGEST_HEAD, keep_alive=True
        ),
        respawn_failed_workers=True,
        respawn_interval=RESPAWN_AFTER,
        workers_kill_timeout=GRACE,
        log_access=False,
        log_dictconfig=_journal(),
    )


def application() -> "WSGIApplication":
    """The site, which then says neither name nor version of what serves it (S-169)."""
    from proconnect.wsgi import application as site

    def answer(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        def begin(status: str, headers: list[tuple[str, str]], *failure: Any) -> Any:
            return start_response(status, [*headers, ("Server", "ProConnect")], *failure)

        return site(environ, begin)

    return answer


def _journal() -> dict[str, object]:
    """Its own lines among ours; each request has one already, without its query."""
    journal = logs.as_dict("INFO")
    journal["loggers"]["_granian"] = {"level": "INFO", "handlers": ["stdout"], "propagate": False}
    return journal


def load_what_workers_share() -> None:
    """Workers are forks: what is read before them is held once. No connection is opened, and no thread started, yet."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "proconnect.settings.production")
    env.provide_defaults({"DATABASE_POOL_SIZE": "0"})  # threads are few and last: each keeps its connection
    django.setup()
    from django.conf import settings
    from django.template.loader import get_template
    from django.urls import reverse
    from django.utils import translation

    from proconnect.kernel import outbound
    from proconnect.platform import short_way

    import_module(settings.ROOT_URLCONF)
    short_way.site()
    reverse("federation:authorize")  # all addresses are read when one is asked
    translation.gettext("")  # all words too
    outbound.gate()  # with the certificates of public authorities
    for page in USUAL_PAGES:
        get_template(page)
    gc.collect()
    gc.freeze()  # or the first collection of each worker would touch, hence copy, every page


def main() -> None:
    parser = argparse.ArgumentParser(description="Serves ProConnect behind a proxy.")
    parser.add_argument("--bind", default="127.0.0.1:8000", help="address:port")
    parser.add_argument("--workers", type=int, default=2, help="processes, one per core")
    parser.add_argument("--threads", type=int, help="of each process (SERVER_THREADS)")
    asked = parser.parse_args()
    address, _, port = asked.bind.rpartition(":")
    if asked.threads:
        os.environ["SERVER_THREADS"] = str(asked.threads)  # what a slow FI may hold follows
    load_what_workers_share()
    from django.conf import settings

    server(address, int(port), workers=asked.workers, threads=settings.ENV.server_threads).serve()


if __name__ == "__main__":
    main()
