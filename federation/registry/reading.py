"""The registry file, read strictly (pure): every mistake is told with its path, as ``clients[2].redirect_uris[0]``."""

import json
import re
from collections.abc import Callable, Container, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from federation.claims import PROFILES
from federation.quirks import QUIRKS
from federation.registry import client_secrets, domains
from federation.registry.entries import Tester, written
from federation.registry.public_keys import (
    ENCRYPTING,
    PRIVATE_MEMBERS,
    SHORTEST_RSA,
    understood,
)
from federation.routing import without_acceptance_suffix
from proconnect.kernel.email_address import EmailAddress
from proconnect.kernel.siret import Siret

VERSION = 1

Reader = Callable[[Any, str], Any]


class WrongFile(ValueError):
    """Nothing of the file can be applied. ``path`` says where, ``problem`` what."""

    def __init__(self, path: str, problem: str) -> None:
        super().__init__(f"{path}: {problem}")
        self.path = path
        self.problem = problem


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What the file says of one FS or FI. A key it does not give is kept as it is, or takes its default."""

    path: str
    key: str
    values: Mapping[str, Any]
    secret: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RegistryFile:
    """None: the file has no such list, and says nothing of what it would hold."""

    clients: tuple[Wanted, ...] | None
    providers: tuple[Wanted, ...] | None


def read(text: str) -> RegistryFile:
    """Raises WrongFile."""
    whole = _object(_json(text), "file")
    _refuse_doubled_keys(whole, "")
    _refuse_unknown_keys(whole, ("version", "clients", "providers"), "")
    _read_version(whole)
    return RegistryFile(
        clients=_entries(whole, "clients", CLIENT_FIELDS, key="client_id"),
        providers=_entries(whole, "providers", PROVIDER_FIELDS, key="uid"),
    )


# JSON


class _Object(dict[str, Any]):
    """A JSON object that remembers the keys it was given twice (RFC 8259 4 leaves them undefined)."""

    doubled: tuple[str, ...] = ()


def _json(text: str) -> Any:
    try:
        return json.loads(text, object_pairs_hook=_remember_doubled_keys, parse_constant=_refuse_constant)
    except RecursionError:
        raise WrongFile("file", "nested too deeply") from None
    except ValueError as error:
        raise WrongFile("file", f"not JSON ({error})") from None


def _remember_doubled_keys(pairs: list[tuple[str, Any]]) -> _Object:
    seen = _Object(pairs)
    names = [name for name, _ in pairs]
    seen.doubled = tuple(name for name in seen if names.count(name) > 1)
    return seen


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is no JSON value")


def _refuse_doubled_keys(value: Any, path: str) -> None:
    if isinstance(value, _Object):
        for name in value.doubled:
            raise WrongFile(_under(path, name), "given twice")
        for name, held in value.items():
            _refuse_doubled_keys(held, _under(path, name))
    if isinstance(value, list):
        for place, held in enumerate(value):
            _refuse_doubled_keys(held, f"{path}[{place}]")


def _refuse_unknown_keys(seen: _Object, known: Container[str], path: str) -> None:
    for name in seen:
        if name not in known:
            raise WrongFile(_under(path, name), "unknown key")


def _under(path: str, name: str) -> str:
    shown = name if re.fullmatch(r"\w+", name, re.ASCII) else json.dumps(name)
    return f"{path}.{shown}" if path else shown


def _read_version(whole: _Object) -> None:
    if "version" not in whole:
        raise WrongFile("version", "missing")
    if type(whole["version"]) is not int or whole["version"] != VERSION:
        raise WrongFile("version", f"expected {VERSION}")


def _entries(
    whole: _Object, name: str, readers: Mapping[str, Reader], *, key: str
) -> tuple[Wanted, ...] | None:
    if name not in whole:
        return None
    seen = _list(whole[name], name)
    wanted = tuple(_entry(value, f"{name}[{place}]", readers, key) for place, value in enumerate(seen))
    keys = [entry.key for entry in wanted]
    for place, entry in enumerate(wanted):
        if entry.key in keys[:place]:
            raise WrongFile(f"{entry.path}.{key}", f"duplicate of {name}[{keys.index(entry.key)}]")
    return wanted


def _entry(value: Any, path: str, readers: Mapping[str, Reader], key: str) -> Wanted:
    seen = _object(value, path)
    _refuse_unknown_keys(seen, readers, path)
    if key not in seen:
        raise WrongFile(f"{path}.{key}", "missing")
    values = {name: readers[name](given, f"{path}.{name}") for name, given in seen.items()}
    secret = values.pop("client_secret", None)
    return Wanted(path=path, key=values[key], values=values, secret=secret)


# What one value may be


def _object(value: Any, path: str) -> _Object:
    if not isinstance(value, _Object):
        raise WrongFile(path, "expected an object")
    return value


def _list(value: Any, path: str) -> list[Any]:
    if not isinstance(value, list):
        raise WrongFile(path, "expected a list")
    return value


def _yes_or_no(value: Any, path: str) -> bool:
    if not isinstance(value, bool):
        raise WrongFile(path, "expected true or false")
    return value


def _text(longest: int, *, shortest: int = 1, pattern: str = r"[^\x00-\x1f\x7f\ud800-\udfff]*") -> Reader:
    def read_text(value: Any, path: str) -> str:
        if not isinstance(value, str):
            raise WrongFile(path, "expected a text")
        if len(value) < shortest:
            raise WrongFile(path, "empty" if shortest == 1 else f"shorter than {shortest} characters")
        if len(value) > longest:
            raise WrongFile(path, f"longer than {longest} characters")
        if not re.fullmatch(pattern, value):
            raise WrongFile(path, "holds a character that is not allowed")
        return value

    return read_text


def _or_null(read_value: Reader) -> Reader:
    return lambda value, path: None if value is None else read_value(value, path)


def _or_empty(read_value: Reader) -> Reader:
    return lambda value, path: value if value == "" else read_value(value, path)


def _one_of(*allowed: str) -> Reader:
    def read_choice(value: Any, path: str) -> str:
        if not isinstance(value, str) or value not in allowed:
            raise WrongFile(path, f"expected one of {', '.join(allowed)}")
        return value

    return read_choice


def _list_of(read_item: Reader) -> Reader:
    def read_list(value: Any, path: str) -> tuple[Any, ...]:
        items = [read_item(item, f"{path}[{place}]") for place, item in enumerate(_list(value, path))]
        for place, item in enumerate(items):
            if item in items[:place]:
                raise WrongFile(f"{path}[{place}]", f"duplicate of {path}[{items.index(item)}]")
        return tuple(items)

    return read_list


def _parsed(parse: Callable[[str], object], problem: str) -> Reader:
    """A text that ``parse`` understands (ValueError or ValidationError when not), kept in its normal form."""

    def read_parsed(value: Any, path: str) -> str:
        text = _text(255)(value, path)
        try:
            return str(parse(text))
        except (ValueError, ValidationError):
            raise WrongFile(path, problem) from None

    return read_parsed


def _email(value: Any, path: str) -> str:
    text: str = _text(254)(value, path)
    try:
        validate_email(text)
    except ValidationError:
        raise WrongFile(path, "not an e-mail address") from None
    return text


def _uuid(text: str) -> UUID:
    """The dashed form alone: Python's reader also accepts braces and prefixes."""
    if not re.fullmatch(r"[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}", text):
        raise ValueError("not a UUID")
    return UUID(text)


