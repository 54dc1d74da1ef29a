"""What applying a registry file would change (pure), and the rules that need a whole row to be judged."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, cast

from federation.registry.entries import ClientEntry, Entry, FieldChange, ProviderEntry, differences
from federation.registry.reading import RegistryFile, Wanted, WrongFile
from federation.registry.uris import LONGEST, UriProblem, problem_with

CLIENT_LISTS_OF_URIS = ("redirect_uris", "post_logout_redirect_uris")
CLIENT_URIS = ("backchannel_logout_uri", "jwks_uri", "site_url")
PROVIDER_URIS = (
    "issuer",
    "authorization_endpoint",
    "token_endpoint",
    "userinfo_endpoint",
    "jwks_uri",
    "end_session_endpoint",
)
NEEDED_WITHOUT_DISCOVERY = ("authorization_endpoint", "token_endpoint", "userinfo_endpoint", "jwks_uri")

URI_PROBLEMS: Mapping[UriProblem, str] = {
    UriProblem.EMPTY: "empty",
    UriProblem.TOO_LONG: f"longer than {LONGEST} characters",
    UriProblem.WRONG_CHARACTER: "holds a character that a URI cannot",
    UriProblem.NOT_ABSOLUTE: "not an absolute URI",
    UriProblem.NOT_HTTPS: "not https",
    UriProblem.WILDCARD: "holds a wildcard",
    UriProblem.FRAGMENT: "holds a fragment",
    UriProblem.USERINFO: "holds a user name",
    UriProblem.WRONG_HOST: "its host is not a full domain name",
    UriProblem.WRONG_PORT: "its port is wrong",
    UriProblem.LOOPBACK: "loopback, which only integration and the demo accept",
    UriProblem.IP_ADDRESS: "an IP address in the place of a name",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """A row as it is. ``is_its_secret`` compares without revealing; ``is_used``: has a history to keep."""

    entry: Entry
    is_its_secret: Callable[[str], bool]
    is_used: Callable[[], bool]
    has_its_secret_sealed: bool = False
    is_local: bool = False  # Identité: code, not configuration


@dataclass(frozen=True, slots=True)
class Create:
    entry: Entry
    secret: str | None


@dataclass(frozen=True, slots=True)
class Change:
    entry: Entry
    fields: tuple[FieldChange, ...]
    secret: str | None  # the new one
    draws_secret: bool = False  # HS256 chosen while only the hash of the secret is kept


@dataclass(frozen=True, slots=True)
class Keep:
    entry: Entry


@dataclass(frozen=True, slots=True)
class Delete:
    """It never served: nothing of the history refers to it."""

    entry: Entry


@dataclass(frozen=True, slots=True)
class PutOutOfService:
    """Its history stays readable."""

    entry: Entry


Step = Create | Change | Keep | Delete | PutOutOfService


def plan(
    file: RegistryFile,
    clients: Mapping[str, Held],
    providers: Mapping[str, Held],
    *,
    prune: bool,
    loopback_providers_allowed: bool,
) -> tuple[Step, ...]:
    """Raises WrongFile. A list the file does not have is neither changed nor pruned."""
    steps = [
        *_plan_of(file.clients, clients, _new_client, prune),
        *_plan_of(file.providers, providers, _new_provider, prune),
    ]
    _check(file.clients, steps, lambda wanted, entry: _check_client(wanted, cast(ClientEntry, entry)))
    _check(
        file.providers,
        steps,
        lambda wanted, entry: _check_provider(wanted, cast(ProviderEntry, entry), loopback_providers_allowed),
    )
    _check_no_two_providers_alike(file.providers or (), steps, providers)
    return tuple(steps)


# Steps


def _plan_of(
    wanted: Sequence[Wanted] | None, held: Mapping[str, Held], new: Callable[[Wanted], Entry], prune: bool
) -> Iterable[Step]:
    if wanted is None:
        return
    for each in wanted:
        yield _step(each, held.get(each.key), new)
    if prune:
        named = {each.key for each in wanted}
        yield from (_pruned(row) for key, row in held.items() if key not in named and not row.is_local)


def _step(wanted: Wanted, held: Held | None, new: Callable[[Wanted], Entry]) -> Step:
    if held is None:
        return Create(new(wanted), wanted.secret)
    if held.is_local:
        raise WrongFile(wanted.path, "this FI is part of ProConnect: it is not configured here")
    entry = _merged(held.entry, wanted)
    changes = differences(held.entry, entry)
    must_be_sealed = (
        isinstance(entry, ClientEntry) and entry.signs_with_its_secret and not held.has_its_secret_sealed
    )
    secret = wanted.secret
    if secret is not None and held.is_its_secret(secret) and not must_be_sealed:
        secret = None
    draws = must_be_sealed and secret is None
    return Change(entry, changes, secret, draws) if changes or secret is not None or draws else Keep(entry)


def _pruned(row: Held) -> Step:
    if not row.is_used():
        return Delete(row.entry)
    return PutOutOfService(row.entry) if row.entry.is_active else Keep(row.entry)


def _new_client(wanted: Wanted) -> ClientEntry:
    _require(wanted, "name")
    return ClientEntry(**wanted.values)


def _new_provider(wanted: Wanted) -> ProviderEntry:
    _require(wanted, "name", "title", "issuer", "client_id")
    return ProviderEntry(**_with_sorted_domains(wanted.values))


def _merged(entry: Entry, wanted: Wanted) -> Entry:
    if isinstance(entry, ClientEntry):
        return replace(entry, **wanted.values)
    return replace(entry, **_with_sorted_domains(wanted.values))


def _with_sorted_domains(values: Mapping[str, Any]) -> dict[str, Any]:
    lists = ("email_domains", "extra_email_domains")
    return {name: tuple(sorted(value)) if name in lists else value for name, value in values.items()}


def _require(wanted: Wanted, *names: str) -> None:
    for name in names:
        if name not in wanted.values:
            raise WrongFile(f"{wanted.path}.{name}", "missing")


# Rules


def _check(
    wanted: Sequence[Wanted] | None, steps: Iterable[Step], check: Callable[[Wanted, Entry], None]
) -> None:
    entries = {step.entry.key: step.entry for step in steps}
    for each in wanted or ():
        check(each, entries[each.key])


def _check_client(wanted: Wanted, entry: ClientEntry) -> None:
    loopback_allowed = entry.environment != "production"
    for name in CLIENT_LISTS_OF_URIS:
        for place, uri in enumerate(getattr(entry, name)):
            _check_uri(uri, f"{wanted.path}.{name}[{place}]", loopback_allowed)
    for name in CLIENT_URIS:
        _check_uri(getattr(entry, name), f"{wanted.path}.{name}", loopback_allowed)
    if entry.kind == "fs" and "openid" not in entry.scopes:
        raise WrongFile(f"{wanted.path}.scopes", "a FS needs openid")
    if entry.token_endpoint_auth_method == "private_key_jwt" and not (entry.jwks or entry.jwks_uri):
        raise WrongFile(f"{wanted.path}.jwks", "private_key_jwt needs jwks or jwks_uri")


def _check_provider(wanted: Wanted, entry: ProviderEntry, loopback_allowed: bool) -> None:
    for name in PROVIDER_URIS:
        _check_uri(getattr(entry, name), f"{wanted.path}.{name}", loopback_allowed)
    if "?" in entry.issuer:
        raise WrongFile(f"{wanted.path}.issuer", "holds a query")  # OIDC Discovery 3
    for name in NEEDED_WITHOUT_DISCOVERY:
        if not entry.discovery and not getattr(entry, name):
            raise WrongFile(f"{wanted.path}.{name}", "needed without discovery")
    if not entry.id_token_signed_response_algs:
        raise WrongFile(f"{wanted.path}.id_token_signed_response_algs", "empty")
    for place, domain in enumerate(wanted.values.get("extra_email_domains", entry.extra_email_domains)):
        if domain in entry.email_domains:
            raise WrongFile(
                f"{wanted.path}.extra_email_domains[{place}]", "duplicate of one in email_domains"
            )


def _check_uri(uri: str | None, path: str, loopback_allowed: bool) -> None:
    problem = problem_with(uri, loopback_allowed=loopback_allowed) if uri else None
    if problem:
        raise WrongFile(path, URI_PROBLEMS[problem])


def _check_no_two_providers_alike(
    wanted: Sequence[Wanted], steps: Iterable[Step], held: Mapping[str, Held]
) -> None:
    """The database refuses a shared name, and a shared issuer and client_id; the file is told where."""
    final = {key: cast(ProviderEntry, row.entry) for key, row in held.items()}
    final |= {step.entry.key: step.entry for step in steps if isinstance(step.entry, ProviderEntry)}
    for step in steps:
        if isinstance(step, Delete):
            final.pop(step.entry.key, None)
    for each in wanted:
        entry = final[each.key]
        for other in final.values():
            if other.uid == entry.uid:
                continue
            if other.name == entry.name:
                raise WrongFile(f"{each.path}.name", f"already the name of {other.uid}")
            if (other.issuer, other.client_id) == (entry.issuer, entry.client_id):
                raise WrongFile(f"{each.path}.issuer", f"{other.uid} has the same issuer and client_id")
