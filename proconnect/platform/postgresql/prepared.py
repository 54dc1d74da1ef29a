from django.db import connections
from django.db.backends.utils import CursorWrapper

from proconnect.platform.postgresql.base import DatabaseWrapper


def prepared_cursor() -> CursorWrapper:
    """For hand-written statements of the hot path, on Django's own connection."""
    ours = connections["default"]
    assert isinstance(ours, DatabaseWrapper)
    return ours.prepared_cursor()
