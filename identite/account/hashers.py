"""How passwords are kept."""

import unicodedata

from django.conf import settings
from django.contrib.auth.hashers import Argon2PasswordHasher


def normalized(password: str) -> str:
    """The same password typed on another keyboard or system (Unicode NFC, SP 800-63B 3.1.1.2)."""
    return unicodedata.normalize("NFC", password)


class Argon2id(Argon2PasswordHasher):
    """A hash kept with other costs is renewed at the next sign-in."""

    algorithm = "argon2id"
    time_cost = settings.ARGON2ID_PASSES
    memory_cost = settings.ARGON2ID_KIBIBYTES
    parallelism = settings.ARGON2ID_LANES

    def encode(self, password: str, salt: str) -> str:
        return super().encode(normalized(password), salt)

    def verify(self, password: str, encoded: str) -> bool:
        return super().verify(normalized(password), encoded)
