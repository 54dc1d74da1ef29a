"""``manage.py registry apply|export``: the file made true, all of it or nothing."""

import copy
import json
from dataclasses import replace
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone
from pytest_django import Settings

from federation import registry
from federation.models import (
    AcceptanceTester,
    Account,
    Client,
    ConfigurationVersion,
    Connection,
    Provider,
    ProviderDomain,
)
from federation.registry import client_secrets
from proconnect.platform.models import AuditEntry
from tests.factories.federation import account, fi, fs, identite

pytestmark = pytest.mark.django_db

FI_UID = "5a3e0ab1-2b3c-4d5e-8f90-123456789abc"
OTHER_UID = "6a3e0ab1-2b3c-4d5e-8f90-123456789abc"
CLIENT_SECRET = "s" * 40
FULL_CLIENT = {
    "client_id": "my-service",
    "name": "Mon service",
    "kind": "fs",
    "client_secret": CLIENT_SECRET,
    "redirect_uris": ["https://service.gouv.fr/callback", "http://localhost:8001/callback"],
    "post_logout_redirect_uris": ["https://service.gouv.fr/"],
    "backchannel_logout_uri": None,
    "scopes": ["openid", "email"],
    "accepts_private_sector": True,
    "allowed_email_domains": ["interieur.gouv.fr"],
    "allowed_providers": [FI_UID],
    "minimum_acr": "eidas1-mfa",
    "token_endpoint_auth_method": "client_secret_basic",
    "jwks": None,
    "jwks_uri": None,
    "id_token_signed_response_alg": "ES256",
    "userinfo_signed_response_alg": None,
    "userinfo_encrypted_response_alg": None,
    "userinfo_encrypted_response_enc": None,
    "claims_profile": "proconnect",
    "introspection_signed_response_alg": None,
    "is_exempt_from_consent": False,
    "require_pkce": False,
    "code_lifetime": None,
    "access_token_lifetime": 600,
    "refresh_token_lifetime": None,
    "is_active": True,
    "environment": "integration",
    "site_url": "https://service.gouv.fr/",
    "support_email": "aide@service.gouv.fr",
    "listed_publicly": False,
    "description": "Un service.\nPour tous.",
}
FULL_PROVIDER = {
    "uid": FI_UID,
    "name": "interieur",
    "title": "Ministère de l’Intérieur",
    "issuer": "https://fi.interieur.gouv.fr",
    "discovery": True,
    "authorization_endpoint": None,
    "token_endpoint": None,
    "userinfo_endpoint": None,
    "jwks_uri": None,
    "end_session_endpoint": None,
    "client_id": "proconnect",
    "client_secret": "the secret the ministry gave us",
    "token_endpoint_auth_method": "client_secret_post",
    "id_token_signed_response_algs": ["ES256", "RS256"],
    "id_token_encrypted_response_alg": "ECDH-ES",
    "id_token_encrypted_response_enc": "A256GCM",
    "userinfo_signed_response_alg": None,
    "userinfo_encrypted_response_alg": None,
    "userinfo_encrypted_response_enc": None,
    "email_domains": ["police.gouv.fr", "interieur.gouv.fr"],
    "extra_email_domains": ["prefecture.gouv.fr"],
    "shared_email_domains": ["police.gouv.fr"],
    "block_unlisted_domains": True,
    "is_routed": True,
    "is_active": True,
    "acceptance_testers": [{"email": "essai@police.gouv.fr", "until": "2027-01-31T18:00:00Z"}],
    "is_mfa_capable": False,
    "mfa_note": "Carte agent.\nVu en recette.",
    "quirks": ["no-acr"],
    "default_siret": "11004601800013",
    "support_email": None,
    "status_url": "https://etat.interieur.gouv.fr/",
    "network": "internet",
}
WHOLE: dict[str, Any] = {"version": 1, "clients": [FULL_CLIENT], "providers": [FULL_PROVIDER]}


@pytest.fixture(autouse=True)
def _nothing_remembered() -> None:
    registry.forget()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "registry.json"


