"""What an operator reads of a FI beside what they write: its domains, its last self-test, its quality, its last hour."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Sum
from django.utils.translation import gettext_lazy as _

from federation.models import Provider, ProviderCheck, ProviderDomain
from federation.registry.ownership import record_to_publish
from federation.registry.proof import Proof
from federation.rp import quality

OUTCOMES: Mapping[str, Any] = {
    "ok": _("Bien"),
    "warning": _("À surveiller"),
    "failure": _("À corriger"),
}
CHECKS: Mapping[str, Any] = {
    "discovery": _("Découverte"),
    "endpoints": _("Adresses"),
    "keys": _("Clés"),
    "clock": _("Horloge"),
    "algorithms": _("Signatures"),
    "encryption": _("Chiffrement"),
    "scopes": _("Portées"),
    "claims": _("Données"),
    "levels": _("Niveaux"),
    "authentication": _("Authentification"),
    "pkce": _("PKCE"),
    "logout": _("Déconnexion"),
    "domains": _("Domaines"),
    "default_siret": _("SIRET par défaut"),
    "support": _("Assistance"),
    "testers": _("Recette"),
    "service": _("Service"),
}


@dataclass(frozen=True, slots=True)
class Domain:
    row: ProviderDomain
    lapses_at: datetime | None
    others: tuple[str, ...]  # FI that declare it too, offered or not


def facts(provider: Provider, *, now: datetime) -> dict[str, Any]:
    return {
        "domains": _domains(provider),
        "record_to_publish": record_to_publish(provider.uid),
        "last_check": _last_check(provider),
        "quality": quality.report(provider.uid, now=now),
        "last_hour": provider.minutes.filter(minute__gt=now - timedelta(hours=1)).aggregate(
            succeeded=Sum("succeeded", default=0),
            refused=Sum("refused", default=0),
            unreachable=Sum("unreachable", default=0),
        ),
    }


def _domains(provider: Provider) -> list[Domain]:
    rows = list(provider.domains.order_by("name"))
    twins = ProviderDomain.objects.filter(name__in=[row.name for row in rows]).exclude(provider=provider)
    others: dict[str, list[str]] = {}
    for twin in twins.select_related("provider").order_by("provider__title"):
        others.setdefault(twin.name, []).append(twin.provider.title)
    return [
        Domain(row, Proof(row.proved_at, row.proof_missing_since).ends_at, tuple(others.get(row.name, ())))
        for row in rows
    ]


def _last_check(provider: Provider) -> dict[str, Any] | None:
    report = ProviderCheck.objects.filter(provider=provider).order_by("-at").first()
    if report is None:
        return None
    lines = [
        {
            "check": CHECKS.get(finding["check"], finding["check"]),
            "outcome": OUTCOMES.get(finding["outcome"], finding["outcome"]),
            "detail": finding["detail"],
        }
        for finding in report.findings
    ]
    return {"at": report.at, "asked_by": report.asked_by, "passed": report.passed, "lines": lines}
