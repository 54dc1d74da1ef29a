"""All that a deployment may vary, typed and read once. The only module that reads the process environment."""

import base64
import binascii
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from ipaddress import ip_address
from typing import TypeVar
from urllib.parse import urlsplit
from uuid import UUID

T = TypeVar("T")


class WrongEnvironment(SystemExit):
    """A variable is missing or wrong: the process stops with this one line."""

    def __init__(self, name: str, problem: str) -> None:
        super().__init__(f"Configuration error: {name} {problem}")


class Network(StrEnum):
    INTERNET = "internet"
    RIE = "rie"


@dataclass(frozen=True, slots=True, kw_only=True)
class Environment:
    """All that deployment may vary. Read once, at start; a wrong or missing value stops the start."""

    secret_key: str
    encryption_keys: Mapping[str, bytes]  # key id → 32 bytes; the first one seals, all of them open
    client_secret_peppers: Mapping[str, bytes]  # key id → bytes; the first one hashes, all of them verify
    site_url: str  # public origin, no trailing slash
    allowed_hosts: tuple[str, ...]
    debug: bool
    network: Network  # RIE deployments reach no public API and have no default FI
    site_name_label: str  # shown in a banner on every page; empty in production

    database_url: str
    # Connections per process; workers × this < the server's limit. 0: one per thread, kept, where threads are few.
    database_pool_size: int
    statement_timeout: timedelta

    # One URL per logical store (reliability rule: five stores, one server today). Empty: kept in PostgreSQL.
    sessions_url: str
    cache_url: str
    limiter_url: str
    one_time_url: str
    broker_url: str

    mail_url: str  # smtp://user:password@host:port, smtps://…, or file:///directory
    mail_from: str
    support_email: str
    documentation_url: str  # where docs/ is published, no trailing slash; empty: error pages link to nothing

    relay_url: str  # Redis where the relay of the ministries' network takes its orders; empty: no relay
    relay_keys: Mapping[
        str, bytes
    ]  # key id → 32 bytes shared with it; the first one signs, all of them verify

    dns_resolvers: tuple[tuple[str, int], ...]  # address and port of each; none: the DNS is never asked
    server_threads: int  # of each web process: what one FI may hold is a part of them
    trusted_proxy_count: int  # how many proxies of ours append to X-Forwarded-For
    log_level: str
    allow_private_addresses: bool  # may outbound calls reach loopback and private networks?
    moderation_bypassed: bool  # sandbox: whoever proves an e-mail may join any organisation
    default_provider: UUID | None  # the FI of those who have none; none on RIE
    client_calls_per_second: int  # of one FS or FD, at token, revocation and introspection
    strict_organization_facts: bool  # while the registers are down, no role on facts of more than a day
    strict_requests: bool  # as ProConnect has been: no unknown parameter, always a state and a nonce

    sso_lifetime: timedelta  # absolute, never slid
    journey_lifetime: timedelta
    code_lifetime: timedelta
    access_token_lifetime: timedelta
    refresh_token_lifetime: timedelta
    id_token_lifetime: timedelta
    mail_code_lifetime: timedelta  # to prove an address
    mail_factor_lifetime: timedelta  # as a second factor (ASVS 6.5.5)
    reset_link_lifetime: timedelta

    @property
    def issuer(self) -> str:
        return f"{self.site_url}/api/v2"

    @property
    def is_https(self) -> bool:
        return self.site_url.startswith("https://")

    @property
    def host(self) -> str:
        """Name without port: the domain of cookies and of passkeys."""
        return urlsplit(self.site_url).hostname or ""


_defaults: dict[str, str] = {}


def provide_defaults(values: Mapping[str, str]) -> None:
    """Values a settings module supplies for variables the process does not set."""
    _defaults.update(values)


def read_process() -> Environment:
    return read({**_defaults, **os.environ})


