"""Values of the process's environment: typed, read once; a wrong or missing one stops the start with one line."""

import base64
import importlib
import os
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest

from proconnect.settings import env
from proconnect.settings.env import Network, WrongEnvironment

ROOT = Path(__file__).resolve().parents[2]


def key(first: int = 0) -> str:
    return base64.b64encode(bytes(range(first, first + 32))).decode()


SOUND = {
    "SECRET_KEY": "q9w8e7r6t5y4u3i2o1p0-asdfghjkl-zxcvbnm-1234567",
    "ENCRYPTION_KEYS": f"k2:{key()},k1:{key(7)}",
    "CLIENT_SECRET_PEPPERS": f"p1:{key(32)}",
    "SITE_URL": "https://proconnect.exemple.gouv.fr",
    "ALLOWED_HOSTS": "proconnect.exemple.gouv.fr",
    "DATABASE_URL": "postgresql://proconnect@db/proconnect",
    "MAIL_URL": "smtps://user:password@mail.exemple.fr:465",
}
FLAT_KEY = base64.b64encode(b"x" * 32).decode()


def start_production(monkeypatch: pytest.MonkeyPatch, **changes: str) -> None:
    """What a process that uses production settings does first."""
    for name in list(os.environ):
        monkeypatch.delenv(name)
    for name, value in {**SOUND, **changes}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(env, "_defaults", {})
    for name in ("proconnect.settings.base", "proconnect.settings.production"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    importlib.import_module("proconnect.settings.production")
    for name in ("proconnect.settings.base", "proconnect.settings.production"):
        monkeypatch.delitem(sys.modules, name)


def test_s166_production_starts_on_sound_values(monkeypatch: pytest.MonkeyPatch) -> None:
    start_production(monkeypatch)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DEBUG", "yes"),
        ("SECRET_KEY", "a-key-for-tests-alone-that-production-refuses"),
        ("SECRET_KEY", "short"),
        ("SECRET_KEY", "x" * 64),
        ("SECRET_KEY", "django-insecure-4v3ry-l0ng-value-made-by-startproject-xyz"),
        ("ENCRYPTION_KEYS", f"k1:{FLAT_KEY}"),
        ("ENCRYPTION_KEYS", f"k2:{key()},k1:{FLAT_KEY}"),
        ("ENCRYPTION_KEYS", "test1:dGVzdHRlc3R0ZXN0dGVzdHRlc3R0ZXN0dGVzdHRlc3Q="),
        ("CLIENT_SECRET_PEPPERS", f"p1:{FLAT_KEY}"),
        ("CLIENT_SECRET_PEPPERS", "test1:cGVwcGVycGVwcGVycGVwcGVycGVwcGVycGVwcGVycGU="),
        ("ALLOWED_HOSTS", "*"),
        ("ALLOWED_HOSTS", "proconnect.exemple.gouv.fr,*.exemple.fr"),
        ("ALLOWED_HOSTS", ""),
        ("SITE_URL", "http://proconnect.exemple.gouv.fr"),
        ("MAIL_URL", "console:"),
        ("MAIL_URL", "file:///tmp/mail"),
        ("ALLOW_PRIVATE_ADDRESSES", "yes"),
        ("MODERATION_BYPASSED", "yes"),
    ],
)
def test_s166_production_refuses_to_start(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    with pytest.raises(WrongEnvironment, match=f"^Configuration error: {name} "):
        start_production(monkeypatch, **{name: value})


@pytest.mark.parametrize("name", sorted(SOUND.keys() - {"ALLOWED_HOSTS"}))
def test_s166_a_missing_value_is_named(name: str) -> None:
    variables = {other: value for other, value in SOUND.items() if other != name}
    with pytest.raises(WrongEnvironment, match=f"^Configuration error: {name} is missing$"):
        env.read(variables)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SECRET_KEY", ""),
        ("SECRET_KEY", "   "),
        ("ENCRYPTION_KEYS", ""),
        ("ENCRYPTION_KEYS", key()),
        ("ENCRYPTION_KEYS", "k1:not base64!"),
        ("ENCRYPTION_KEYS", "k1:dG9vIHNob3J0"),
        ("ENCRYPTION_KEYS", f":{key()}"),
        ("ENCRYPTION_KEYS", f"k1:{key()},k1:{key(7)}"),
        ("CLIENT_SECRET_PEPPERS", "p1:"),
        ("SITE_URL", "proconnect.fr"),
        ("SITE_URL", "https://proconnect.fr/"),
        ("SITE_URL", "https://proconnect.fr/api"),
        ("SITE_URL", "https://proconnect.fr?x"),
        ("SITE_URL", "https://user@proconnect.fr"),
        ("SITE_URL", "https://proconnect.fr:port"),
        ("SITE_URL", "ftp://proconnect.fr"),
        ("SITE_URL", "https://"),
        ("DEBUG", "maybe"),
        ("NETWORK", "lan"),
        ("DATABASE_URL", "mysql://db/proconnect"),
        ("DATABASE_URL", "sqlite:///db"),
        ("DATABASE_URL", ""),
        ("DATABASE_POOL_SIZE", "-1"),
        ("DATABASE_POOL_SIZE", "many"),
        ("DATABASE_POOL_SIZE", "٣"),
        ("DATABASE_STATEMENT_TIMEOUT", "soon"),
        ("DATABASE_STATEMENT_TIMEOUT", "nan"),
        ("REDIS_URL", "http://redis"),
        ("SESSIONS_URL", "memcached://x"),
        ("MAIL_URL", "mail.exemple.fr"),
        ("TRUSTED_PROXY_COUNT", "one"),
        ("LOG_LEVEL", "LOUD"),
        ("DEFAULT_PROVIDER", "identite"),
        ("SSO_LIFETIME", "-1"),
        ("SSO_LIFETIME", "0"),
        ("SSO_LIFETIME", "inf"),
        ("CODE_LIFETIME", "1e30"),
        ("ID_TOKEN_LIFETIME", ""),
        ("MAIL_FROM", ""),
        ("DOCUMENTATION_URL", "partenaires.exemple.fr"),
        ("DOCUMENTATION_URL", "javascript:alert(1)"),
        ("DNS_RESOLVERS", "dns.exemple.fr"),
        ("DNS_RESOLVERS", "192.0.2.1:0"),
        ("DNS_RESOLVERS", "192.0.2.1:port"),
        ("DNS_RESOLVERS", "192.0.2.1/24"),
        ("DNS_RESOLVERS", "user@192.0.2.1"),
    ],
)
def test_s166_a_wrong_value_is_named_in_one_line(name: str, value: str) -> None:
    with pytest.raises(WrongEnvironment) as refused:
        env.read({**SOUND, name: value})
    assert str(refused.value).startswith(f"Configuration error: {name} is wrong: ")
    assert "\n" not in str(refused.value)