def apply(file: Path, content: object, *options: str) -> str:
    file.write_text(content if isinstance(content, str) else json.dumps(content))
    told = StringIO()
    call_command("registry", "apply", str(file), *options, stdout=told)
    registry.look_again()
    return told.getvalue()


def exported() -> dict[str, Any]:
    told = StringIO()
    call_command("registry", "export", stdout=told)
    whole: dict[str, Any] = json.loads(told.getvalue())
    return whole


def changed(**places: object) -> dict[str, Any]:
    """``clients__0__name="x"`` changes one value of the good file; a value of ``...`` removes it."""
    whole = copy.deepcopy(WHOLE)
    for place, value in places.items():
        *way, last = [int(word) if word.isdigit() else word for word in place.split("__")]
        held: Any = whole
        for word in way:
            held = held[word]
        if value is ...:
            del held[last]
        else:
            held[last] = value
    return whole


# Good files


def test_a_good_file_is_applied_whole(file: Path) -> None:
    told = apply(file, WHOLE)
    assert "created    FS my-service (Mon service)" in told
    assert f"created    FI {FI_UID} (interieur)" in told
    client = registry.find_client("my-service")
    provider = registry.find_provider(Provider.objects.get(name="interieur").uid)
    assert client is not None
    assert provider is not None
    assert client.redirect_uris == ("https://service.gouv.fr/callback", "http://localhost:8001/callback")
    assert client_secrets.verify(client, CLIENT_SECRET, timezone.now())
    assert registry.provider_secret(provider) == "the secret the ministry gave us"
    assert provider.routed_domains == {"police.gouv.fr", "interieur.gouv.fr"}
    assert provider.accepted_domains == {"police.gouv.fr", "interieur.gouv.fr", "prefecture.gouv.fr"}
    assert CLIENT_SECRET not in told
    assert "the secret the ministry gave us" not in told


def test_the_same_file_again_changes_nothing(file: Path) -> None:
    apply(file, WHOLE)
    before = _version(), AuditEntry.objects.count()
    told = apply(file, WHOLE, "--prune")
    assert (_version(), AuditEntry.objects.count()) == before
    assert "0 created, 0 changed, 2 unchanged, 0 pruned" in told


def test_an_exported_file_changes_nothing_and_holds_no_secret(file: Path) -> None:
    apply(file, WHOLE)
    identite()
    whole = exported()
    assert "secret" not in json.dumps(whole["clients"][0]).replace("client_secret_basic", "")
    assert [provider["uid"] for provider in whole["providers"]] == [FI_UID]
    before = _version()
    told = apply(file, whole, "--prune")
    assert "0 created, 0 changed, 2 unchanged, 0 pruned" in told
    assert _version() == before
    client = registry.find_client("my-service")
    assert client is not None
    assert client_secrets.verify(client, CLIENT_SECRET, timezone.now())
    assert Provider.objects.filter(issuer="").exists()


def test_an_export_is_the_file_less_its_secrets(file: Path) -> None:
    apply(file, WHOLE)
    expected = changed(
        clients__0__client_secret=...,
        providers__0__client_secret=...,
        providers__0__email_domains=["interieur.gouv.fr", "police.gouv.fr"],
    )
    assert exported() == expected


def test_an_export_goes_to_a_file_when_one_is_named(file: Path) -> None:
    apply(file, WHOLE)
    call_command("registry", "export", str(file))
    assert json.loads(file.read_text()) == exported()


def test_a_change_is_told_field_by_field_and_secrets_stay_masked(file: Path) -> None:
    apply(file, WHOLE)
    told = apply(
        file,
        changed(
            clients__0__redirect_uris=["https://service.gouv.fr/retour"],
            clients__0__client_secret="n" * 40,
            providers__0__is_mfa_capable=True,
            providers__0__client_secret="another one",
        ),
    )
    assert (
        '    redirect_uris: ["https://service.gouv.fr/callback", "http://localhost:8001/callback"] → ' in told
    )
    assert "    is_mfa_capable: false → true" in told
    assert told.count("    client_secret: •••••• → ••••••") == 2
    assert "n" * 40 not in told
    assert "another one" not in told
    assert "0 created, 2 changed, 0 unchanged, 0 pruned" in told