def read(variables: Mapping[str, str]) -> Environment:
    """Raises WrongEnvironment naming the first variable that is missing or wrong."""
    value = _Variables(variables).value
    redis_url = value("REDIS_URL", _redis_url, "")

    def store(name: str) -> str:
        return value(name, _redis_url, redis_url)

    site_url = value("SITE_URL", _origin)
    relay_url = value("RELAY_URL", _redis_url, "")
    return Environment(
        secret_key=value("SECRET_KEY", _filled),
        encryption_keys=value("ENCRYPTION_KEYS", _keys_of(32)),
        client_secret_peppers=value("CLIENT_SECRET_PEPPERS", _keys_of(32)),
        site_url=site_url,
        allowed_hosts=value("ALLOWED_HOSTS", _words, urlsplit(site_url).hostname),
        debug=value("DEBUG", _yes_or_no, "no"),
        network=value("NETWORK", Network, Network.INTERNET),
        site_name_label=value("SITE_NAME_LABEL", str, ""),
        database_url=value("DATABASE_URL", _postgresql_url),
        database_pool_size=value("DATABASE_POOL_SIZE", _natural, "8"),
        statement_timeout=value("DATABASE_STATEMENT_TIMEOUT", _seconds, "2.5"),
        sessions_url=store("SESSIONS_URL"),
        cache_url=store("CACHE_URL"),
        limiter_url=store("LIMITER_URL"),
        one_time_url=store("ONE_TIME_URL"),
        broker_url=store("BROKER_URL"),
        mail_url=value("MAIL_URL", _mail_url),
        mail_from=value("MAIL_FROM", _filled, f"ProConnect <ne-pas-repondre@{urlsplit(site_url).hostname}>"),
        support_email=value("SUPPORT_EMAIL", _filled, "support@proconnect.gouv.fr"),
        documentation_url=value("DOCUMENTATION_URL", _web_address_or_nothing, ""),
        relay_url=relay_url,
        relay_keys=value("RELAY_KEYS", _keys_of(32)) if relay_url else {},
        dns_resolvers=value("DNS_RESOLVERS", _resolvers, ""),
        server_threads=value("SERVER_THREADS", _positive, "4"),
        trusted_proxy_count=value("TRUSTED_PROXY_COUNT", _natural, "0"),
        log_level=value("LOG_LEVEL", _one_of("DEBUG", "INFO", "WARNING", "ERROR"), "INFO"),
        allow_private_addresses=value("ALLOW_PRIVATE_ADDRESSES", _yes_or_no, "no"),
        moderation_bypassed=value("MODERATION_BYPASSED", _yes_or_no, "no"),
        default_provider=value("DEFAULT_PROVIDER", _uuid_or_none, "71144ab3-ee1a-4401-b7b3-79b44f7daeeb"),
        client_calls_per_second=value("CLIENT_CALLS_PER_SECOND", _positive, "100"),
        strict_organization_facts=value("STRICT_ORGANIZATION_FACTS", _yes_or_no, "no"),
        strict_requests=value("STRICT_REQUESTS", _yes_or_no, "no"),
        sso_lifetime=value("SSO_LIFETIME", _seconds, "43200"),
        journey_lifetime=value("JOURNEY_LIFETIME", _seconds, "3600"),
        code_lifetime=value("CODE_LIFETIME", _seconds, "60"),
        access_token_lifetime=value("ACCESS_TOKEN_LIFETIME", _seconds, "3600"),
        refresh_token_lifetime=value("REFRESH_TOKEN_LIFETIME", _seconds, "7200"),
        id_token_lifetime=value("ID_TOKEN_LIFETIME", _seconds, "300"),
        mail_code_lifetime=value("MAIL_CODE_LIFETIME", _seconds, "3600"),
        mail_factor_lifetime=value("MAIL_FACTOR_LIFETIME", _seconds, "600"),
        reset_link_lifetime=value("RESET_LINK_LIFETIME", _seconds, "3600"),
    )


@dataclass(frozen=True, slots=True)
class _Variables:
    given: Mapping[str, str]

    def value(self, name: str, parse: Callable[[str], T], default: str | None = None) -> T:
        """Raises WrongEnvironment."""
        raw = self.given.get(name, default)
        if raw is None:
            raise WrongEnvironment(name, "is missing")
        try:
            return parse(raw.strip())
        except (ValueError, binascii.Error) as error:
            raise WrongEnvironment(name, f"is wrong: {error}") from None


@dataclass(frozen=True, slots=True, kw_only=True)
class RelayEnvironment:
    """All that the relay of the ministries' network needs: it has neither site nor database."""

    relay_url: str
    relay_keys: Mapping[str, bytes]
    relay_destinations: frozenset[str]  # origins it may call, and no other
    server_threads: int  # as many calls at once
    allow_private_addresses: bool  # as in Environment
    log_level: str


def read_relay_process() -> RelayEnvironment:
    return read_relay({**_defaults, **os.environ})