def test_the_published_documentation_may_be_nowhere() -> None:
    assert env.read(SOUND).documentation_url == ""
    read = env.read({**SOUND, "DOCUMENTATION_URL": "https://partenaires.exemple.fr/docs/"})
    assert read.documentation_url == "https://partenaires.exemple.fr/docs"


@pytest.mark.parametrize("name", ["SECRET_KEY", "ENCRYPTION_KEYS", "DATABASE_URL", "MAIL_URL", "REDIS_URL"])
def test_s167_a_wrong_secret_is_not_repeated(name: str) -> None:
    with pytest.raises(WrongEnvironment) as refused:
        env.read({**SOUND, name: "\x00swordfish://swordfish:swordfish@x" if name != "SECRET_KEY" else ""})
    assert "swordfish" not in str(refused.value)


def test_the_process_stops_with_one_line_and_no_traceback() -> None:
    command = [sys.executable, "-c", "import proconnect.settings.production"]
    variables = {**SOUND, "DEBUG": "yes", "PYTHONPATH": str(ROOT)}
    stopped = subprocess.run(command, env=variables, capture_output=True, text=True, check=False)
    assert stopped.returncode != 0
    assert stopped.stderr == "Configuration error: DEBUG must be off in production\n"


def test_what_is_read() -> None:
    seen = env.read({**SOUND, "REDIS_URL": "redis://r/0", "LIMITER_URL": "redis://l/1", "NETWORK": "rie"})
    assert seen.issuer == "https://proconnect.exemple.gouv.fr/api/v2"
    assert seen.is_https
    assert seen.host == "proconnect.exemple.gouv.fr"
    assert seen.network is Network.RIE
    assert list(seen.encryption_keys) == ["k2", "k1"]
    assert (seen.sessions_url, seen.limiter_url) == ("redis://r/0", "redis://l/1")
    assert seen.code_lifetime == timedelta(seconds=60)
    assert seen.sso_lifetime == timedelta(hours=12)
    assert not seen.debug


