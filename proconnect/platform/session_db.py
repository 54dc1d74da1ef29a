"""Sessions in PostgreSQL, one statement per read or write."""

from typing import Any

from django.contrib.sessions.backends import db
from django.contrib.sessions.backends.base import UpdateError
from django.utils import timezone

from proconnect.platform.sessions import SealedSession, stored_key


class SessionStore(SealedSession, db.SessionStore):
    def load(self) -> dict[str, Any]:
        rows = self.model.objects.filter(session_key=self.stored_key, expire_date__gt=timezone.now())
        return self._opened(rows.values_list("session_data", flat=True).first())

    def save(self, must_create: bool = False) -> None:
        """Raises UpdateError when another request has closed this session: it is not opened again."""
        if self.session_key is None:
            self.create()
        row = self.model(
            session_key=self.stored_key,
            session_data=self.encode(self._data()),
            expire_date=self.get_expiry_date(),
        )
        if self._is_new:
            row.save(force_insert=True)
            self._is_new = False
        elif not self._rows().update(session_data=row.session_data, expire_date=row.expire_date):
            raise UpdateError

    def exists(self, session_key: str) -> bool:
        return bool(self.model.objects.filter(session_key=stored_key(session_key)).exists())

    def delete(self, session_key: str | None = None) -> None:
        if key := session_key or self.session_key:
            self.model.objects.filter(session_key=stored_key(key)).delete()

    def _rows(self) -> Any:
        return self.model.objects.filter(session_key=self.stored_key)
