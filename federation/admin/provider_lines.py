"""Testers and planned outages of a FI, typed one per line with their dates, in the time of Paris."""

import re
from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext_lazy

from federation.admin.fields import LinesField
from federation.registry.entries import Tester, written
from federation.registry.records import Outage
from federation.routing import without_acceptance_suffix
from proconnect.kernel.email_address import EmailAddress

DAY, HOUR = r"\d{2}/\d{2}/\d{4}", r"\d{2}:\d{2}(?::\d{2})?"
TESTER = re.compile(rf"(?P<email>\S+)\s+(?P<day>{DAY})(?:\s+(?P<hour>{HOUR}))?")
OUTAGE = re.compile(
    rf"(?P<day>{DAY})\s+(?P<hour>{HOUR})\s*-\s*(?P<last>{DAY})\s+(?P<end>{HOUR})\s+(?P<message>.+)"
)
LONGEST_MESSAGE = 300


class TestersField(LinesField):
    def __init__(self, **options: Any) -> None:
        wrong = gettext_lazy("écrivez une adresse puis une date, comme « prenom.nom@domaine.fr 31/01/2027 »")
        super().__init__(parse=tester, wrong=wrong, **options)

    def prepare_value(self, value: Any) -> Any:
        return _lines(value, lambda each: f"{each.email} {_shown(datetime.fromisoformat(each.until))}")


class OutagesField(LinesField):
    def __init__(self, **options: Any) -> None:
        wrong = gettext_lazy(
            "écrivez le début, la fin et une phrase, comme « 10/01/2027 22:00 - 11/01/2027 06:00 Maintenance. »"
        )
        super().__init__(parse=outage, wrong=wrong, **options)

    def prepare_value(self, value: Any) -> Any:
        return _lines(value, lambda each: f"{_shown(each.starts_at)} - {_shown(each.ends_at)} {each.message}")


def tester(line: str) -> Tester:
    """Without hour: until the end of that day. Raises ValueError."""
    if not (read := TESTER.fullmatch(line)):
        raise ValueError("not a tester")
    email = EmailAddress.parse(read["email"])
    if without_acceptance_suffix(email):
        raise ValueError("given with the suffix")
    return Tester(str(email), written(_moment(read["day"], read["hour"] or "23:59")))


def outage(line: str) -> Outage:
    """Raises ValueError."""
    if not (read := OUTAGE.fullmatch(line)):
        raise ValueError("not an outage")
    starts_at, ends_at = _moment(read["day"], read["hour"]), _moment(read["last"], read["end"])
    if ends_at <= starts_at or len(read["message"]) > LONGEST_MESSAGE:
        raise ValueError("it ends before it starts, or says too much")
    return Outage(read["message"], starts_at, ends_at)


def _moment(day: str, hour: str) -> datetime:
    form = "%d/%m/%Y %H:%M:%S" if hour.count(":") == 2 else "%d/%m/%Y %H:%M"
    return timezone.make_aware(datetime.strptime(f"{day} {hour}", form))  # noqa: DTZ007  # made aware here


def _shown(moment: datetime) -> str:
    here = timezone.localtime(moment)
    return here.strftime("%d/%m/%Y %H:%M:%S" if here.second else "%d/%m/%Y %H:%M")


def _lines(value: Any, told: Any) -> Any:
    return "\n".join(map(told, value)) if isinstance(value, list | tuple) else value