def public_keys(value: Any, path: str) -> dict[str, Any]:
    """A JWK set (RFC 7517 5) whose every key we understand, without any private nor symmetric one."""
    if not isinstance(value, dict):
        raise WrongFile(path, "expected an object")
    keys = _list(value.get("keys"), f"{path}.keys")
    for place, key in enumerate(keys):
        here = f"{path}.keys[{place}]"
        if not isinstance(key, dict) or key.get("kty") not in ("EC", "RSA", "OKP"):
            raise WrongFile(f"{here}.kty", "expected EC, RSA or OKP")
        if PRIVATE_MEMBERS & key.keys():
            raise WrongFile(here, "holds a private key")
        if understood(key) is None:
            raise WrongFile(here, f"not a public key, or an RSA one under {SHORTEST_RSA} bits")
    return {**value, "keys": [dict(key) for key in keys]}


def _seconds(value: Any, path: str) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or value < 1:
        raise WrongFile(path, "expected a whole number of seconds")
    return value


def _tester(value: Any, path: str) -> Tester:
    seen = _object(value, path)
    _refuse_unknown_keys(seen, ("email", "until"), path)
    for name in ("email", "until"):
        if name not in seen:
            raise WrongFile(f"{path}.{name}", "missing")
    return Tester(_address_of_tester(seen["email"], f"{path}.email"), _moment(seen["until"], f"{path}.until"))


def _address_of_tester(value: Any, path: str) -> str:
    text = _parsed(EmailAddress.parse, "not an e-mail address")(value, path)
    if without_acceptance_suffix(EmailAddress.parse(text)):
        raise WrongFile(path, "given with the suffix that the tester adds to it")
    return str(text)


