"""What applying a registry file would change (pure), and the rules that need a whole row to be judged."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeVar, cast

from federation import quirks
from federation.registry import data_scopes, public_keys, sharing
from federation.registry.entries import ClientEntry, Entry, FieldChange, ProviderEntry, differences
from federation.registry.reading import RegistryFile, Wanted, WrongFile
from federation.registry.uris import LONGEST, UriProblem, problem_with

E = TypeVar("E", ClientEntry, ProviderEntry)

CLIENT_LISTS_OF_URIS = ("redirect_uris", "post_logout_redirect_uris")
CLIENT_URIS = ("backchannel_logout_uri", "jwks_uri", "site_url")
PROVIDER_URIS = (
    "issuer",
    "authorization_endpoint",
    "token_endpoint",
    "userinfo_endpoint",
    "jwks_uri",
    "end_session_endpoint",
    "status_url",
)
ENCRYPTED_ANSWERS = ("id_token_encrypted_response", "userinfo_encrypted_response")
SORTED = ("email_domains", "extra_email_domains", "shared_email_domains", "acceptance_testers")
SIGNED_ANSWERS = (
    "id_token_signed_response_alg",
    "userinfo_signed_response_alg",
    "introspection_signed_response_alg",
)

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
    longest_lifetimes: Mapping[str, int],
) -> tuple[Step, ...]:
    """Raises WrongFile. A list the file does not have is neither changed nor pruned.

    ``longest_lifetimes``: the deployment's, in seconds, which a FS may only shorten.
    """
    steps = [
        *_plan_of(file.clients, clients, _new_client, prune),
        *_plan_of(file.providers, providers, _new_provider, prune),
    ]
    _check(
        file.clients,
        steps,
        lambda wanted, entry: _check_client(wanted, cast(ClientEntry, entry), longest_lifetimes),
    )
    _check(
        file.providers,
        steps,
        lambda wanted, entry: _check_provider(wanted, cast(ProviderEntry, entry), loopback_providers_allowed),
    )
    _check_no_two_providers_alike(file.providers or (), steps, providers)
    _check_domains_are_shared_by_agreement(file.providers or (), steps, providers)
    _check_no_two_fds_share_a_scope(file.clients or (), steps, clients)
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
    """Only a FD exempt from consent can be registered yet: it need not say so. It brings no scope of ours."""
    _require(wanted, "name")
    of_a_fd = {"is_exempt_from_consent": True, "scopes": ()} if wanted.values.get("kind") == "fd" else {}
    return ClientEntry(**{**of_a_fd, **wanted.values})


def _new_provider(wanted: Wanted) -> ProviderEntry:
    _require(wanted, "name", "title", "issuer", "client_id")
    return ProviderEntry(**_sorted(wanted.values))


def _merged(entry: Entry, wanted: Wanted) -> Entry:
    if isinstance(entry, ClientEntry):
        return replace(entry, **wanted.values)
    changed = replace(entry, **_sorted(wanted.values))
    if "shared_email_domains" in wanted.values:
        return changed
    kept = tuple(name for name in entry.shared_email_domains if name in changed.email_domains)
    return replace(changed, shared_email_domains=kept)


def _sorted(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: tuple(sorted(value)) if name in SORTED else value for name, value in values.items()}


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


def _check_client(wanted: Wanted, entry: ClientEntry, longest_lifetimes: Mapping[str, int]) -> None:
    for check in CLIENT_CHECKS:
        check(wanted, entry)
    for name, longest in longest_lifetimes.items():
        if (wanted.values.get(name) or 0) > longest:
            raise WrongFile(f"{wanted.path}.{name}", f"longer than the {longest} s of this deployment")


def _check_addresses(wanted: Wanted, entry: ClientEntry) -> None:
    loopback_allowed = entry.environment != "production"
    for name in CLIENT_LISTS_OF_URIS:
        for place, uri in enumerate(getattr(entry, name)):
            _check_uri(uri, f"{wanted.path}.{name}[{place}]", loopback_allowed)
    for name in CLIENT_URIS:
        _check_uri(getattr(entry, name), f"{wanted.path}.{name}", loopback_allowed)


def _check_kind(wanted: Wanted, entry: ClientEntry) -> None:
    if entry.kind == "fs" and "openid" not in entry.scopes:
        raise WrongFile(f"{wanted.path}.scopes", "a FS needs openid")
    if entry.kind == "fd" and not entry.is_exempt_from_consent:
        raise WrongFile(f"{wanted.path}.is_exempt_from_consent", "only a FD exempt from consent is accepted")
    for place, scope in enumerate(entry.scopes if entry.kind == "fd" else ()):
        here = f"{wanted.path}.scopes[{place}]"
        if data_scopes.is_reserved(scope):
            raise WrongFile(here, f"{scope} is a scope of the federation, not of a FD")
        if not data_scopes.is_good_name(scope):
            raise WrongFile(here, f"not a name for the scope of a FD: {data_scopes.RULE}")


def _check_authentication(wanted: Wanted, entry: ClientEntry) -> None:
    if entry.jwks and entry.jwks_uri:
        raise WrongFile(f"{wanted.path}.jwks_uri", "given beside jwks: one or the other")  # RFC 7591 2
    if entry.has_a_secret:
        return
    if not (entry.jwks or entry.jwks_uri):
        raise WrongFile(f"{wanted.path}.jwks", "private_key_jwt needs jwks or jwks_uri")
    if entry.jwks and not public_keys.to_verify(entry.jwks):
        raise WrongFile(f"{wanted.path}.jwks", "holds no key that checks ES256 or RS256")
    for name in SIGNED_ANSWERS:
        if getattr(entry, name) == "HS256":
            raise WrongFile(
                f"{wanted.path}.{name}", "HS256 signs with the secret, and private_key_jwt has none"
            )


def _check_encryption(wanted: Wanted, entry: ClientEntry) -> None:
    algorithm, path = entry.userinfo_encrypted_response_alg, f"{wanted.path}.userinfo_encrypted_response"
    if (algorithm is None) != (entry.userinfo_encrypted_response_enc is None):
        raise WrongFile(f"{path}_enc", f"goes with {path.rpartition('.')[2]}_alg: both or none")
    if algorithm is None:
        return
    if not (entry.jwks or entry.jwks_uri):
        raise WrongFile(f"{path}_alg", "needs jwks or jwks_uri")
    if entry.jwks and not public_keys.to_encrypt(entry.jwks, algorithm):
        raise WrongFile(f"{wanted.path}.jwks", f"holds no key that {algorithm} can encrypt with")


CLIENT_CHECKS: tuple[Callable[[Wanted, ClientEntry], None], ...] = (
    _check_addresses,
    _check_kind,
    _check_authentication,
    _check_encryption,
)


def needed_by_hand(names_of_quirks: Iterable[str]) -> tuple[str, ...]:
    """The addresses that a FI without discovery must give."""
    userinfo = ("userinfo_endpoint",) if quirks.has_userinfo(tuple(names_of_quirks)) else ()
    return ("authorization_endpoint", "token_endpoint", *userinfo, "jwks_uri")


def _check_provider(wanted: Wanted, entry: ProviderEntry, loopback_allowed: bool) -> None:
    for name in PROVIDER_URIS:
        _check_uri(getattr(entry, name), f"{wanted.path}.{name}", loopback_allowed)
    for check in PROVIDER_CHECKS:
        check(wanted, entry)


def _check_endpoints(wanted: Wanted, entry: ProviderEntry) -> None:
    if "?" in entry.issuer:
        raise WrongFile(f"{wanted.path}.issuer", "holds a query")  # OIDC Discovery 3
    for name in needed_by_hand(entry.quirks):
        if not entry.discovery and not getattr(entry, name):
            raise WrongFile(f"{wanted.path}.{name}", "needed without discovery")


def _check_answers(wanted: Wanted, entry: ProviderEntry) -> None:
    if not entry.id_token_signed_response_algs:
        raise WrongFile(f"{wanted.path}.id_token_signed_response_algs", "empty")
    for name in ENCRYPTED_ANSWERS:
        if (getattr(entry, f"{name}_alg") is None) != (getattr(entry, f"{name}_enc") is None):
            raise WrongFile(f"{wanted.path}.{name}_enc", f"goes with {name}_alg: both or none")


def _check_domains(wanted: Wanted, entry: ProviderEntry) -> None:
    for place, domain in enumerate(wanted.values.get("extra_email_domains", entry.extra_email_domains)):
        if domain in entry.email_domains:
            raise WrongFile(
                f"{wanted.path}.extra_email_domains[{place}]", "duplicate of one in email_domains"
            )
    for place, domain in enumerate(wanted.values.get("shared_email_domains", ())):
        if domain not in entry.email_domains:
            raise WrongFile(f"{wanted.path}.shared_email_domains[{place}]", "not one of email_domains")


def _check_testers(wanted: Wanted, entry: ProviderEntry) -> None:
    accepted = {*entry.email_domains, *entry.extra_email_domains}
    for place, tester in enumerate(wanted.values.get("acceptance_testers", ())):
        if entry.block_unlisted_domains and tester.email.rpartition("@")[2] not in accepted:
            path = f"{wanted.path}.acceptance_testers[{place}].email"
            raise WrongFile(path, "of a domain that this FI does not have")


PROVIDER_CHECKS: tuple[Callable[[Wanted, ProviderEntry], None], ...] = (
    _check_endpoints,
    _check_answers,
    _check_domains,
    _check_testers,
)


def _check_uri(uri: str | None, path: str, loopback_allowed: bool) -> None:
    problem = problem_with(uri, loopback_allowed=loopback_allowed) if uri else None
    if problem:
        raise WrongFile(path, URI_PROBLEMS[problem])


def _check_no_two_providers_alike(
    wanted: Sequence[Wanted], steps: Iterable[Step], held: Mapping[str, Held]
) -> None:
    """The database refuses a shared name, and a shared issuer and client_id; the file is told where."""
    final = _final(ProviderEntry, steps, held)
    for each in wanted:
        entry = final[each.key]
        for other in final.values():
            if other.uid == entry.uid:
                continue
            if other.name == entry.name:
                raise WrongFile(f"{each.path}.name", f"already the name of {other.uid}")
            if (other.issuer, other.client_id) == (entry.issuer, entry.client_id):
                raise WrongFile(f"{each.path}.issuer", f"{other.uid} has the same issuer and client_id")


def _check_domains_are_shared_by_agreement(
    wanted: Sequence[Wanted], steps: Iterable[Step], held: Mapping[str, Held]
) -> None:
    final = _final(ProviderEntry, steps, held)
    for each in wanted:
        for conflict in sharing.conflicts(final[each.key], final.values()):
            domains = each.values.get("email_domains", final[each.key].email_domains)
            place = tuple(domains).index(conflict.domain)
            raise WrongFile(
                f"{each.path}.email_domains[{place}]",
                f"{conflict.domain} also leads to {conflict.other.uid}: both must have it in shared_email_domains",
            )


def _check_no_two_fds_share_a_scope(
    wanted: Sequence[Wanted], steps: Iterable[Step], held: Mapping[str, Held]
) -> None:
    """A scope leads to one FD."""
    final = _final(ClientEntry, steps, held)
    owners = [(scope, entry) for entry in final.values() if entry.kind == "fd" for scope in entry.scopes]
    for each in wanted:
        entry = final[each.key]
        for scope, owner in owners:
            if entry.kind == "fd" and owner.key != entry.key and scope in entry.scopes:
                place = entry.scopes.index(scope)
                raise WrongFile(f"{each.path}.scopes[{place}]", f"{scope} is a scope of {owner.client_id}")


def _final(kind: type[E], steps: Iterable[Step], held: Mapping[str, Held]) -> dict[str, E]:
    """What the tables will hold."""
    final = {key: row.entry for key, row in held.items()}
    for step in steps:
        final[step.entry.key] = step.entry
        if isinstance(step, Delete):
            del final[step.entry.key]
    return {key: entry for key, entry in final.items() if isinstance(entry, kind)}
