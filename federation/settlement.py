"""What the team decides of people that no rule can tell apart: whose is a disputed identity, whether two accounts are
one person's. Each act is one transaction and one line of the audit journal.
"""

from django.db import transaction
from django.db.models import Model
from django.http import HttpRequest

from federation import endings
from federation.endings import Ending
from federation.models import Account, AccountLink
from federation.traces import Trace
from proconnect.kernel.traces import record
from proconnect.platform.audit import audit


class CannotMerge(Exception):
    """``text`` tells the team why."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.text = text


def _(text: str) -> str:
    """Marks a msgid; the page that shows it translates it."""
    return text


ITSELF = _("C’est le même compte.")
BLOCKED = _("Un de ces comptes est bloqué. Débloquez-le d’abord, ou laissez-les séparés.")


@transaction.atomic
def same_person(
    link: AccountLink, *, actor: Model | str, reason: str = "", request: HttpRequest | None = None
) -> None:
    """The FI changed their names and address at once. What it asserts at the next sign-in is taken as theirs."""
    AccountLink.objects.filter(pk=link.pk).update(disputed_at=None, holder="")
    _audit(actor, "account.same_person", link, reason, request)


@transaction.atomic
def another_person(
    link: AccountLink, *, actor: Model | str, reason: str = "", request: HttpRequest | None = None
) -> None:
    """The FI gave the sub away: the account keeps its history, the next sign-in under that sub opens a new one."""
    endings.end_sessions_of_account(link.account_id, Ending.TEAM)
    AccountLink.objects.filter(pk=link.pk).delete()
    _audit(actor, "account.another_person", link, reason, request)


@transaction.atomic
def merge(
    kept: Account,
    absorbed: Account,
    *,
    actor: Model | str,
    reason: str = "",
    request: HttpRequest | None = None,
) -> None:
    """The FS that knew the absorbed account find its sub in ``previous_subs``. Raises CannotMerge."""
    kept, absorbed = _both_locked(kept, absorbed)
    endings.end_sessions_of_account(absorbed.sub, Ending.TEAM)
    absorbed.links.update(account=kept)
    before = list(kept.previous_subs)
    kept.previous_subs = list(dict.fromkeys([*before, *absorbed.previous_subs, str(absorbed.sub)]))
    kept.save(update_fields=["previous_subs"])
    record(Trace.ACCOUNTS_MERGED, sub=kept.sub, absorbed=absorbed.sub)
    audit(
        actor,
        "account.merge",
        str(kept.sub),
        before={"previous_subs": before},
        after={"previous_subs": kept.previous_subs},
        reason=reason,
        request=request,
    )


def _both_locked(kept: Account, absorbed: Account) -> tuple[Account, Account]:
    if kept.sub == absorbed.sub:
        raise CannotMerge(ITSELF)
    rows = Account.objects.select_for_update().order_by("sub").filter(sub__in=(kept.sub, absorbed.sub))
    locked = {row.sub: row for row in rows}
    if any(row.is_blocked for row in locked.values()):
        raise CannotMerge(BLOCKED)
    return locked[kept.sub], locked[absorbed.sub]


def _audit(
    actor: Model | str, action: str, link: AccountLink, reason: str, request: HttpRequest | None
) -> None:
    told = {"provider": str(link.provider_id), "provider_sub": link.provider_sub}
    audit(actor, action, str(link.account_id), before=told, reason=reason, request=request)
