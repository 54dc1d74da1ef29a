"""What a new password must be: long, not common, not about the person. No rule of classes (SP 800-63B 3.1.1.2)."""

import re
import unicodedata
from collections.abc import Iterator

from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.password_validation import CommonPasswordValidator
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from identite.account.hashers import normalized

SHORTEST = 12  # characters
LONGEST = 256  # characters, hence at most 1024 bytes of UTF-8
SHORTEST_WORD = 4  # below, a word is found in anything
OUR_WORDS = ("proconnect", "agentconnect", "moncomptepro", "motdepasse", "identite")


class LongEnough:
    def validate(self, password: str, user: AbstractBaseUser | None = None) -> None:
        missing = SHORTEST - len(normalized(password))
        if missing > 0:
            message = ngettext(
                "Ce mot de passe est trop court : ajoutez au moins %(count)s caractère.",
                "Ce mot de passe est trop court : ajoutez au moins %(count)s caractères.",
                missing,
            )
            raise ValidationError(message % {"count": missing}, code="too_short")

    def get_help_text(self) -> str:
        return _("%(count)s caractères au moins, 15 de préférence.") % {"count": SHORTEST}


class NotCommon(CommonPasswordValidator):
    """Neither on the list of common passwords, nor one of them between figures and signs, nor one sign repeated."""

    def validate(self, password: str, user: AbstractBaseUser | None = None) -> None:
        typed = folded(password)
        core = re.sub(r"^[\W\d_]+|[\W\d_]+$", "", typed)
        if {typed, core} & self.passwords or len(set(typed)) <= 3 or typed in _KEYS:
            raise ValidationError(
                _("Ce mot de passe est trop courant : les attaquants l’essaient en premier."), code="common"
            )

    def get_help_text(self) -> str:
        return _("Pas un mot de passe courant.")


class NotAboutThePerson:
    """Neither their e-mail, their name, nor ours: the first words an attacker tries."""

    def validate(self, password: str, user: AbstractBaseUser | None = None) -> None:
        typed = _letters(password)
        found = next((word for word in _words_about(user) if _letters(word) in typed), None)
        if found:
            raise ValidationError(
                _("Ce mot de passe contient « %(word)s », facile à deviner pour vous."),
                code="about_the_person",
                params={"word": found},
            )

    def get_help_text(self) -> str:
        return _("Sans votre nom, votre adresse e-mail, ni le mot ProConnect.")


def folded(text: str) -> str:
    """Without case nor accents."""
    apart = unicodedata.normalize("NFKD", text).casefold()
    return "".join(each for each in apart if not unicodedata.combining(each))


def _letters(text: str) -> str:
    return "".join(each for each in folded(text) if each.isalnum())


def _words_about(user: AbstractBaseUser | None) -> Iterator[str]:
    yield from OUR_WORDS
    if user is None:
        return
    local, _at, domain = str(getattr(user, "email", "")).partition("@")
    name = domain.rpartition(".")[0].rpartition(".")[2] if domain else ""
    known = [local, *re.split(r"[._+-]", local), domain, name]
    known += [getattr(user, "given_name", ""), getattr(user, "usual_name", "")]
    yield from (word for word in known if len(_letters(word)) >= SHORTEST_WORD)


_ROWS = ("1234567890", "azertyuiop", "qsdfghjklm", "qwertyuiop", "abcdefghijklmnopqrstuvwxyz")
_KEYS = frozenset(
    (row * 3)[start : start + length]
    for row in (*_ROWS, *(row[::-1] for row in _ROWS))
    for start in range(len(row))
    for length in range(SHORTEST, 2 * len(row) + 1)
)
