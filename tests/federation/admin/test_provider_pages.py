"""FI in the operators' site: a secret that goes in and never comes out, domains with their conflicts told."""

import re
from typing import Any

import pytest
from django.test import Client as Browser

from federation import registry
from federation.models import Provider, ProviderDomain
from proconnect.platform.models import AuditEntry
from tests.factories.federation import fi, identite
from tests.federation.admin.conftest import EnteredAs

pytestmark = pytest.mark.django_db

ADD = "/admin/federation/provider/add/"
SECRET = "le secret remis par le ministère"
GOOD: dict[str, Any] = {
    "name": "interieur",
    "title": "Ministère de l’Intérieur",
    "is_active": "on",
    "is_routed": "on",
    "network": "internet",
    "discovery": "on",
    "issuer": "https://fi.interieur.gouv.fr/",
    "client_id": "proconnect",
    "client_secret": SECRET,
    "token_endpoint_auth_method": "client_secret_post",
    "id_token_signed_response_algs": ["ES256"],
    "email_domains": "interieur.gouv.fr\npolice.gouv.fr",
    "extra_email_domains": "prefecture.gouv.fr",
    "proved_domains": "police.gouv.fr",
    "block_unlisted_domains": "on",
    "default_siret": "110 046 018 00013",
}


def created(browser: Browser, **changes: Any) -> Provider:
    answer = browser.post(ADD, {**GOOD, **changes})
    found = re.findall(r'<ul class="errorlist".*?</ul>', answer.content.decode(), re.DOTALL)
    assert answer.status_code == 302, found
    return Provider.objects.get(name=GOOD["name"])


def page_of(provider: Provider) -> str:
    return f"/admin/federation/provider/{provider.uid}/change/"


def test_a_provider_is_registered_whole(entered_as: EnteredAs) -> None:
    provider = created(entered_as("partenaires"))
    registry.look_again()
    record = registry.find_provider(provider.uid)
    assert record is not None
    assert registry.provider_secret(record) == SECRET
    assert record.routed_domains == {"interieur.gouv.fr", "police.gouv.fr"}
    assert record.accepted_domains == {"interieur.gouv.fr", "police.gouv.fr", "prefecture.gouv.fr"}
    assert record.proved_domains == {"police.gouv.fr"}
    assert record.default_siret == "11004601800013"
    assert [each.uid for each in registry.providers_for("police.gouv.fr")] == [provider.uid]


def test_s172_the_secret_is_sealed_and_never_shown_again(entered_as: EnteredAs) -> None:
    browser = entered_as("partenaires")
    provider = created(browser)
    assert SECRET not in provider.sealed_secret
    page = browser.get(page_of(provider)).content.decode()
    assert SECRET not in page
    assert provider.sealed_secret not in page
    refused = browser.post(page_of(provider), {**GOOD, "issuer": "x"}).content.decode()
    assert SECRET not in refused
    assert SECRET not in str(list(AuditEntry.objects.values()))


def test_an_empty_secret_keeps_the_one_there_is(entered_as: EnteredAs) -> None:
    browser = entered_as("partenaires")
    provider = created(browser)
    browser.post(page_of(provider), {**GOOD, "client_secret": "", "title": "Intérieur"})
    registry.look_again()
    record = registry.find_provider(provider.uid)
    assert record is not None
    assert record.title == "Intérieur"
    assert registry.provider_secret(record) == SECRET
    line = AuditEntry.objects.get(action="provider.change")
    assert (line.before, line.after) == ({"title": "Ministère de l’Intérieur"}, {"title": "Intérieur"})


def test_s164_a_changed_endpoint_is_told_in_clear(entered_as: EnteredAs) -> None:
    browser = entered_as("partenaires")
    provider = created(browser)
    browser.post(page_of(provider), {**GOOD, "token_endpoint": "https://fi.interieur.gouv.fr/token"})
    line = AuditEntry.objects.get(action="provider.change")
    assert (line.before, line.after) == (
        {"token_endpoint": None},
        {"token_endpoint": "https://fi.interieur.gouv.fr/token"},
    )


def test_the_date_of_a_proof_stays_when_the_domain_stays(entered_as: EnteredAs) -> None:
    browser = entered_as("partenaires")
    provider = created(browser)
    proved_at = ProviderDomain.objects.get(name="police.gouv.fr").proved_at
    browser.post(page_of(provider), {**GOOD, "email_domains": "police.gouv.fr"})
    assert ProviderDomain.objects.get(name="police.gouv.fr").proved_at == proved_at
    assert not ProviderDomain.objects.filter(name="interieur.gouv.fr").exists()


def test_a_domain_that_another_provider_serves_is_told(entered_as: EnteredAs) -> None:
    fi(title="Préfecture de police", domains=["police.gouv.fr"])
    browser = entered_as("partenaires")
    created(browser)
    page = browser.get("/admin/federation/provider/").content.decode()
    assert "Le domaine « police.gouv.fr » est aussi servi par « Préfecture de police »" in page


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"issuer": "fi.gouv.fr"}, "elle doit être complète et commencer par https://"),
        ({"issuer": "https://10.0.0.1"}, "elle contient une adresse IP"),
        ({"discovery": ""}, "Cette adresse est nécessaire sans découverte automatique."),
        ({"client_secret": ""}, "Donnez le secret que ce FI vous a remis."),
        ({"default_siret": "11004601800014"}, "Ce SIRET est incorrect"),
        ({"email_domains": "a.fr\n@b.fr"}, "Ligne 2, « @b.fr »"),
        ({"extra_email_domains": "police.gouv.fr"}, "« police.gouv.fr » est déjà parmi les domaines servis."),
        ({"proved_domains": "autre.gouv.fr"}, "« autre.gouv.fr » n’est pas un domaine de ce FI."),
        ({"name": "pris"}, "Un autre FI porte déjà ce nom."),
        ({"issuer": "https://pris.gouv.fr"}, "Un autre FI a déjà cet émetteur et ce client_id."),
    ],
)
def test_what_is_wrong_is_told_in_french(entered_as: EnteredAs, changes: dict[str, Any], told: str) -> None:
    fi(name="pris", issuer="https://pris.gouv.fr")
    answer = entered_as("partenaires").post(ADD, {**GOOD, **changes})
    assert answer.status_code == 200
    assert told in answer.content.decode()
    assert not Provider.objects.filter(name="interieur").exists()


def test_identite_is_seen_and_not_changed(entered_as: EnteredAs) -> None:
    local = identite()
    browser = entered_as("partenaires")
    assert browser.get(page_of(local)).status_code == 200
    assert browser.post(page_of(local), GOOD).status_code == 403
    browser.post("/admin/federation/provider/", {"action": "suspend", "_selected_action": [local.uid]})
    local.refresh_from_db()
    assert local.is_active
