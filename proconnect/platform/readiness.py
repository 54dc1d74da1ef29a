"""What this process needs in order to serve, as ``/readyz`` asks."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from django.conf import settings
from django.db import connection

from proconnect.observability import health
from proconnect.platform.redis_store import redis_store

WIDEST_CLOCK_GAP = timedelta(seconds=5)


class ClockAdrift(Exception):
    pass


def register_checks() -> None:
    health.register("database", check_database)
    health.register("clock", check_clock)
    for name in redis_urls():
        health.register(name, lambda name=name: check_redis(name))  # type: ignore[misc]


def check_database() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")


def check_clock() -> None:
    """Raises ClockAdrift when this machine and the database disagree on the time: expiries would lie."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        theirs: datetime = cursor.fetchone()[0]
    if abs(datetime.now(UTC) - theirs) > WIDEST_CLOCK_GAP:
        raise ClockAdrift


def check_redis(name: str) -> None:
    redis_store(redis_urls()[name]).command("PING")


def redis_urls() -> Mapping[str, str]:
    """Name of each store kept in Redis → where."""
    env = settings.ENV
    urls = {
        "sessions": env.sessions_url,
        "cache": env.cache_url,
        "limiter": env.limiter_url,
        "one-time": env.one_time_url,
    }
    return {name: url for name, url in urls.items() if url}
