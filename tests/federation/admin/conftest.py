"""Operators who really sign in: password, then code."""

import base64
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from django.contrib.auth.models import Group
from django.test import Client as Browser
from django_otp.oath import hotp

from federation import registry
from identite.models import TotpDevice, User
from identite.second_factor import totp
from proconnect.admin_site.roles import seed

PASSWORD = "une phrase bien à moi"
EnteredAs = Callable[..., Browser]


def code_of(secret: str) -> str:
    return f"{hotp(base64.b32decode(secret), int(datetime.now(UTC).timestamp()) // 30):06}"


@pytest.fixture(autouse=True)
def _nothing_remembered() -> None:
    registry.forget()


@pytest.fixture(autouse=True)
def _roles(db: None) -> None:
    """Once more after a test that emptied the tables."""
    seed()


def operator(*roles: str, email: str = "operatrice@example.gouv.fr", is_superuser: bool = False) -> User:
    user = User.objects.create_user(email, PASSWORD, is_staff=True, is_superuser=is_superuser)
    user.groups.set(Group.objects.filter(name__in=roles))
    return user


@pytest.fixture
def entered_as() -> EnteredAs:
    def enter(*roles: str, is_superuser: bool = False) -> Browser:
        user = operator(*roles, is_superuser=is_superuser)
        secret = totp.enrol_totp(user)
        browser = Browser(enforce_csrf_checks=False)
        browser.post("/admin/login/", {"email": user.email, "password": PASSWORD})
        answer = browser.post("/admin/login/code/", {"code": code_of(secret)})
        assert answer.headers["Location"] == "/admin/", answer.content.decode()
        TotpDevice.objects.filter(user=user).update(last_step=-1)
        return browser

    return enter