def test_a_key_the_file_does_not_give_is_kept(file: Path) -> None:
    apply(file, WHOLE)
    told = apply(file, changed(clients__0__accepts_private_sector=..., clients__0__jwks_uri=...))
    assert "2 unchanged" in told


def test_a_changed_secret_leaves_the_previous_one_good_for_a_week(file: Path) -> None:
    apply(file, WHOLE)
    apply(file, changed(clients__0__client_secret="n" * 40))
    client = registry.find_client("my-service")
    assert client is not None
    assert client_secrets.verify(client, "n" * 40, timezone.now())
    assert client_secrets.verify(client, CLIENT_SECRET, timezone.now())


def test_a_secret_that_nobody_brought_is_generated_and_printed_once(file: Path) -> None:
    whole = changed(clients__0__client_secret=...)
    told = apply(file, whole)
    secret = told.partition("client_secret: ")[2].partition(" ")[0]
    client = registry.find_client("my-service")
    assert client is not None
    assert client_secrets.verify(client, secret, timezone.now())
    assert secret not in apply(file, whole)


def test_hs256_chosen_later_draws_a_secret_that_can_sign(file: Path) -> None:
    apply(file, WHOLE)
    whole = changed(clients__0__client_secret=..., clients__0__id_token_signed_response_alg="HS256")
    told = apply(file, whole)
    secret = told.partition("client_secret: ••••••")[2].partition("client_secret: ")[2].partition(" ")[0]
    client = registry.find_client("my-service")
    assert client is not None
    assert client_secrets.in_clear(client) == secret
    assert client_secrets.verify(client, CLIENT_SECRET, timezone.now())
    assert "2 unchanged" in apply(file, whole)


def test_a_dry_run_tells_the_same_and_writes_nothing(file: Path) -> None:
    before = _version()
    told = apply(file, changed(clients__0__client_secret=...), "--dry-run")
    assert "created    FS my-service" in told
    assert "client_secret: will be generated" in told
    assert "Dry run: nothing was written." in told
    assert _version() == before
    assert not Client.objects.exists()


def test_what_the_file_does_not_name_stays_without_prune(file: Path) -> None:
    client, provider = fs(), fi()
    apply(file, WHOLE)
    assert Client.objects.filter(pk=client.pk, is_active=True).exists()
    assert Provider.objects.filter(pk=provider.pk, is_active=True).exists()


def test_prune_deletes_what_never_served_and_suspends_what_has_a_history(file: Path) -> None:
    fresh, served, provider, local = fs(), fs(), fi(), identite()
    person = account(at=provider)
    _connect(person, served, provider)
    told = apply(file, WHOLE, "--prune")
    assert f"pruned     FS {fresh.client_id} ({fresh.name}) (deleted: it never served)" in told
    assert (
        f"pruned     FS {served.client_id} ({served.name}) (put out of service: its history is kept)" in told
    )
    assert not Client.objects.filter(pk=fresh.pk).exists()
    assert not Client.objects.get(pk=served.pk).is_active
    assert not Provider.objects.get(pk=provider.pk).is_active
    assert Provider.objects.get(pk=local.pk).is_active
    assert Connection.objects.select_related("client", "provider").get().client == served
    assert ", 0 pruned" in apply(file, WHOLE, "--prune")


def test_prune_leaves_alone_a_list_the_file_does_not_have(file: Path) -> None:
    client = fs()
    apply(file, changed(clients=...), "--prune")
    assert Client.objects.filter(pk=client.pk, is_active=True).exists()


def test_the_proof_of_a_domain_outlives_a_new_list(file: Path) -> None:
    apply(file, WHOLE)
    ProviderDomain.objects.filter(name="police.gouv.fr").update(proved_at=timezone.now())
    apply(file, changed(providers__0__email_domains=["police.gouv.fr", "gendarmerie.interieur.gouv.fr"]))
    domains = ProviderDomain.objects.filter(provider_id=FI_UID).order_by("name")
    assert [(domain.name, domain.proved_at is not None) for domain in domains] == [
        ("gendarmerie.interieur.gouv.fr", False),
        ("police.gouv.fr", True),
        ("prefecture.gouv.fr", False),
    ]


