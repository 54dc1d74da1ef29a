"""Who changed what, and why: one line that nobody can change or delete (S-164)."""

from collections.abc import Mapping
from typing import Any
from uuid import uuid4

from django.db.models import Model
from django.http import HttpRequest

from proconnect.observability.client_address import client_ip
from proconnect.observability.redaction import redacted
from proconnect.platform.models import AuditEntry


def audit(
    actor: Model | str,
    action: str,
    target: Model | str,
    *,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
    reason: str = "",
    request: HttpRequest | None = None,
) -> AuditEntry:
    """Written in the caller's transaction: no change without its line, no line without its change.

    ``actor`` is a user, or the name of a command. Secrets are masked; what did not change is left out.
    """
    changed = _changed(before or {}, after or {})
    return AuditEntry.objects.create(
        id=uuid4(),
        actor=_name(actor),
        action=action,
        target=_name(target),
        before=redacted({name: value for name, value in (before or {}).items() if name in changed}),
        after=redacted({name: value for name, value in (after or {}).items() if name in changed}),
        reason=reason,
        ip=client_ip(request) if request else None,
        trace_id=getattr(request, "trace_id", "") if request else "",
    )


def _changed(before: Mapping[str, Any], after: Mapping[str, Any]) -> set[str]:
    names = {*before, *after}
    return {name for name in names if name not in before or name not in after or before[name] != after[name]}


def _name(thing: Model | str) -> str:
    """Kept whatever becomes of the row: ``app.Model 12: what it was called``."""
    text = thing if isinstance(thing, str) else f"{thing._meta.label} {thing.pk}: {thing}"  # noqa: SLF001
    return text[:254]