def _moment(value: Any, path: str) -> str:
    """RFC 3339, kept in UTC to the second. A moment without zone is not one."""
    text = _text(40, pattern=r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(Z|[+-]\d\d:\d\d)")(value, path)
    try:
        return written(datetime.fromisoformat(text))
    except (ValueError, OverflowError):
        raise WrongFile(path, "no such moment") from None


def _testers(value: Any, path: str) -> tuple[Tester, ...]:
    testers: tuple[Tester, ...] = _list_of(_tester)(value, path)
    emails = [tester.email for tester in testers]
    for place, email in enumerate(emails):
        if email in emails[:place]:
            raise WrongFile(f"{path}[{place}].email", f"duplicate of {path}[{emails.index(email)}]")
    return testers


_uri = _text(2000)  # its form depends on the environment: ``plan`` judges it
_short_uri = _text(200)
_endpoint = _text(255)
_domain = _parsed(domains.parse, "not a domain name")
_algorithm = _one_of("ES256", "RS256", "HS256")
_auth_method = _one_of("client_secret_basic", "client_secret_post", "private_key_jwt")
_printable = r"[\x20-\x7e]*"
_lines = r"[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]*"

CLIENT_FIELDS: Mapping[str, Reader] = {
    "client_id": _text(64, pattern=r"[\x21-\x7e]*"),
    "name": _text(120),
    "kind": _one_of("fs", "fd"),
    "client_secret": _text(client_secrets.LONGEST, shortest=client_secrets.SHORTEST, pattern=_printable),
    "redirect_uris": _list_of(_uri),
    "post_logout_redirect_uris": _list_of(_uri),
    "backchannel_logout_uri": _or_null(_short_uri),
    "scopes": _list_of(_text(255, pattern=r"[\x21\x23-\x5b\x5d-\x7e]+")),  # RFC 6749 3.3
    "accepts_private_sector": _yes_or_no,
    "allowed_email_domains": _list_of(_domain),
    "allowed_providers": _list_of(_parsed(_uuid, "not a UUID")),
    "minimum_acr": _or_empty(_one_of("eidas1", "eidas0-mfa", "eidas1-mfa", "eidas2", "eidas3")),
    "token_endpoint_auth_method": _auth_method,
    "jwks": _or_null(public_keys),
    "jwks_uri": _or_null(_short_uri),
    "id_token_signed_response_alg": _algorithm,
    "userinfo_signed_response_alg": _or_null(_algorithm),
    "userinfo_encrypted_response_alg": _or_null(_one_of(*ENCRYPTING)),
    "userinfo_encrypted_response_enc": _or_null(_one_of("A256GCM")),
    "claims_profile": _one_of(*PROFILES),
    "introspection_signed_response_alg": _or_null(_algorithm),
    "is_exempt_from_consent": _yes_or_no,
    "require_pkce": _yes_or_no,
    "code_lifetime": _or_null(_seconds),
    "access_token_lifetime": _or_null(_seconds),
    "refresh_token_lifetime": _or_null(_seconds),
    "is_active": _yes_or_no,
    "environment": _one_of("integration", "production"),
    "site_url": _or_empty(_short_uri),
    "support_email": _or_empty(_email),
    "listed_publicly": _yes_or_no,
    "description": _text(5000, shortest=0, pattern=_lines),
}

PROVIDER_FIELDS: Mapping[str, Reader] = {
    "uid": _parsed(_uuid, "not a UUID"),
    "name": _text(120),
    "title": _text(120),
    "issuer": _endpoint,
    "discovery": _yes_or_no,
    "authorization_endpoint": _or_null(_endpoint),
    "token_endpoint": _or_null(_endpoint),
    "userinfo_endpoint": _or_null(_endpoint),
    "jwks_uri": _or_null(_endpoint),
    "end_session_endpoint": _or_null(_endpoint),
    "client_id": _text(255, pattern=_printable),
    "client_secret": _text(1000, pattern=_printable),
    "token_endpoint_auth_method": _auth_method,
    "id_token_signed_response_algs": _list_of(_algorithm),
    "id_token_encrypted_response_alg": _or_null(_one_of(*ENCRYPTING)),
    "id_token_encrypted_response_enc": _or_null(_one_of("A256GCM")),
    "userinfo_signed_response_alg": _or_null(_algorithm),
    "userinfo_encrypted_response_alg": _or_null(_one_of(*ENCRYPTING)),
    "userinfo_encrypted_response_enc": _or_null(_one_of("A256GCM")),
    "email_domains": _list_of(_domain),
    "extra_email_domains": _list_of(_domain),
    "shared_email_domains": _list_of(_domain),
    "block_unlisted_domains": _yes_or_no,
    "is_routed": _yes_or_no,
    "is_active": _yes_or_no,
    "acceptance_testers": _testers,
    "is_mfa_capable": _yes_or_no,
    "mfa_note": _text(2000, shortest=0, pattern=_lines),
    "quirks": _list_of(_one_of(*QUIRKS)),
    "default_siret": _or_null(_parsed(Siret.parse, "not a SIRET")),
    "support_email": _or_null(_email),
    "status_url": _or_null(_endpoint),
    "network": _one_of("internet", "rie", "hybrid"),
}
