"""manage.py sessions end."""

from io import StringIO
from uuid import uuid4

import pytest
from django.core.management import CommandError, call_command

from federation.models import SsoSession
from proconnect.platform.models import AuditEntry
from tests.factories.federation import account, fi, fs
from tests.federation.op.asking import a_code

pytestmark = pytest.mark.django_db


def said(*words: str) -> str:
    out = StringIO()
    call_command("sessions", "end", *words, stdout=out)
    return out.getvalue()


@pytest.mark.parametrize("whose", ["account", "provider"])
def test_an_operator_ends_sessions_from_a_terminal(whose: str) -> None:
    ministry = fi()
    person, service = account(at=ministry), fs()
    a_code(service, person)
    a_code(service, person)
    a_code(service, account(at=fi()))
    key = str(person.sub if whose == "account" else ministry.uid)
    assert said(f"--{whose}", key, "--reason", "poste volé") == "2 sessions ended\n"
    assert SsoSession.objects.filter(ending=SsoSession.Ending.TEAM).count() == 2
    line = AuditEntry.objects.get()
    assert (line.actor, line.action, line.target) == ("manage.py sessions", f"{whose}.end_sessions", key)
    assert line.reason == "poste volé"


@pytest.mark.parametrize("whose", ["--account", "--provider"])
def test_nobody_unknown_is_signed_out(whose: str) -> None:
    with pytest.raises(CommandError, match="no "):
        said(whose, str(uuid4()))
