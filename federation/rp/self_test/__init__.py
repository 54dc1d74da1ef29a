"""A FI looked at on demand: what is right, what to mend, and a dated report that is kept."""

from django.utils import timezone
from django.utils.translation import gettext

from federation.models import Provider, ProviderCheck
from federation.rp.self_test.checks import Finding, judged, passed
from federation.rp.self_test.facts import gather
from federation.traces import Trace
from proconnect.kernel.traces import record
from proconnect.platform import housekeeping

KEPT = "13 months"
LONGEST = 200  # characters of theirs in one sentence


def check(row: Provider, *, asked_by: str) -> ProviderCheck:
    """For a remote FI. Takes 20 seconds at most."""
    now = timezone.now()
    findings = judged(gather(row, now=now))
    report = ProviderCheck.objects.create(
        provider=row,
        at=now,
        passed=passed(findings),
        findings=[_kept(finding) for finding in findings],
        asked_by=asked_by[:255],
    )
    record(Trace.FI_CHECKED, provider=row.uid, passed=report.passed)
    return report


def forget_old() -> None:
    housekeeping.purge("federation_providercheck", f"at < statement_timestamp() - interval '{KEPT}'")


def _kept(finding: Finding) -> dict[str, str]:
    said = finding.said
    return {
        "check": finding.check,
        "outcome": said.outcome.value,
        "detail": gettext(said.text).format(**{name: shown(value) for name, value in said.told.items()}),
    }


def shown(value: object) -> str:
    """What a FI wrote, fit for a line: neither long, nor able to command a terminal."""
    text = "".join(character if character.isprintable() else "�" for character in str(value)[: LONGEST + 1])
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}…"
