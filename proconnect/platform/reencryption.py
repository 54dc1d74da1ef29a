"""After a new key was put first in ENCRYPTION_KEYS: every secret kept is sealed again by it (S-172)."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.db.models import Model

from proconnect.kernel.encryption import CannotUnseal, SealedColumn, ring, sealed_columns

BATCH = 500  # rows


@dataclass(slots=True)
class Outcome:
    column: SealedColumn
    resealed: int = 0
    unreadable: int = 0  # sealed by a key no longer on the ring, or altered


def reencrypt_all() -> Iterator[Outcome]:
    for column in sealed_columns():
        yield reencrypt(column)


def reencrypt(column: SealedColumn) -> Outcome:
    outcome = Outcome(column)
    for row in _rows(column):
        sealed = getattr(row, column.column)
        if not sealed or not ring().is_old(sealed):
            continue
        try:
            renewed = ring().reseal_if_old(sealed, context=column.context(row))
        except CannotUnseal:
            outcome.unreadable += 1
            continue
        outcome.resealed += _replace(row, column.column, sealed, renewed)
    return outcome


def _rows(column: SealedColumn) -> Iterator[Model]:
    """By keyset: no cursor held open on the server."""
    everything = apps.get_model(column.model)._base_manager.order_by("pk")  # noqa: SLF001
    batch = list(everything[:BATCH])
    while batch:
        yield from batch
        batch = list(everything.filter(pk__gt=batch[-1].pk)[:BATCH])


def _replace(row: Model, column: str, sealed: str, renewed: str) -> int:
    """Only if nobody wrote another secret meanwhile."""
    unchanged: dict[str, Any] = {"pk": row.pk, column: sealed}
    return type(row)._base_manager.filter(**unchanged).update(**{column: renewed})  # noqa: SLF001
