"""Nothing secret in any line: by the name of a field, then by the look of a text (S-167)."""

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

MASK = "[masked]"

_NAMES = (
    "password|passwd|passphrase|secret|token|cookie|authorization|assertion|verifier|totp|otp|recovery|ticket"
    "|id_token_hint|login_hint|csrf|session_key|private_key|encryption_key|pepper"
)
_EXACT_NAMES = "code|state|nonce|pin|jwt|sealed|payload|body"

_secret_name = re.compile(rf"{_NAMES}|^(?:{_EXACT_NAMES})$", re.IGNORECASE)
_public_name = re.compile(
    r"_(?:endpoint|auth_method)$"
)  # token_endpoint: a FI's address, which the journal must tell
_error_code = re.compile(r"Y\d{6}")  # of our catalogues: public

# name=value of a query or a form, 'name': 'value' of a printed mapping. Nothing here can be matched in two ways: a path
# of 8 kB that makes a pattern backtrack would hold a worker for minutes.
_name_and_sign = re.compile(r"""(?<!\w)(\w++)['"]?+\s*+(?:=[ ]?+|:\s*+(?=['"b]))""")
_value = re.compile(r"""(?!Y\d{6})[^&\s,;)}]++""")
_secret_name_in_text = re.compile(rf"{_NAMES}|(?:^|_)(?:{_EXACT_NAMES})$", re.IGNORECASE)

# A UUID, or a short word in which none of the patterns can be found.
_plainly_public = re.compile(r"(?!.*eyJ)[A-Za-z0-9_./-]{0,31}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")

LONGEST_PLAIN = 36  # characters
LONGEST_USUAL = 200

_in_texts: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"\b(Bearer|Basic)\s++\S++", re.IGNORECASE), rf"\1 {MASK}"),
    (re.compile(r"\beyJ[\w-]++\.[\w.-]*+"), MASK),  # a JWT or a JWE
    # opaque and long, with digits and capitals: a token of ours or of somebody else
    (re.compile(r"(?<![\w-])(?=[\w-]*\d)(?=[\w-]*[A-Z])(?=[\w-]*[a-z])[\w-]{32,}(?![\w-])"), MASK),
    (re.compile(r"^(?:DETAIL|CONTEXT):.*$", re.MULTILINE), MASK),  # PostgreSQL quotes the row
)


def redacted(value: Any, name: str = "") -> Any:
    """The same value, its secrets masked at any depth."""
    match value:
        case str():
            if _is_secret(name) and value and not _error_code.fullmatch(value):
                return MASK
            return redacted_text(value)
        case Mapping():
            return {str(key): redacted(held, str(key)) for key, held in value.items()}
        case list() | tuple() | set() | frozenset():
            return [redacted(held, name) for held in value]
        case bool() | None:
            return value
        case int() | float():
            return MASK if _is_secret(name) else value
        case _:
            return redacted(str(value), name)


@lru_cache(1024)
def _is_secret(name: str) -> bool:
    return bool(_secret_name.search(name)) and not _public_name.search(name)


def is_plainly_public(name: str, value: Any) -> bool:
    """Most values of most lines, known at sight."""
    return not _is_secret(name) and isinstance(value, str) and _plainly_public.fullmatch(value) is not None


def redacted_text(text: str) -> str:
    return _usual_text(text) if len(text) <= LONGEST_USUAL else _redacted_text(text)


def _redacted_text(text: str) -> str:
    text = _without_named_secrets(text)
    for pattern, replacement in _in_texts:
        text = pattern.sub(replacement, text)
    return text


_usual_text = lru_cache(512)(_redacted_text)  # names of browsers, mostly


def _without_named_secrets(text: str) -> str:
    """An address may hold another: a value is passed over only when it is masked."""
    kept, done = [], 0
    for named in _name_and_sign.finditer(text):
        if named.start() < done or not _secret_name_in_text.search(named[1]):
            continue
        if value := _value.match(text, named.end()):
            kept += [text[done : named.end()], MASK]
            done = value.end()
    return "".join([*kept, text[done:]])
