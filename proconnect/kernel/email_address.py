"""An e-mail address, parsed once and valid for ever after."""

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from typing import Self

from email_validator import EmailNotValidError, validate_email

LONGEST = 254  # RFC 5321 4.5.3.1.3, less the angle brackets


@dataclass(frozen=True, slots=True)
class EmailAddress:
    """``local@domain``. The domain is its lower-cased A-label; the local part is lower-cased too, since
    no FI and no professional mailbox tells ``Jean@`` from ``jean@``. Nothing else is folded: a Cyrillic or
    full-width look-alike is another domain, or no address at all (Unicode TR39).
    """

    local: str
    domain: str

    @classmethod
    def parse(cls, text: str) -> Self:
        """Raises ValueError, without detail, when this is no professional e-mail address."""
        return cls(*_parts(text))

    def __str__(self) -> str:
        return f"{self.local}@{self.domain}"


@lru_cache(4096)  # the same person's is read several times in one sign-in
def _parts(text: str) -> tuple[str, str]:
    typed = text.strip()
    if len(typed) > LONGEST or not _is_plain(typed):
        raise ValueError("not an e-mail address")
    try:
        seen = validate_email(
            typed, check_deliverability=False, allow_smtputf8=False, allow_quoted_local=False, strict=True
        )
    except EmailNotValidError:
        raise ValueError("not an e-mail address") from None
    return seen.local_part.lower(), seen.ascii_domain.lower()


def _is_plain(text: str) -> bool:
    """One @, no encoded word, percent trick, comment nor quote; a domain that NFKC leaves as typed (S-081, S-082)."""
    _, _, domain = text.rpartition("@")
    return (
        text.count("@") == 1
        and not re.search(r"[\x00-\x20\x7f\"(),:;<>\[\\\]%]|=\?", text)
        and not re.search(r"[\u3002\uff0e\uff61]", domain)  # IDNA takes them for dots
        and unicodedata.normalize("NFKC", domain) == domain
    )
