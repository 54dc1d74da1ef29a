"""Sessions in Redis. Not through Django's cache, which takes a stopped server for an unknown session."""

from typing import Any

from django.conf import settings
from django.contrib.sessions.backends.base import UpdateError

from proconnect.platform.redis_store import RedisStore, redis_store
from proconnect.platform.sessions import SealedSession, stored_key


class SessionStore(SealedSession):
    def load(self) -> dict[str, Any]:
        return self._opened(_store().command("GET", _redis_key(self.stored_key)))

    def save(self, must_create: bool = False) -> None:
        """Raises UpdateError when another request has closed this session: it is not opened again."""
        if self.session_key is None:
            self.create()
        sealed = self.encode(self._data())
        condition = "NX" if self._is_new else "XX"
        if not _store().command(
            "SET", _redis_key(self.stored_key), sealed, "EX", self.get_expiry_age(), condition
        ):
            raise UpdateError
        self._is_new = False

    def exists(self, session_key: str) -> bool:
        return bool(_store().command("EXISTS", _redis_key(stored_key(session_key))))

    def delete(self, session_key: str | None = None) -> None:
        if key := session_key or self.session_key:
            _store().command("DEL", _redis_key(stored_key(key)))

    @classmethod
    def clear_expired(cls) -> None:
        """Redis forgets by itself."""


def _store() -> RedisStore:
    return redis_store(settings.ENV.sessions_url)


def _redis_key(stored: str) -> str:
    return f"session:{{{stored}}}"
