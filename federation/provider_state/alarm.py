"""A FI whose returns go wrong: one line at ERROR and one mail to the support, once an hour at most."""

from collections.abc import Collection
from datetime import datetime, timedelta
from uuid import UUID

import structlog
from django.conf import settings
from django.db import transaction
from django.db.models import Sum

from federation.models import Provider, ProviderMinute
from federation.provider_state.rules import LATELY, Tally, is_alarming
from proconnect.platform import one_time
from proconnect.platform.mail import send_mail_later

SILENT_FOR = timedelta(hours=1)

log = structlog.get_logger("provider_state")


def raise_alarms(providers: Collection[UUID], now: datetime) -> None:
    """For those of them that need one."""
    if not providers:
        return
    for provider, tally in lately(now, among=providers).items():
        if is_alarming(tally):
            _raise_alarm(provider, tally, now)


def lately(now: datetime, *, among: Collection[UUID] | None = None) -> dict[UUID, Tally]:
    """What was counted in the last minutes, by FI."""
    rows = ProviderMinute.objects.filter(minute__gt=now - LATELY)
    if among is not None:
        rows = rows.filter(provider__in=among)
    sums = rows.values_list("provider").annotate(Sum("succeeded"), Sum("refused"), Sum("unreachable"))
    return {
        provider: Tally(succeeded=succeeded, refused=refused, unreachable=unreachable)
        for provider, succeeded, refused, unreachable in sums
    }


@transaction.atomic
def _raise_alarm(provider: UUID, tally: Tally, now: datetime) -> None:
    if not one_time.put("provider-alarm", str(provider), {}, SILENT_FOR, only_if_absent=True):
        return
    title = Provider.objects.values_list("title", flat=True).get(pk=provider)
    log.error(
        "provider_alarm",
        provider=str(provider),
        succeeded=tally.succeeded,
        refused=tally.refused,
        unreachable=tally.unreachable,
    )
    facts = {"title": title, "tally": tally, "at": now}
    send_mail_later("federation/provider_alarm", settings.ENV.support_email, facts)
