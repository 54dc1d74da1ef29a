"""FS in the operators' site: generated secrets shown once, URIs judged line by line, every write audited."""

import json
import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client as Browser
from joserfc.jwk import ECKey

from federation import registry
from federation.models import Client
from federation.registry import client_secrets
from proconnect.platform.models import AuditEntry
from tests.factories.federation import fi, fs
from tests.federation.admin.conftest import EnteredAs

pytestmark = pytest.mark.django_db

ADD = "/admin/federation/client/add/"
GOOD: dict[str, Any] = {
    "name": "Démarches en ligne",
    "kind": "fs",
    "environment": "production",
    "is_active": "on",
    "redirect_uris": "https://service.gouv.fr/callback\r\n\r\nhttps://service.gouv.fr/retour ",
    "post_logout_redirect_uris": "",
    "scopes": ["openid", "email"],
    "allowed_email_domains": "Interieur.gouv.fr",
    "minimum_acr": "eidas1-mfa",
    "token_endpoint_auth_method": "client_secret_basic",
    "id_token_signed_response_alg": "ES256",
    "claims_profile": "proconnect",
    "require_pkce": "on",
}


JWKS = json.dumps({"keys": [ECKey.generate_key("P-256").as_dict(private=False)]})


def page_of(client: Client, name: str = "change") -> str:
    return f"/admin/federation/client/{client.pk}/{name}/"


def created(browser: Browser, **changes: Any) -> Client:
    answer = browser.post(ADD, {**GOOD, **changes})
    assert answer.status_code == 302, errors_of(answer.content.decode())
    return Client.objects.get()


def errors_of(page: str) -> list[str]:
    return re.findall(
        r"<li>([^<]*)</li>", "".join(re.findall(r'<ul class="errorlist".*?</ul>', page, re.DOTALL))
    )


def test_a_service_is_registered_and_found_by_its_generated_identifier(entered_as: EnteredAs) -> None:
    client = created(entered_as("partenaires"))
    registry.look_again()
    record = registry.find_client(client.client_id)
    assert record is not None
    assert len(client.client_id) == 36
    assert record.redirect_uris == ("https://service.gouv.fr/callback", "https://service.gouv.fr/retour")
    assert record.scopes == {"openid", "email"}
    assert record.allowed_email_domains == {"interieur.gouv.fr"}
    assert record.require_pkce
    assert record.minimum_acr == "eidas1-mfa"


def test_s034_the_secret_is_shown_once_then_never(entered_as: EnteredAs) -> None:
    browser = entered_as("partenaires")
    client = created(browser)
    once = browser.get(page_of(client, "secret"))
    secret = secret_on(once.content.decode())
    assert once.headers["Cache-Control"].startswith("max-age=0, no-cache, no-store")
    registry.look_again()
    record = registry.find_client(client.client_id)
    assert record is not None
    assert client_secrets.verify(record, secret, datetime.now(UTC))
    for path in (page_of(client, "secret"), page_of(client), "/admin/federation/client/"):
        assert secret not in browser.get(path).content.decode()
        assert client.client_secret not in browser.get(path).content.decode()


def test_a_service_that_proves_itself_by_its_key_is_shown_no_secret(entered_as: EnteredAs) -> None:
    browser = entered_as("partenaires")
    client = created(browser, token_endpoint_auth_method="private_key_jwt", jwks=JWKS)
    page = browser.get(page_of(client, "secret")).content.decode()
    assert client.client_id in page
    assert "client-secret-text" not in page
    assert "Il n’a pas de secret." in page
    assert "Aucun : ce service s’authentifie par sa clé." in browser.get(page_of(client)).content.decode()


def secret_on(page: str) -> str:
    found = re.search(r'id="client-secret-text"[^>]*>([^<]+)<', page)
    assert found
    return found[1]


