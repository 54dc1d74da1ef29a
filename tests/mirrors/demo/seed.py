"""``python -m tests.mirrors.demo.seed VAR PORT…``: brings the database to where the demo begins.

Done again, it changes nothing. Run under the settings of the demo, with the database already there.
"""

import json
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import django

from tests.mirrors.demo import cast
from tests.mirrors.demo.kept import Kept
from tests.mirrors.demo.mails import mail_directory


def seed(var: Path, ports: cast.Ports) -> None:
    """Needs Django set up."""
    from django.core.management import call_command

    call_command("migrate", interactive=False, verbosity=0)
    collect_static_files()
    call_command("keys", "init")
    kept = Kept(var / "mirrors" / "secrets.json")
    apply_registry(ports, kept, var)
    people = enrol_people(kept)
    describe(ports, kept, people, var)


def collect_static_files() -> None:
    """Only when a source is newer than the manifest: compressing them takes seconds."""
    from django.conf import settings
    from django.core.management import call_command

    manifest = Path(settings.STATIC_ROOT) / "staticfiles.json"
    sources = [path for directory in settings.STATICFILES_DIRS for path in Path(directory).rglob("*")]
    if manifest.exists() and all(path.stat().st_mtime < manifest.stat().st_mtime for path in sources):
        return
    call_command("collectstatic", interactive=False, verbosity=0, clear=True)


def apply_registry(ports: cast.Ports, kept: Kept, var: Path) -> None:
    from django.core.management import call_command

    registry = {
        "version": 1,
        "clients": [
            cast.registered_client(service, kept.secret(service.client_id))
            for service in cast.services(ports)
        ],
        "providers": cast.registered_providers(ports, kept.secret),
    }
    call_command("registry", "apply", _write(var / "mirrors" / "registry.json", registry))


def enrol_people(kept: Kept) -> dict[str, list[dict[str, Any]]]:
    return {
        "accounts": [_enrolled_person(person, kept.password(person.email)) for person in cast.PEOPLE],
        "staff": [_enrolled_operator(operator, kept) for operator in cast.TEAM],
    }


def _enrolled_person(person: cast.Person, password: str) -> dict[str, Any]:
    from identite.account.register import create_account

    create_account(person.email, password, person.given_name, person.usual_name, person.sirets)
    return {**person._asdict(), "password": password}


def _enrolled_operator(operator: cast.Operator, kept: Kept) -> dict[str, Any]:
    from django.contrib.auth.models import Group

    from identite.account.register import create_account
    from identite.second_factor.totp import enrol_totp, has_totp

    password, totp_secret = kept.password(operator.email), kept.totp_secret(f"totp {operator.email}")
    user = create_account(operator.email, password, operator.given_name, operator.usual_name)
    user.is_staff = True
    user.is_superuser = cast.SUPERUSER in operator.roles
    user.save(update_fields=["is_staff", "is_superuser"])
    user.groups.set(Group.objects.filter(name__in=operator.roles))
    if not has_totp(user):
        enrol_totp(user, totp_secret)
    return {**operator._asdict(), "password": password, "totp_secret": totp_secret}


def describe(ports: cast.Ports, kept: Kept, people: Mapping[str, Any], var: Path) -> None:
    """var/demo.json: what a tester, human or program, needs to know."""
    from django.conf import settings

    _write(
        var / "demo.json",
        {
            "issuer": settings.ENV.issuer,
            "mail_dir": str(mail_directory()),
            "clients": [
                {**cast.registered_client(service, kept.secret(service.client_id)), "url": service.url}
                for service in cast.services(ports)
            ],
            "providers": [
                {**provider, "personas": issuer["personas"]}
                for provider, issuer in zip(
                    cast.registered_providers(ports, kept.secret),
                    cast.issuers(ports, kept.secret),
                    strict=True,
                )
            ],
            **people,
        },
    )


def _write(path: Path, value: Any) -> str:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch(mode=0o600)
    path.write_text(json.dumps(value, indent=2, ensure_ascii=False) + "\n")
    return str(path)


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "proconnect.settings.demo")
    django.setup()
    seed(Path(sys.argv[1]), cast.Ports(*map(int, sys.argv[2:])))