def test_a_moment_is_kept_in_utc_and_read_by_the_sign_in_path(file: Path) -> None:
    tester = {"email": "Essai@Police.gouv.fr", "until": "2027-01-31T19:00:00+01:00"}
    apply(file, changed(providers__0__acceptance_testers=[tester], providers__0__is_routed=False))
    assert exported()["providers"][0]["acceptance_testers"] == FULL_PROVIDER["acceptance_testers"]
    record = registry.find_provider(UUID(FI_UID))
    assert record is not None
    assert record.testers == {"essai@police.gouv.fr": datetime(2027, 1, 31, 18, tzinfo=UTC)}
    assert record.shared_domains == {"police.gouv.fr"}
    assert record.id_token_encrypted_response_alg == "ECDH-ES"
    apply(file, changed(providers__0__acceptance_testers=[]))
    assert not AcceptanceTester.objects.exists()


def test_a_domain_that_leaves_takes_its_sharing_along(file: Path) -> None:
    apply(file, WHOLE)
    only = {"version": 1, "providers": [{"uid": FI_UID, "email_domains": ["interieur.gouv.fr"]}]}
    apply(file, only)
    assert exported()["providers"][0]["shared_email_domains"] == []


def test_a_fi_without_userinfo_needs_no_address_for_it(file: Path) -> None:
    by_hand = {
        f"providers__0__{name}": f"https://fi.interieur.gouv.fr/{name}"
        for name in ("authorization_endpoint", "token_endpoint", "jwks_uri")
    }
    with pytest.raises(CommandError, match="userinfo_endpoint: needed without discovery"):
        apply(file, changed(providers__0__discovery=False, **by_hand))
    apply(file, changed(providers__0__discovery=False, providers__0__quirks=["no-userinfo"], **by_hand))


def test_our_key_needs_no_secret(file: Path) -> None:
    by_key = {
        "providers__0__token_endpoint_auth_method": "private_key_jwt",
        "providers__0__client_secret": ...,
    }
    apply(file, changed(**by_key))
    assert Provider.objects.get(uid=FI_UID).sealed_secret == ""


def test_s164_each_change_is_an_audit_line_without_secret(file: Path) -> None:
    apply(file, WHOLE)
    apply(file, changed(clients__0__name="Autre nom", clients__0__client_secret="n" * 40))
    lines = list(AuditEntry.objects.order_by("at").values_list("actor", "action", "target"))
    assert lines == [
        ("manage.py registry apply", "client.register", "my-service"),
        ("manage.py registry apply", "provider.register", FI_UID),
        ("manage.py registry apply", "client.change", "my-service"),
    ]
    last = AuditEntry.objects.order_by("-at")[0]
    assert last.before["name"] == "Mon service"
    assert last.after["name"] == "Autre nom"
    everything = str(list(AuditEntry.objects.values()))
    assert not [secret for secret in (CLIENT_SECRET, "n" * 40, "ministry gave") if secret in everything]


def _connect(person: Account, client: Client, provider: Provider) -> None:
    Connection.objects.create(
        at=timezone.now(),
        account=person,
        client=client,
        provider=provider,
        acr="eidas1",
        is_silent=False,
        sid=uuid4(),
        journey_id=uuid4(),
    )


def _version() -> int:
    return ConfigurationVersion.objects.get().number


# Bad files


PROVIDER_TWIN = {**FULL_PROVIDER, "uid": OTHER_UID}


