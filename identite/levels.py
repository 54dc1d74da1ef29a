"""Which acr an identity of ours deserves (pure). Source: docs/regles/rattachement.md.

IAL: how the person's civil identity is known. 0 declared, 1 by FranceConnect, 2 by FranceConnect at eidas2 or more.
AAL: how they authenticated. 1 one factor, 2 two factors, 3 two of which one is a TOTP or a user-verified passkey.
OAL: how the link with the organisation is known. 0 declared, 1 checked, 2 proved by a legal register.
"""

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta

from proconnect.kernel.assurance import Acr

MAIL_COUNTS_FOR = timedelta(minutes=10)  # as a factor; as proof of an address it lasts


def acr_of(*, ial: int, aal: int, oal: int) -> Acr | None:
    """None when neither the person nor their link is known by anything but their word: a proof must be offered."""
    if ial == 0 and oal == 0:
        return None
    if ial >= 2 and oal >= 2 and aal >= 3:
        return Acr.EIDAS2
    is_known, has_two_factors = ial >= 1 and oal >= 1, aal >= 2
    if is_known:
        return Acr.EIDAS1_MFA if has_two_factors else Acr.EIDAS1
    return Acr.EIDAS0_MFA if has_two_factors else Acr.EIDAS0


def aal_of(amr: Collection[str]) -> int:
    if "mfa" not in amr:
        return 1
    return 3 if {"otp", "uv"} & set(amr) else 2


def methods(factors: Mapping[str, datetime], *, now: datetime) -> tuple[str, ...]:
    """The amr of these factors, each with when it was proved. A password and a fresh code by e-mail are two (RFC 8176)."""
    counted = tuple(
        factor for factor, at in factors.items() if factor != "mail" or now - at <= MAIL_COUNTS_FOR
    )
    counted = counted or tuple(factors)
    return (*counted, "mfa") if {"pwd", "mail"} <= set(counted) else counted
