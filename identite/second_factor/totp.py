"""Enrol, verify, remove an authenticator application."""

import base64
import secrets
from datetime import datetime
from urllib.parse import quote, urlencode

import segno
from django.contrib.auth.base_user import AbstractBaseUser
from django.db import transaction
from django.db.models import QuerySet

from identite.second_factor.models import DIGITS, STEP, TotpDevice, matching_step

KEY_LENGTH = 20  # bytes: 160 bits, RFC 4226 4 (S-125)
ISSUER = "ProConnect"


def new_secret() -> str:
    """In base32, as authenticator applications take it."""
    return base64.b32encode(secrets.token_bytes(KEY_LENGTH)).decode()


def has_totp(user: AbstractBaseUser) -> bool:
    return bool(TotpDevice.objects.filter(user=user, confirmed=True).exists())


@transaction.atomic
def enrol_totp(user: AbstractBaseUser, secret: str | None = None) -> str:
    """Gives the person this application, in the place of the one they had. Answers its secret, never shown again."""
    chosen = secret or new_secret()
    TotpDevice.objects.filter(user=user).delete()
    device = TotpDevice.objects.create(user=user, name=ISSUER)
    device.keep(base64.b32decode(chosen))
    return chosen


def verify_totp(user: AbstractBaseUser, code: str, now: datetime) -> TotpDevice | None:
    """The device that accepts this code, once; None too while it waits after wrong codes."""
    devices: QuerySet[TotpDevice] = TotpDevice.objects.select_for_update()
    with transaction.atomic():
        device = devices.filter(user=user, confirmed=True).first()
        if device is None or not device.accepts(code, now=now):
            return None
        return device


@transaction.atomic
def confirm_enrolment(user: AbstractBaseUser, secret: str, code: str, now: datetime) -> TotpDevice | None:
    """Enrols only an application that proves it holds ``secret``; this first code is consumed (S-126, S-128)."""
    step = matching_step(base64.b32decode(secret), code, now=now)
    if step is None:
        return None
    enrol_totp(user, secret)
    device: TotpDevice = TotpDevice.objects.get(user=user)
    device.last_step = step
    device.save(update_fields=["last_step"])
    return device


def enrolment_uri(user: AbstractBaseUser, secret: str) -> str:
    """What the QR code says to the application (Key URI format)."""
    label = quote(f"{ISSUER}:{user.get_username()}")
    facts = {"secret": secret, "issuer": ISSUER, "algorithm": "SHA1", "digits": DIGITS, "period": STEP}
    return f"otpauth://totp/{label}?{urlencode(facts)}"


def qr_code(uri: str) -> str:
    """As SVG without any style, for a page whose CSP refuses inline ones."""
    return segno.make(uri, error="m").svg_inline(scale=5, border=4, light="#fff", omitsize=False)
