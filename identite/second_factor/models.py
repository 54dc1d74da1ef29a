"""Devices that prove a second time who signs in."""

import base64
import hmac
from datetime import datetime

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django_otp.models import Device, ThrottlingMixin, TimestampMixin
from django_otp.oath import hotp

from proconnect.kernel.encryption import seal, unseal_bytes

STEP = 30  # seconds, RFC 6238 5.2
DIGITS = 6
TOLERANCE = 1  # steps before and after the server's own time


class TotpDevice(TimestampMixin, ThrottlingMixin, Device):
    """An authenticator application (RFC 6238). A code is good once: ``last_step`` only moves forward."""

    sealed_key = models.TextField(editable=False)
    last_step = models.BigIntegerField(default=-1, editable=False)

    class Meta:
        verbose_name = _("application d’authentification")
        verbose_name_plural = _("applications d’authentification")
        constraints = [models.UniqueConstraint(name="one_totp_per_user", fields=["user"])]

    @property
    def key_context(self) -> str:
        """Ties the sealed key to this row and this person: copied elsewhere it no longer opens."""
        return f"totp:{self.pk}:{self.user_id}"

    def keep(self, key: bytes) -> None:
        self.sealed_key = seal(base64.b32encode(key), context=self.key_context)
        self.save(update_fields=["sealed_key"])

    def accepts(self, code: str, *, now: datetime) -> bool:
        """Consumes the code. The row must be locked by the caller, so that two requests never share one code."""
        allowed, _reason = self.verify_is_allowed()
        step = self._step_of(code, now) if allowed else None
        if step is None:
            if allowed:
                self.throttle_increment()
            return False
        self.last_step = step
        self.throttle_reset(commit=False)
        self.set_last_used_timestamp(commit=False)
        self.save()
        return True

    def verify_token(self, token: str) -> bool:
        return self.accepts(token, now=timezone.now())

    def get_throttle_factor(self) -> int:
        """Seconds to wait after a first wrong code, doubled at each one (RFC 4226 7.3)."""
        return 1

    def _step_of(self, code: str, now: datetime) -> int | None:
        key = base64.b32decode(unseal_bytes(self.sealed_key, context=self.key_context))
        matching = matching_step(key, code, now=now)
        return matching if matching is not None and matching > self.last_step else None


def matching_step(key: bytes, code: str, *, now: datetime) -> int | None:
    """The step this code belongs to, among those tolerated around now. Spaces are ignored."""
    typed = "".join(code.split()).encode()
    current = int(now.timestamp()) // STEP
    steps = range(current - TOLERANCE, current + TOLERANCE + 1)
    matching = [
        step for step in steps if hmac.compare_digest(f"{hotp(key, step, DIGITS):0{DIGITS}}".encode(), typed)
    ]
    return matching[-1] if matching else None
