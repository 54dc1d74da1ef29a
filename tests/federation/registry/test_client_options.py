"""Keys, encryption, lifetimes, names of claims and FD in the registry file; two FI that swap their names."""

import json
from datetime import timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone
from joserfc.jwk import ECKey, RSAKey

from federation import registry
from federation.models import Client, Provider
from federation.registry import client_secrets
from proconnect.platform.models import AuditEntry
from tests.factories.federation import fd, fi, fs

pytestmark = pytest.mark.django_db

EC, RSA = ECKey.generate_key("P-256"), RSAKey.generate_key(2048)
JWKS = {"keys": [EC.as_dict(private=False) | {"use": "sig"}, RSA.as_dict(private=False) | {"use": "enc"}]}
NARROW = {"code_lifetime": 30, "access_token_lifetime": 300, "refresh_token_lifetime": 600}


def a_fs(**said: Any) -> dict[str, Any]:
    usual = {"client_id": "service", "name": "Service", "redirect_uris": ["https://service.gouv.fr/retour"]}
    return usual | said


def a_fd(**said: Any) -> dict[str, Any]:
    return {"client_id": "donnees", "name": "Données", "kind": "fd"} | said


@pytest.fixture
def apply(tmp_path: Path) -> Any:
    def apply_file(*clients: dict[str, Any], **lists: Any) -> str:
        path, told = tmp_path / "registry.json", StringIO()
        path.write_text(json.dumps({"version": 1, "clients": clients} | lists))
        call_command("registry", "apply", str(path), stdout=told)
        registry.look_again()
        return told.getvalue()

    return apply_file


def exported() -> dict[str, Any]:
    told = StringIO()
    call_command("registry", "export", stdout=told)
    whole: dict[str, Any] = json.loads(told.getvalue())
    return whole


@pytest.mark.parametrize(
    "said",
    [
        NARROW,
        {"claims_profile": "generic_oidc", "scopes": ["openid", "profile", "email"]},
        {"claims_profile": "identite"},
        {"token_endpoint_auth_method": "private_key_jwt", "jwks": JWKS},
        {"token_endpoint_auth_method": "private_key_jwt", "jwks_uri": "https://service.gouv.fr/jwks"},
        {
            "userinfo_encrypted_response_alg": "RSA-OAEP-256",
            "userinfo_encrypted_response_enc": "A256GCM",
            "jwks": JWKS,
        },
        {
            "userinfo_encrypted_response_alg": "ECDH-ES",
            "userinfo_encrypted_response_enc": "A256GCM",
            "jwks_uri": "https://service.gouv.fr/jwks",
        },
    ],
)
def test_what_is_said_is_kept_exported_and_applied_again_without_change(
    apply: Any, said: dict[str, Any]
) -> None:
    apply(a_fs(**said))
    [client] = exported()["clients"]
    assert {name: client[name] for name in said} == said
    assert "0 created, 0 changed, 1 unchanged, 0 pruned" in apply(client)


def test_lifetimes_are_seconds_of_the_record(apply: Any) -> None:
    apply(a_fs(**NARROW))
    record = registry.find_client("service")
    assert record
    assert record.code_lifetime == timedelta(seconds=30)
    assert record.access_token_lifetime == timedelta(minutes=5)
    assert record.refresh_token_lifetime == timedelta(minutes=10)


def test_a_fd_names_scopes_of_its_own_and_a_fs_may_be_granted_them(apply: Any) -> None:
    apply(a_fd(scopes=["dossier:lire"]), a_fs(scopes=["openid", "dossier:lire"]))
    data, service = registry.find_client("donnees"), registry.find_client("service")
    assert data
    assert service
    assert data.scopes == {"dossier:lire"}
    assert "dossier:lire" in service.scopes
    assert Client.objects.get(client_id="donnees").is_exempt_from_consent
    assert "2 unchanged" in apply(*exported()["clients"])


def test_a_fd_without_scopes_brings_none_of_ours(apply: Any) -> None:
    apply(a_fd())
    assert Client.objects.get().scopes == []


def test_a_scope_passes_from_one_fd_to_another_in_one_file(apply: Any) -> None:
    apply(a_fd(scopes=["dossier:lire"]))
    apply(a_fd(scopes=["dossier:ecrire"]), a_fd(client_id="autre", scopes=["dossier:lire"]))
    assert "2 unchanged" in apply(*exported()["clients"])