def test_resolvers_are_addresses_with_or_without_port() -> None:
    assert env.read(SOUND).dns_resolvers == ()
    read = env.read({**SOUND, "DNS_RESOLVERS": "192.0.2.1, 192.0.2.2:5353,[2001:db8::1],[2001:db8::2]:5353"})
    assert read.dns_resolvers == (
        ("192.0.2.1", 53),
        ("192.0.2.2", 5353),
        ("2001:db8::1", 53),
        ("2001:db8::2", 5353),
    )


@pytest.mark.parametrize("store", ["SESSIONS_URL", "CACHE_URL", "LIMITER_URL", "ONE_TIME_URL", "BROKER_URL"])
def test_a_store_may_be_kept_in_postgresql_beside_a_redis(store: str) -> None:
    seen = env.read({**SOUND, "REDIS_URL": "redis://r/0", store: ""})
    assert getattr(seen, store.lower()) == ""


def test_the_host_is_allowed_when_none_is_named() -> None:
    variables = {name: value for name, value in SOUND.items() if name != "ALLOWED_HOSTS"}
    assert env.read(variables).allowed_hosts == ("proconnect.exemple.gouv.fr",)


@pytest.mark.parametrize(
    ("said", "meant"), [("yes", True), ("TRUE", True), ("1", True), ("no", False), ("", False)]
)
def test_yes_and_no(said: str, meant: bool) -> None:
    assert env.read({**SOUND, "DEBUG": said}).debug is meant


RELAY = {
    "RELAY_URL": "rediss://relais:mot-de-passe@file.exemple.gouv.fr/3",
    "RELAY_KEYS": f"k2:{key()},k1:{key(7)}",
    "RELAY_DESTINATIONS": "https://fi.rie.gouv.fr, https://autre.rie.gouv.fr:8443",
}


def test_a_site_without_relay_needs_no_key_for_it() -> None:
    assert env.read(SOUND).relay_keys == {}
    with pytest.raises(WrongEnvironment, match="RELAY_KEYS is missing"):
        env.read({**SOUND, "RELAY_URL": RELAY["RELAY_URL"]})
    assert list(env.read({**SOUND, **RELAY}).relay_keys) == ["k2", "k1"]


def test_the_relay_reads_its_own_variables_and_no_other() -> None:
    read = env.read_relay(RELAY)
    assert read.relay_destinations == {"https://fi.rie.gouv.fr", "https://autre.rie.gouv.fr:8443"}
    assert read.server_threads == 8
    assert not read.allow_private_addresses


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("RELAY_URL", ""),
        ("RELAY_URL", "http://file.exemple.gouv.fr"),
        ("RELAY_KEYS", "k1:dG9vIHNob3J0"),
        ("RELAY_DESTINATIONS", ""),
        ("RELAY_DESTINATIONS", "https://fi.rie.gouv.fr/token"),
        ("RELAY_DESTINATIONS", "fi.rie.gouv.fr"),
        ("RELAY_DESTINATIONS", "*"),
        ("RELAY_THREADS", "0"),
    ],
)
def test_a_wrong_value_stops_the_relay(name: str, value: str) -> None:
    with pytest.raises(WrongEnvironment, match=name):
        env.read_relay({**RELAY, name: value})
