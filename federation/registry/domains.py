"""The name of an e-mail domain, as it is stored and compared: a lower-cased A-label (pure)."""

import re
import unicodedata

import idna

LONGEST = 253
_LABEL = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")


def parse(text: str) -> str:
    """Raises ValueError when this is no exact domain name: wildcards and addresses are none."""
    typed = text.strip().lower()
    if unicodedata.normalize("NFKC", typed) != typed:
        raise ValueError("not a domain name")
    name = typed if typed.isascii() else _encoded(typed)
    labels = name.split(".")
    if (
        len(name) > LONGEST
        or len(labels) < 2
        or not all(map(_LABEL.fullmatch, labels))
        or labels[-1].isdigit()
    ):
        raise ValueError("not a domain name")
    return name


def _encoded(name: str) -> str:
    try:
        return idna.encode(name).decode()
    except idna.IDNAError:
        raise ValueError("not a domain name") from None