@pytest.mark.parametrize(
    ("said", "told"),
    [
        (a_fd(is_exempt_from_consent=False), "clients[0].is_exempt_from_consent: only a FD exempt"),
        (a_fd(scopes=["email"]), "clients[0].scopes[0]: email is a scope of the federation"),
        (
            a_fd(scopes=["dossier:lire", "profile"]),
            "clients[0].scopes[1]: profile is a scope of the federation",
        ),
        (a_fd(scopes=["Dossier"]), "clients[0].scopes[0]: not a name for the scope of a FD"),
        (a_fd(scopes=["d" * 65]), "clients[0].scopes[0]: not a name for the scope of a FD"),
        (a_fs(claims_profile="keycloak"), "clients[0].claims_profile: expected one of"),
        (a_fs(code_lifetime=61), "clients[0].code_lifetime: longer than the 60 s of this deployment"),
        (a_fs(access_token_lifetime=3601), "clients[0].access_token_lifetime: longer than the 3600 s"),
        (a_fs(refresh_token_lifetime=7201), "clients[0].refresh_token_lifetime: longer than the 7200 s"),
        (a_fs(code_lifetime=0), "clients[0].code_lifetime: expected a whole number of seconds"),
        (a_fs(code_lifetime=True), "clients[0].code_lifetime: expected a whole number of seconds"),
        (a_fs(code_lifetime="60"), "clients[0].code_lifetime: expected a whole number of seconds"),
        (
            a_fs(userinfo_encrypted_response_alg="RSA1_5"),
            "clients[0].userinfo_encrypted_response_alg: expected one of RSA-OAEP-256, ECDH-ES",
        ),
        (
            a_fs(userinfo_encrypted_response_enc="A128CBC-HS256"),
            "clients[0].userinfo_encrypted_response_enc: expected one of A256GCM",
        ),
        (
            a_fs(userinfo_encrypted_response_alg="ECDH-ES", jwks=JWKS),
            "clients[0].userinfo_encrypted_response_enc: goes with userinfo_encrypted_response_alg",
        ),
        (
            a_fs(userinfo_encrypted_response_enc="A256GCM"),
            "clients[0].userinfo_encrypted_response_enc: goes with userinfo_encrypted_response_alg",
        ),
        (
            a_fs(userinfo_encrypted_response_alg="ECDH-ES", userinfo_encrypted_response_enc="A256GCM"),
            "clients[0].userinfo_encrypted_response_alg: needs jwks or jwks_uri",
        ),
        (
            a_fs(
                userinfo_encrypted_response_alg="ECDH-ES",
                userinfo_encrypted_response_enc="A256GCM",
                jwks=JWKS,
            ),
            "clients[0].jwks: holds no key that ECDH-ES can encrypt with",
        ),
        (
            a_fs(token_endpoint_auth_method="private_key_jwt"),
            "clients[0].jwks: private_key_jwt needs jwks or jwks_uri",
        ),
        (
            a_fs(token_endpoint_auth_method="private_key_jwt", jwks={"keys": [JWKS["keys"][1]]}),
            "clients[0].jwks: holds no key that checks ES256 or RS256",
        ),
        (
            a_fs(jwks=JWKS, jwks_uri="https://service.gouv.fr/jwks"),
            "clients[0].jwks_uri: given beside jwks: one or the other",
        ),
        (a_fs(jwks_uri="http://service.gouv.fr/jwks"), "clients[0].jwks_uri: not https"),
        (
            a_fs(backchannel_logout_uri="http://service.gouv.fr/"),
            "clients[0].backchannel_logout_uri: not https",
        ),
        (
            a_fs(backchannel_logout_uri="https://service.gouv.fr/#fin"),
            "clients[0].backchannel_logout_uri: holds a fragment",
        ),
        (a_fs(jwks={"keys": [RSA.as_dict(private=True)]}), "clients[0].jwks.keys[0]: holds a private key"),
        (
            a_fs(jwks={"keys": [RSA.as_dict(private=False) | {"p": "AA"}]}),
            "clients[0].jwks.keys[0]: holds a private key",
        ),
        (a_fs(jwks={"keys": [{"kty": "oct", "k": "AAAA"}]}), "clients[0].jwks.keys[0].kty: expected EC, RSA"),
        (
            a_fs(jwks={"keys": [{"kty": "EC", "crv": "P-256", "x": "AA", "y": "AA"}]}),
            "clients[0].jwks.keys[0]: not a public key",
        ),
        *(
            (
                a_fs(token_endpoint_auth_method="private_key_jwt", jwks=JWKS, **{name: "HS256"}),
                f"clients[0].{name}: HS256 signs with the secret, and private_key_jwt has none",
            )
            for name in (
                "id_token_signed_response_alg",
                "userinfo_signed_response_alg",
                "introspection_signed_response_alg",
            )
        ),
    ],
)
def test_what_cannot_work_is_refused_with_its_path(apply: Any, said: dict[str, Any], told: str) -> None:
    with pytest.raises(CommandError) as refused:
        apply(said)
    assert told in str(refused.value)
    assert not Client.objects.exists()