@pytest.mark.parametrize(
    ("content", "told"),
    [
        pytest.param("", "file: not JSON", id="empty"),
        pytest.param("{", "file: not JSON", id="cut"),
        pytest.param("[" * 100_000, "file: ", id="deep"),
        pytest.param('{"version": NaN}', "file: not JSON", id="NaN"),
        pytest.param([], "file: expected an object", id="a list"),
        pytest.param({}, "version: missing", id="no version"),
        pytest.param({"version": 2}, "version: expected 1", id="another version"),
        pytest.param({"version": True}, "version: expected 1", id="a version that is no number"),
        pytest.param('{"version": 1, "version": 1}', "version: given twice", id="a key twice"),
        pytest.param(
            '{"version": 1, "clients": [{"client_id": "a", "client_id": "b"}]}',
            "clients[0].client_id: given twice",
            id="a key twice inside",
        ),
        pytest.param(
            '{"version": 1, "clients": [{"client_id": "a", "jwks": {"keys": [{"kty": "EC", "kty": "RSA"}]}}]}',
            "clients[0].jwks.keys[0].kty: given twice",
            id="a key twice, deep",
        ),
        pytest.param({"version": 1, "fs": []}, "fs: unknown key", id="unknown key"),
        pytest.param({"version": 1, "clients": {}}, "clients: expected a list", id="clients is no list"),
        pytest.param(
            {"version": 1, "clients": [None]}, "clients[0]: expected an object", id="a client is null"
        ),
        pytest.param(
            changed(clients__0__colour="blue"), "clients[0].colour: unknown key", id="unknown client key"
        ),
        pytest.param(changed(providers__0__x=1), "providers[0].x: unknown key", id="unknown provider key"),
        pytest.param(changed(clients__0__client_id=...), "clients[0].client_id: missing", id="no client_id"),
        pytest.param(
            changed(clients__0__client_id="é"), "clients[0].client_id: holds", id="client_id not ASCII"
        ),
        pytest.param(
            changed(clients__0__client_id="a" * 65), "clients[0].client_id: longer", id="client_id long"
        ),
        pytest.param(
            changed(clients__0__client_id=12), "clients[0].client_id: expected a text", id="client_id 12"
        ),
        pytest.param(changed(clients__0__name=...), "clients[0].name: missing", id="no name"),
        pytest.param(changed(clients__0__name=""), "clients[0].name: empty", id="empty name"),
        pytest.param(changed(clients__0__name="a\u0000b"), "clients[0].name: holds", id="control character"),
        pytest.param(changed(clients__0__name="\ud800"), "clients[0].name: holds", id="half a character"),
        pytest.param(changed(clients__0__name="n" * 121), "clients[0].name: longer than 120", id="long name"),
        pytest.param(
            changed(clients__0__kind="fx"), "clients[0].kind: expected one of fs, fd", id="wrong enum"
        ),
        pytest.param(
            changed(clients__0__client_secret="s" * 31), "clients[0].client_secret: shorter", id="short"
        ),
        pytest.param(
            changed(clients__0__redirect_uris=["https://a.fr/*"]),
            "clients[0].redirect_uris[0]: holds a wildcard",
            id="wildcard",
        ),
        pytest.param(
            changed(clients__0__redirect_uris=["https://a.fr/", "http://a.fr/"]),
            "clients[0].redirect_uris[1]: not https",
            id="http",
        ),
        pytest.param(
            changed(clients__0__redirect_uris=["https://a.fr/", "https://a.fr/"]),
            "clients[0].redirect_uris[1]: duplicate of clients[0].redirect_uris[0]",
            id="a URI twice",
        ),
        pytest.param(
            changed(clients__0__environment="production"),
            "clients[0].redirect_uris[1]: loopback",
            id="localhost in production",
        ),
        pytest.param(
            changed(clients__0__backchannel_logout_uri="https://10.0.0.1/"),
            "clients[0].backchannel_logout_uri: an IP address",
            id="an IP address",
        ),
        pytest.param(
            changed(clients__0__scopes=["email"]), "clients[0].scopes: a FS needs openid", id="no openid"
        ),
        pytest.param(
            changed(clients__0__scopes=["open id"]), "clients[0].scopes[0]: holds", id="scope with a space"
        ),
        pytest.param(
            changed(clients__0__allowed_email_domains=["*.gouv.fr"]),
            "clients[0].allowed_email_domains[0]: not a domain name",
            id="wildcard domain",
        ),
        pytest.param(
            changed(clients__0__allowed_providers=["x"]),
            "clients[0].allowed_providers[0]: not a UUID",
            id="no UUID",
        ),
        pytest.param(
            changed(clients__0__token_endpoint_auth_method="private_key_jwt"),
            "clients[0].jwks: private_key_jwt needs",
            id="no key",
        ),
        pytest.param(
            changed(clients__0__jwks={"keys": [{"kty": "EC", "d": "x"}]}),
            "clients[0].jwks.keys[0]: holds a private key",
            id="a private key",
        ),
        pytest.param(
            changed(clients__0__jwks={"keys": 1}), "clients[0].jwks.keys: expected a list", id="no keys"
        ),
        pytest.param(
            changed(clients__0__require_pkce=1), "clients[0].require_pkce: expected true", id="1 for true"
        ),
        pytest.param(
            changed(clients__0__support_email="x"), "clients[0].support_email: not an e-mail", id="e-mail"
        ),
        pytest.param(
            {"version": 1, "clients": [FULL_CLIENT, FULL_CLIENT]},
            "clients[1].client_id: duplicate of clients[0]",
            id="a client twice",
        ),
        pytest.param(
            {"version": 1, "providers": [FULL_PROVIDER, {**FULL_PROVIDER, "uid": FI_UID.upper()}]},
            "providers[1].uid: duplicate of providers[0]",
            id="a provider twice",
        ),
        pytest.param(
            {"version": 1, "providers": [FULL_PROVIDER, PROVIDER_TWIN]},
            "providers[0].name: already the name of",
            id="a name twice",
        ),
        pytest.param(
            {"version": 1, "providers": [FULL_PROVIDER, {**PROVIDER_TWIN, "name": "other"}]},
            "providers[0].issuer: ",
            id="an issuer and client_id twice",
        ),
        pytest.param(
            changed(providers__0__email_domains=["a.fr", "A.fr"]),
            "providers[0].email_domains[1]: duplicate of providers[0].email_domains[0]",
            id="a domain twice",
        ),
        pytest.param(
            changed(providers__0__extra_email_domains=["x.fr", "police.gouv.fr"]),
            "providers[0].extra_email_domains[1]: duplicate",
            id="a domain in both lists",
        ),
        pytest.param(changed(providers__0__uid="1234"), "providers[0].uid: not a UUID", id="uid"),
        pytest.param(
            changed(providers__0__default_siret="11004601800014"),
            "providers[0].default_siret: not a SIRET",
            id="SIRET",
        ),
        pytest.param(
            changed(providers__0__default_siret=11004601800013),
            "providers[0].default_siret: expected a text",
            id="SIRET as a number",
        ),
        pytest.param(
            changed(providers__0__issuer="fi.fr"), "providers[0].issuer: not an absolute URI", id="issuer"
        ),
        pytest.param(changed(providers__0__issuer=""), "providers[0].issuer: empty", id="empty issuer"),
        pytest.param(
            changed(providers__0__issuer="https://fi.fr/?x"),
            "providers[0].issuer: holds a query",
            id="issuer query",
        ),
        pytest.param(
            changed(providers__0__discovery=False),
            "providers[0].authorization_endpoint: needed without discovery",
            id="neither discovery nor endpoints",
        ),
        pytest.param(
            changed(providers__0__id_token_signed_response_algs=["none"]),
            "providers[0].id_token_signed_response_algs[0]: expected one of",
            id="alg none",
        ),
        pytest.param(
            changed(providers__0__id_token_encrypted_response_enc=None),
            "providers[0].id_token_encrypted_response_enc: goes with id_token_encrypted_response_alg: both or none",
            id="half of the encryption of the ID token",
        ),
        pytest.param(
            changed(providers__0__userinfo_encrypted_response_enc="A256GCM"),
            "providers[0].userinfo_encrypted_response_enc: goes with userinfo_encrypted_response_alg",
            id="half of the encryption of userinfo",
        ),
        pytest.param(
            changed(providers__0__userinfo_encrypted_response_alg="RSA1_5"),
            "providers[0].userinfo_encrypted_response_alg: expected one of RSA-OAEP-256, ECDH-ES",
            id="an encryption that is broken",
        ),
        pytest.param(
            changed(providers__0__quirks=["no-signature"]),
            "providers[0].quirks[0]: expected one of",
            id="a quirk that nobody knows",
        ),
        pytest.param(
            changed(providers__0__shared_email_domains=["prefecture.gouv.fr"]),
            "providers[0].shared_email_domains[0]: not one of email_domains",
            id="a shared domain that leads nobody here",
        ),
        pytest.param(
            changed(providers__0__acceptance_testers=[{"email": "x@police.gouv.fr"}]),
            "providers[0].acceptance_testers[0].until: missing",
            id="a tester for ever",
        ),
        pytest.param(
            changed(
                providers__0__acceptance_testers=[{"email": "x@police.gouv.fr", "until": "2027-01-31T18:00"}]
            ),
            "providers[0].acceptance_testers[0].until: holds a character that is not allowed",
            id="a moment without zone",
        ),
        pytest.param(
            changed(
                providers__0__acceptance_testers=[
                    {"email": "x@police.gouv.fr", "until": "2027-02-31T18:00:00Z"}
                ]
            ),
            "providers[0].acceptance_testers[0].until: no such moment",
            id="a day that no year has",
        ),
        pytest.param(
            changed(
                providers__0__acceptance_testers=[
                    {"email": "x+proconnect@police.gouv.fr", "until": "2027-01-31T18:00:00Z"}
                ]
            ),
            "providers[0].acceptance_testers[0].email: given with the suffix",
            id="a tester with the suffix",
        ),
        pytest.param(
            changed(
                providers__0__acceptance_testers=[{"email": "x@ailleurs.fr", "until": "2027-01-31T18:00:00Z"}]
            ),
            "providers[0].acceptance_testers[0].email: of a domain that this FI does not have",
            id="a tester from elsewhere",
        ),
        pytest.param(
            changed(
                providers__0__acceptance_testers=[
                    {"email": email, "until": f"2027-01-{day}T18:00:00Z"}
                    for email, day in (("X@police.gouv.fr", 30), ("x@police.gouv.fr", 31))
                ]
            ),
            "providers[0].acceptance_testers[1].email: duplicate of providers[0].acceptance_testers[0]",
            id="a tester twice",
        ),
        pytest.param(
            changed(providers__0__acceptance_testers=[{"email": "x@police.gouv.fr", "name": "x"}]),
            "providers[0].acceptance_testers[0].name: unknown key",
            id="an unknown key of a tester",
        ),
        pytest.param(
            changed(providers__0__status_url="http://etat.gouv.fr/"),
            "providers[0].status_url: not https",
            id="status page in clear",
        ),
        pytest.param(
            changed(clients__0__minimum_acr="eidas0"),
            "clients[0].minimum_acr: expected one of",
            id="a minimum that asks nothing",
        ),
        pytest.param(
            changed(providers__0__network="lan"), "providers[0].network: expected one of", id="network"
        ),
    ],
)
def test_a_bad_file_is_refused_with_its_path_and_nothing_is_written(
    file: Path, content: object, told: str
) -> None:
    before = _version()
    with pytest.raises(CommandError) as refused:
        apply(file, content)
    assert told in str(refused.value)
    assert refused.value.returncode == 1
    assert _version() == before
    assert not AuditEntry.objects.exists()


def test_a_mistake_at_the_end_undoes_the_beginning(file: Path) -> None:
    with pytest.raises(CommandError):
        apply(file, {"version": 1, "clients": [FULL_CLIENT, {**FULL_CLIENT, "client_id": "b", "scopes": []}]})
    assert not Client.objects.exists()


def test_identite_is_not_configured_by_a_file(file: Path) -> None:
    local = identite()
    with pytest.raises(CommandError, match=r"providers\[0\]: this FI is part of ProConnect"):
        apply(file, changed(providers__0__uid=str(local.uid)))


def test_loopback_providers_are_for_deployments_that_reach_private_addresses(
    file: Path, settings: Settings
) -> None:
    whole = changed(providers__0__issuer="http://localhost:8002")
    settings.ENV = replace(settings.ENV, allow_private_addresses=False)
    with pytest.raises(CommandError, match=r"providers\[0\].issuer: loopback"):
        apply(file, whole)
    settings.ENV = replace(settings.ENV, allow_private_addresses=True)
    assert "created" in apply(file, whole)


def test_a_file_that_is_not_there_is_told_in_one_line(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="No such file"):
        call_command("registry", "apply", str(tmp_path / "nowhere.json"))