def test_a_new_secret_leaves_the_old_one_a_week(entered_as: EnteredAs) -> None:
    client = fs(secret="the old one")
    browser = entered_as("partenaires")
    assert "7 jours" in browser.get(page_of(client, "nouveau-secret")).content.decode()
    assert client_secrets.is_hash_of(
        "the old one", Client.objects.get().client_secret
    )  # a look changes nothing
    answer = browser.post(page_of(client, "nouveau-secret"))
    new = secret_on(browser.get(answer.headers["Location"]).content.decode())
    registry.look_again()
    record = registry.find_client(client.client_id)
    assert record is not None
    assert client_secrets.verify(record, new, datetime.now(UTC))
    assert client_secrets.verify(record, "the old one", datetime.now(UTC))
    assert "Le précédent reste accepté jusqu’au" in browser.get(page_of(client)).content.decode()


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        (
            {"redirect_uris": "https://a.gouv.fr/\nhttp://a.gouv.fr/\nhttps://*.gouv.fr/"},
            [
                "Ligne 2, « http://a.gouv.fr/ » : elle doit commencer par https://.",
                "Ligne 3, « https://*.gouv.fr/ » : elle contient une étoile : donnez chaque adresse exacte.",
            ],
        ),
        (
            {"redirect_uris": "https://a.gouv.fr/\nhttps://a.gouv.fr/"},
            ["Ligne 2, « https://a.gouv.fr/ » : elle est déjà plus haut."],
        ),
        (
            {"redirect_uris": "http://localhost:8000/"},
            ["Ligne 1, « http://localhost:8000/ » : localhost n’est admis qu’en intégration."],
        ),
        ({"redirect_uris": ""}, ["Donnez au moins une adresse de retour."]),
        ({"scopes": ["email"]}, ["Le scope openid est nécessaire à toute connexion."]),
        (
            {"allowed_email_domains": "*.gouv.fr"},
            ["Ligne 1, « *.gouv.fr » : ce n’est pas un nom de domaine exact, comme « interieur.gouv.fr »."],
        ),
        (
            {"token_endpoint_auth_method": "private_key_jwt"},
            ["private_key_jwt demande des clés publiques, ou l’adresse où les lire."],
        ),
        (
            {"jwks": '{"keys": [{"kty": "EC", "d": "x"}]}'},
            ["Donnez un jeu de clés publiques (JWKS), sans clé privée."],
        ),
        (
            {"jwks": '{"keys": [{"kty": "EC", "crv": "P-256", "x": "AA", "y": "AA"}]}'},
            ["Donnez un jeu de clés publiques (JWKS), sans clé privée."],
        ),
        (
            {"jwks": JWKS, "jwks_uri": "https://service.gouv.fr/jwks"},
            ["Donnez les clés ou leur adresse, pas les deux."],
        ),
        (
            {
                "jwks": JWKS,
                "token_endpoint_auth_method": "private_key_jwt",
                "id_token_signed_response_alg": "HS256",
            },
            ["HS256 signe avec le secret du service : private_key_jwt n’en a pas."],
        ),
        (
            {"userinfo_encrypted_response_alg": "ECDH-ES"},
            ["Le chiffrement demande la clé publique du service, ou l’adresse où la lire."],
        ),
        (
            {"userinfo_encrypted_response_alg": "RSA-OAEP-256", "jwks": JWKS},
            ["Aucune de ces clés ne permet de chiffrer avec RSA-OAEP-256."],
        ),
        ({"code_lifetime": "61"}, ["60 secondes au plus, comme pour tous les services."]),
        ({"scopes": ["openid", "profile"]}, ["« profile » va avec les noms d’OpenID Connect générique."]),
        ({"data_scopes": "dossier:lire"}, ["Seul un fournisseur de données définit des scopes."]),
        (
            {"kind": "fd", "data_scopes": "dossier:lire"},
            ["Seul un fournisseur de données dispensé du consentement peut être enregistré."],
        ),
        (
            {"kind": "fd", "is_exempt_from_consent": "on", "data_scopes": "email\nDossier"},
            [
                "Ligne 1, « email » : ce scope est réservé à la fédération.",
                "Ligne 2, « Dossier » : 2 à 64 caractères parmi a-z, 0-9",
            ],
        ),
        (
            {"site_url": "javascript:alert(1)"},
            ["Adresse refusée : elle doit être complète et commencer par https://."],
        ),
    ],
)
def test_s160_what_is_wrong_is_told_in_french_and_nothing_is_lost(
    entered_as: EnteredAs, changes: dict[str, Any], told: list[str]
) -> None:
    answer = entered_as("partenaires").post(ADD, {**GOOD, **changes})
    page = answer.content.decode().replace("&#x27;", "'")
    assert answer.status_code == 200
    for sentence in told:
        assert sentence in page
    assert 'value="Démarches en ligne"' in page
    assert not Client.objects.exists()


def test_integration_accepts_localhost(entered_as: EnteredAs) -> None:
    client = created(
        entered_as("partenaires"), environment="integration", redirect_uris="http://localhost:8000/retour"
    )
    assert client.redirect_uri_list == ["http://localhost:8000/retour"]


def test_a_change_is_saved_and_told_to_the_journal_field_by_field(entered_as: EnteredAs) -> None:
    browser = entered_as("partenaires")
    client = created(browser)
    provider = fi()
    answer = browser.post(
        page_of(client), {**GOOD, "name": "Autre nom", "allowed_providers": [str(provider.uid)]}
    )
    assert answer.status_code == 302, errors_of(answer.content.decode())
    client.refresh_from_db()
    assert client.name == "Autre nom"
    assert client.allowed_providers == [provider.uid]
    line = AuditEntry.objects.get(action="client.change")
    assert line.target == client.client_id
    assert "operatrice@example.gouv.fr" in line.actor
    assert line.ip == "127.0.0.1"
    assert line.before == {"name": "Démarches en ligne", "allowed_providers": []}
    assert line.after == {"name": "Autre nom", "allowed_providers": [str(provider.uid)]}


def test_a_form_saved_as_it_was_changes_nothing(entered_as: EnteredAs) -> None:
    browser = entered_as("partenaires")
    client = created(browser)
    before = Client.objects.values().get()
    browser.post(page_of(client), GOOD)
    after = Client.objects.values().get()
    assert {name for name in after if after[name] != before[name]} <= {"updated"}
    assert not AuditEntry.objects.filter(action="client.change").exists()