def test_a_fs_that_becomes_a_fd_must_be_exempt_from_consent(apply: Any) -> None:
    fs(client_id="service", scopes=["openid"])
    with pytest.raises(CommandError, match=r"clients\[0\].is_exempt_from_consent"):
        apply({"client_id": "service", "kind": "fd", "scopes": []})


def test_two_fds_never_share_a_scope(apply: Any) -> None:
    fd(client_id="premier", scopes=["dossier:lire"])
    with pytest.raises(CommandError, match=r"clients\[0\].scopes\[0\]: dossier:lire is a scope of premier"):
        apply(a_fd(scopes=["dossier:lire"]))


def test_no_secret_is_printed_for_who_proves_itself_by_its_key(apply: Any) -> None:
    assert "client_secret" not in apply(a_fs(token_endpoint_auth_method="private_key_jwt", jwks=JWKS))


# HS256 from end to end


def test_hs256_is_signed_with_the_latest_of_two_live_secrets(apply: Any) -> None:
    first, second = "a" * 40, "b" * 40
    apply(a_fs(client_secret=first, id_token_signed_response_alg="HS256"))
    apply(a_fs(client_secret=second))
    client = registry.find_client("service")
    assert client
    assert client_secrets.in_clear(client) == second
    assert client_secrets.verify(client, first, timezone.now())
    assert client_secrets.verify(client, second, timezone.now())
    told = exported()
    assert first not in json.dumps(told)
    assert second not in json.dumps(told)


# FI that take each other's name


def test_two_fi_swap_their_names(apply: Any) -> None:
    one, two = fi(name="un"), fi(name="deux")
    apply(providers=[{"uid": str(one.uid), "name": "deux"}, {"uid": str(two.uid), "name": "un"}])
    assert names_of(one, two) == ["deux", "un"]
    told = AuditEntry.objects.filter(target=str(one.uid)).order_by("at").values_list("after__name", flat=True)
    assert list(told) == [str(one.uid), "deux"]


def test_three_fi_turn_in_a_ring(apply: Any) -> None:
    one, two, three = fi(name="un"), fi(name="deux"), fi(name="trois")
    apply(
        providers=[
            {"uid": str(one.uid), "name": "deux"},
            {"uid": str(two.uid), "name": "trois"},
            {"uid": str(three.uid), "name": "un"},
        ]
    )
    assert names_of(one, two, three) == ["deux", "trois", "un"]


def test_two_fi_swap_their_issuers(apply: Any) -> None:
    one, two = fi(), fi()
    apply(
        providers=[{"uid": str(one.uid), "issuer": two.issuer}, {"uid": str(two.uid), "issuer": one.issuer}]
    )
    assert Provider.objects.get(pk=one.pk).issuer == two.issuer
    assert Provider.objects.get(pk=two.pk).issuer == one.issuer
    assert Provider.objects.get(pk=one.pk).client_id == one.client_id


def test_a_new_fi_takes_the_name_another_leaves(apply: Any) -> None:
    one = fi(name="un")
    new = {
        "uid": "5a3e0ab1-2b3c-4d5e-8f90-123456789abc",
        "name": "un",
        "title": "Nouveau",
        "issuer": "https://nouveau.gouv.fr",
        "client_id": "proconnect",
    }
    apply(providers=[new, {"uid": str(one.uid), "name": "ancien"}])
    assert names_of(one) == ["ancien"]
    assert Provider.objects.get(name="un").title == "Nouveau"


def names_of(*providers: Provider) -> list[str]:
    return [Provider.objects.get(pk=provider.pk).name for provider in providers]