def read_relay(variables: Mapping[str, str]) -> RelayEnvironment:
    """Raises WrongEnvironment naming the first variable that is missing or wrong."""
    value = _Variables(variables).value
    return RelayEnvironment(
        relay_url=value("RELAY_URL", _some_redis_url),
        relay_keys=value("RELAY_KEYS", _keys_of(32)),
        relay_destinations=value("RELAY_DESTINATIONS", _origins),
        server_threads=value("RELAY_THREADS", _positive, "8"),
        allow_private_addresses=value("ALLOW_PRIVATE_ADDRESSES", _yes_or_no, "no"),
        log_level=value("LOG_LEVEL", _one_of("DEBUG", "INFO", "WARNING", "ERROR"), "INFO"),
    )


def _filled(raw: str) -> str:
    if not raw:
        raise ValueError("it is empty")
    return raw


def _words(raw: str) -> tuple[str, ...]:
    return tuple(word.strip() for word in raw.split(",") if word.strip())


def _yes_or_no(raw: str) -> bool:
    answers = {"yes": True, "true": True, "1": True, "no": False, "false": False, "0": False, "": False}
    if raw.lower() not in answers:
        raise ValueError(f"expected yes or no, got {raw!r}")
    return answers[raw.lower()]


def _one_of(*allowed: str) -> Callable[[str], str]:
    def parse(raw: str) -> str:
        if raw.upper() not in allowed:
            raise ValueError(f"expected one of {', '.join(allowed)}, got {raw!r}")
        return raw.upper()

    return parse


def _natural(raw: str) -> int:
    if not raw.isascii() or not raw.isdigit():
        raise ValueError(f"expected a whole number, got {raw!r}")
    return int(raw)


def _positive(raw: str) -> int:
    if (number := _natural(raw)) == 0:
        raise ValueError("expected at least 1")
    return number


def _seconds(raw: str) -> timedelta:
    try:
        duration = timedelta(seconds=float(raw))
    except (ValueError, OverflowError):
        raise ValueError(f"expected a number of seconds, got {raw!r}") from None
    if duration <= timedelta(0):
        raise ValueError(f"expected more than 0 seconds, got {raw!r}")
    return duration


def _uuid_or_none(raw: str) -> UUID | None:
    return UUID(raw) if raw else None


def _origin(raw: str) -> str:
    parts = urlsplit(raw)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError(f"expected an http(s) origin, got {raw!r}")
    if parts.path or parts.query or parts.fragment or "@" in parts.netloc:
        raise ValueError("expected an origin alone, without path, trailing slash nor user")
    if parts.port == 0:
        raise ValueError("expected a port from 1 to 65535")
    return raw


def _origins(raw: str) -> frozenset[str]:
    if not (origins := _words(raw)):
        raise ValueError("expected at least one origin")
    return frozenset(map(_origin, origins))


def _resolvers(raw: str) -> tuple[tuple[str, int], ...]:
    return tuple(map(_resolver, _words(raw)))


def _resolver(raw: str) -> tuple[str, int]:
    """``192.0.2.1``, ``192.0.2.1:5353`` or ``[2001:db8::1]:5353``: an address, since a name would need a resolver."""
    parts = urlsplit(f"//{raw}")
    if parts.hostname is None or parts.netloc != raw or "@" in raw or parts.port == 0:
        raise ValueError(f"expected address or address:port, got {raw!r}")
    return str(ip_address(parts.hostname)), parts.port or 53


def _url_with(*schemes: str) -> Callable[[str], str]:
    def parse(raw: str) -> str:
        if urlsplit(raw).scheme not in schemes:
            raise ValueError(f"expected a URL in {', '.join(schemes)}")
        return raw

    return parse


def _web_address_or_nothing(raw: str) -> str:
    return _url_with("http", "https")(raw).rstrip("/") if raw else ""


_postgresql_url = _url_with("postgresql", "postgres")
_mail_url = _url_with("smtp", "smtps", "file", "console")
_some_redis_url = _url_with("redis", "rediss", "unix")


def _redis_url(raw: str) -> str:
    return _some_redis_url(raw) if raw else ""


def _keys_of(length: int) -> Callable[[str], Mapping[str, bytes]]:
    def parse(raw: str) -> Mapping[str, bytes]:
        named = [_named_key(entry, length) for entry in _words(raw)]
        if not named or len(dict(named)) < len(named):
            raise ValueError("expected id:base64 keys, at least one, each id once")
        return dict(named)

    return parse


def _named_key(entry: str, length: int) -> tuple[str, bytes]:
    key_id, _, encoded = entry.partition(":")
    key = base64.b64decode(encoded, validate=True)
    if not key_id.isalnum() or len(key) != length:
        raise ValueError(f"expected id:base64 of {length} bytes")
    return key_id, key