FD: dict[str, Any] = {
    **GOOD,
    "kind": "fd",
    "redirect_uris": "",
    "scopes": [],
    "data_scopes": "dossier:lire\r\ndossier:ecrire",
    "is_exempt_from_consent": "on",
}


def test_a_fd_defines_scopes_that_a_service_may_then_be_granted(entered_as: EnteredAs) -> None:
    browser = entered_as("partenaires")
    data = created(browser, **FD)
    assert data.scopes == ["dossier:lire", "dossier:ecrire"]
    assert "dossier:lire\r\ndossier:ecrire" in browser.get(page_of(data)).content.decode().replace(
        "\n", "\r\n"
    )
    assert f"dossier:lire (FD {data.name})" in browser.get(ADD).content.decode()
    answer = browser.post(ADD, {**GOOD, "scopes": ["openid", "dossier:lire"]})
    assert answer.status_code == 302, errors_of(answer.content.decode())
    assert Client.objects.get(kind="fs").scopes == ["openid", "dossier:lire"]


def test_two_fds_never_define_the_same_scope(entered_as: EnteredAs) -> None:
    browser = entered_as("partenaires")
    created(browser, **FD)
    page = browser.post(ADD, FD).content.decode()
    assert "Ligne 1, « dossier:lire » : un autre fournisseur de données le définit déjà." in page


def test_the_way_userinfo_is_told_is_chosen_and_survives_a_save(entered_as: EnteredAs) -> None:
    browser = entered_as("partenaires")
    chosen = {
        "userinfo_encrypted_response_alg": "ECDH-ES",
        "jwks": JWKS,
        "claims_profile": "generic_oidc",
        "scopes": ["openid", "profile"],
        "access_token_lifetime": "600",
    }
    client = created(browser, **chosen)
    browser.post(page_of(client), {**GOOD, **chosen, "name": "Autre nom"})
    client.refresh_from_db()
    assert (client.userinfo_encrypted_response_alg, client.userinfo_encrypted_response_enc) == (
        "ECDH-ES",
        "A256GCM",
    )
    assert client.claims_profile == "generic_oidc"
    assert client.access_token_lifetime == timedelta(minutes=10)
    assert client.code_lifetime is None
    page = browser.get(page_of(client)).content.decode()
    assert re.search(r'name="access_token_lifetime" value="600"', page)
    line = AuditEntry.objects.get(action="client.change")
    assert line.after == {"name": "Autre nom"}


def test_who_draws_a_new_secret_is_warned_that_hs256_changes_at_once(entered_as: EnteredAs) -> None:
    browser = entered_as("partenaires")
    warning = "elles seront faites avec le nouveau"
    assert warning not in browser.get(page_of(fs(), "nouveau-secret")).content.decode()
    signed = fs(id_token_signed_response_alg="HS256")
    assert warning in browser.get(page_of(signed, "nouveau-secret")).content.decode()


def test_a_scope_we_no_longer_offer_is_not_lost_by_a_save(entered_as: EnteredAs) -> None:
    client = fs(scopes=["openid", "ancien"], redirect_uris=["https://service.gouv.fr/"])
    page = entered_as("partenaires").get(page_of(client)).content.decode()
    assert re.search(r'value="ancien"[^>]*checked', page)


def test_hs256_chosen_later_shows_the_secret_it_draws(entered_as: EnteredAs) -> None:
    browser = entered_as("partenaires")
    client = created(browser)
    browser.get(page_of(client, "secret"))
    answer = browser.post(page_of(client), {**GOOD, "id_token_signed_response_alg": "HS256"})
    secret = secret_on(browser.get(answer.headers["Location"]).content.decode())
    registry.look_again()
    record = registry.find_client(client.client_id)
    assert record is not None
    assert client_secrets.in_clear(record) == secret


def test_s164_no_secret_enters_the_journal(entered_as: EnteredAs) -> None:
    browser = entered_as("partenaires")
    client = created(browser)
    secret = secret_on(browser.get(page_of(client, "secret")).content.decode())
    client.refresh_from_db()
    journal = str(list(AuditEntry.objects.values()))
    assert secret not in journal
    assert client.client_secret not in journal


def test_services_go_out_of_service_and_come_back_but_are_never_deleted(entered_as: EnteredAs) -> None:
    client = fs()
    browser = entered_as("partenaires")
    listing = "/admin/federation/client/"
    browser.post(listing, {"action": "suspend", "_selected_action": [client.pk]})
    registry.look_again()
    assert registry.find_client(client.client_id) is None
    browser.post(listing, {"action": "resume", "_selected_action": [client.pk]})
    registry.look_again()
    assert registry.find_client(client.client_id) is not None
    assert "delete_selected" not in browser.get(listing).content.decode()
    assert browser.post(f"/admin/federation/client/{client.pk}/delete/", {"post": "yes"}).status_code == 403
    assert list(AuditEntry.objects.order_by("at").values_list("action", flat=True))[-2:] == [
        "client.suspend",
        "client.resume",
    ]
