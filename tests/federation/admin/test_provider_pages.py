"""FI in the operators' site: a secret that goes in and never comes out, domains with their conflicts told."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client as Browser
from django.utils import timezone

from federation import registry
from federation.models import Provider, ProviderCheck, ProviderDefect, ProviderDomain, ProviderMinute
from proconnect.platform.models import AuditEntry
from tests.factories.federation import fi, identite
from tests.federation.admin.conftest import EnteredAs
from tests.mirrors.name_server import NameServer

pytestmark = pytest.mark.django_db

BASE = "/admin/federation/provider"
ADD = f"{BASE}/add/"
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
    "shared_email_domains": "police.gouv.fr",
    "acceptance_testers": "Camille.Martin@police.gouv.fr 31/01/2027",
    "planned_outages": "10/01/2027 22:00 - 11/01/2027 06:00 Maintenance de la messagerie.",
    "quirks": ["no-acr"],
    "mfa_note": "Carte agent, vue en recette.",
    "status_url": "https://etat.interieur.gouv.fr/",
    "id_token_encrypted_response_alg": "ECDH-ES",
    "id_token_encrypted_response_enc": "A256GCM",
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
    assert record.shared_domains == {"police.gouv.fr"}
    assert record.testers == {"camille.martin@police.gouv.fr": datetime(2027, 1, 31, 22, 59, tzinfo=UTC)}
    assert [outage.message for outage in record.outages] == ["Maintenance de la messagerie."]
    assert record.outages[0].starts_at == datetime(2027, 1, 10, 21, tzinfo=UTC)
    assert record.quirks == {"no-acr"}
    assert record.id_token_encrypted_response_alg == "ECDH-ES"
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
    ProviderDomain.objects.filter(name="police.gouv.fr").update(proved_at=timezone.now())
    proved_at = ProviderDomain.objects.get(name="police.gouv.fr").proved_at
    browser.post(page_of(provider), {**GOOD, "email_domains": "police.gouv.fr"})
    assert ProviderDomain.objects.get(name="police.gouv.fr").proved_at == proved_at
    assert not ProviderDomain.objects.filter(name="interieur.gouv.fr").exists()


def test_a_domain_that_another_provider_serves_is_refused(entered_as: EnteredAs) -> None:
    other = fi(title="Préfecture de police", domains=["police.gouv.fr"])
    browser = entered_as("partenaires")
    refused = browser.post(ADD, GOOD).content.decode()
    assert "« police.gouv.fr » mène déjà à « Préfecture de police »" in refused
    assert not Provider.objects.filter(name=GOOD["name"]).exists()
    other.domains.update(is_shared=True)
    created(browser)
    page = browser.get("/admin/federation/provider/").content.decode()
    assert "Le domaine « police.gouv.fr » est aussi servi par « Préfecture de police »" in page


def test_a_fi_whose_domain_was_taken_meanwhile_does_not_come_back(entered_as: EnteredAs) -> None:
    fi(title="Préfecture de police", domains=["police.gouv.fr"])
    closed = fi(domains=["police.gouv.fr"], is_active=False)
    browser = entered_as("partenaires")
    choice = {"action": "resume", "_selected_action": [closed.uid]}
    page = browser.post("/admin/federation/provider/", choice, follow=True).content.decode()
    assert "« police.gouv.fr » mène déjà à « Préfecture de police »" in page
    closed.refresh_from_db()
    assert not closed.is_active


def test_a_form_saved_as_it_was_shown_leaves_no_line(entered_as: EnteredAs) -> None:
    browser = entered_as("partenaires")
    provider = created(browser)
    shown = browser.get(page_of(provider)).context["adminform"].form
    again = {name: shown[name].value() for name in shown.fields}
    fields = {name: value for name, value in again.items() if value not in (None, False)}
    fields |= {"acceptance_testers": "camille.martin@police.gouv.fr 31/01/2027 23:59"}
    assert browser.post(page_of(provider), {**GOOD, **fields}).status_code == 302
    assert not AuditEntry.objects.filter(action="provider.change").exists()
    assert "camille.martin@police.gouv.fr 31/01/2027 23:59" in browser.get(page_of(provider)).content.decode()


def test_outages_are_announced_and_withdrawn_with_their_line(entered_as: EnteredAs) -> None:
    browser = entered_as("partenaires")
    provider = created(browser)
    over = {"starts_at": timezone.now() - timedelta(days=9), "ends_at": timezone.now() - timedelta(days=8)}
    provider.outages.create(message="Finie.", **over)
    browser.post(page_of(provider), {**GOOD, "planned_outages": ""})
    assert [outage.message for outage in provider.outages.all()] == ["Finie."]
    line = AuditEntry.objects.filter(action="provider.plan_outages").latest("at")
    assert line.before == {
        "outages": ["2027-01-10T21:00:00Z 2027-01-11T05:00:00Z Maintenance de la messagerie."]
    }
    assert line.after == {"outages": []}


# Looking at a FI


def test_domains_are_proved_by_a_button_and_never_by_a_form(entered_as: EnteredAs, names: NameServer) -> None:
    browser = entered_as("partenaires")
    provider = created(browser, proved_domains="interieur.gouv.fr")
    names.says("police.gouv.fr", "TXT", f'"proconnect-identity-provider-{provider.uid}"')
    names.failing.add("prefecture.gouv.fr")
    assert not provider.domains.exclude(proved_at=None).exists()
    page = browser.post(f"{BASE}/{provider.uid}/domaines/", follow=True).content.decode()
    assert "Le DNS prouve « police.gouv.fr »." in page
    assert "Le DNS ne prouve pas « interieur.gouv.fr »" in page
    assert "Le DNS n’a rien dit de « prefecture.gouv.fr »" in page
    assert [domain.name for domain in provider.domains.exclude(proved_at=None)] == ["police.gouv.fr"]
    line = AuditEntry.objects.get(action="provider.domain_proved")
    assert "operatrice@example.gouv.fr" in line.actor


def test_a_lost_proof_and_another_claim_are_seen(entered_as: EnteredAs) -> None:
    provider = fi(domains=["police.gouv.fr"], proved=True)
    provider.domains.update(proof_missing_since=datetime(2026, 11, 1, tzinfo=UTC))
    fi(title="Vieux ministère", domains=["police.gouv.fr"], is_active=False)
    page = entered_as("lecteur").get(page_of(provider)).content.decode()
    assert "Cesse de valoir le 08/11/2026" in page
    assert "Vieux ministère" in page
    assert f"proconnect-identity-provider-{provider.uid}" in page


def test_a_fi_is_checked_by_a_button_and_its_report_shown(entered_as: EnteredAs) -> None:
    provider = fi(issuer="http://127.0.0.1:9", domains=["police.gouv.fr"])
    browser = entered_as("partenaires")
    page = browser.post(f"{BASE}/{provider.uid}/controle/", follow=True).content.decode()
    assert "Le contrôle a trouvé des défauts." in page
    assert "Document de découverte illisible" in page
    assert "operatrice@example.gouv.fr" in ProviderCheck.objects.get(provider=provider).asked_by


@pytest.mark.parametrize("role", ["lecteur", "assistance", "sécurité"])
def test_s163_who_only_reads_has_nothing_looked_at(entered_as: EnteredAs, role: str) -> None:
    provider = fi(domains=["police.gouv.fr"])
    browser = entered_as(role)
    page = browser.get(page_of(provider)).content.decode()
    assert "Contrôler maintenant" not in page
    for act in ("controle", "domaines"):
        assert browser.post(f"{BASE}/{provider.uid}/{act}/").status_code == 403
    assert not ProviderCheck.objects.exists()


def test_nothing_is_done_by_a_link_nor_to_identite(entered_as: EnteredAs) -> None:
    provider, local = fi(domains=["police.gouv.fr"]), identite()
    browser = entered_as("partenaires")
    for act in ("controle", "domaines"):
        assert browser.get(f"{BASE}/{provider.uid}/{act}/").status_code == 302
        assert browser.post(f"{BASE}/{local.uid}/{act}/").status_code == 404
    assert not ProviderCheck.objects.exists()


def test_quality_and_the_last_hour_are_shown(entered_as: EnteredAs) -> None:
    provider = fi()
    today = timezone.now().date()
    for claim, defect, count in (
        ("", "received", 40),
        ("phone_number", "dropped", 12),
        ("badge", "received", 3),
    ):
        ProviderDefect.objects.create(provider=provider, day=today, claim=claim, defect=defect, count=count)
    ProviderMinute.objects.create(provider=provider, minute=timezone.now(), succeeded=39, unreachable=2)
    page = " ".join(entered_as("lecteur").get(page_of(provider)).content.decode().split())
    assert " : 40." in page
    assert "phone_number" in page
    assert "badge (3)" in page
    assert "Connexions réussies : 39. Refusées : 0. Sans réponse du FI : 2." in page


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
        ({"shared_email_domains": "autre.gouv.fr"}, "« autre.gouv.fr » n’est pas un domaine que ce FI sert."),
        ({"acceptance_testers": "x@police.gouv.fr"}, "écrivez une adresse puis une date"),
        ({"acceptance_testers": "x@police.gouv.fr 31/02/2027"}, "écrivez une adresse puis une date"),
        (
            {"acceptance_testers": "x+proconnect@police.gouv.fr 31/01/2027"},
            "écrivez une adresse puis une date",
        ),
        ({"acceptance_testers": "x@autre.fr 31/01/2027"}, "« autre.fr » n’est pas un domaine de ce FI."),
        (
            {"acceptance_testers": "x@police.gouv.fr 30/01/2027\nX@police.gouv.fr 31/01/2027"},
            "« x@police.gouv.fr » est inscrit deux fois.",
        ),
        ({"planned_outages": "10/01/2027 22:00 - 10/01/2027 21:00 Trop tôt."}, "écrivez le début, la fin"),
        ({"id_token_encrypted_response_enc": ""}, "Le chiffrement et sa méthode vont ensemble"),
        ({"status_url": "http://etat.gouv.fr/"}, "elle doit commencer par https://"),
        ({"quirks": ["no-signature"]}, "no-signature"),
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


def test_identite_is_offered_beside_a_fi_where_it_is_said(entered_as: EnteredAs) -> None:
    local, ministry = identite(), fi(domains=["police.gouv.fr"])
    browser = entered_as("partenaires")
    assert f"{BASE}/{local.uid}/proposer/" in browser.get(page_of(local)).content.decode()
    assert f"{BASE}/{ministry.uid}/proposer/" not in browser.get(page_of(ministry)).content.decode()
    page = f"{BASE}/{local.uid}/proposer/"
    assert browser.post(page, {"email_domains": "Police.gouv.fr\nautre.gouv.fr"}).status_code == 302
    registry.look_again()
    assert [each.uid for each in registry.providers_for("police.gouv.fr")] == [ministry.uid, local.uid]
    browser.post(page, {"email_domains": "autre.gouv.fr"})
    registry.look_again()
    assert [each.uid for each in registry.providers_for("police.gouv.fr")] == [ministry.uid]
    line = AuditEntry.objects.filter(action="provider.offer").latest("at")
    assert (line.before, line.after) == (
        {"email_domains": ["autre.gouv.fr", "police.gouv.fr"]},
        {"email_domains": ["autre.gouv.fr"]},
    )
    assert (
        "ce n’est pas un nom de domaine exact" in browser.post(page, {"email_domains": "*"}).content.decode()
    )
    assert browser.post(f"{BASE}/{ministry.uid}/proposer/").status_code == 404


def test_s163_who_only_reads_does_not_offer_identite(entered_as: EnteredAs) -> None:
    local, browser = identite(), entered_as("lecteur")
    assert f"{BASE}/{local.uid}/proposer/" not in browser.get(page_of(local)).content.decode()
    assert browser.get(f"{BASE}/{local.uid}/proposer/").status_code == 403


def test_identite_is_seen_and_not_changed(entered_as: EnteredAs) -> None:
    local = identite()
    browser = entered_as("partenaires")
    assert browser.get(page_of(local)).status_code == 200
    assert browser.post(page_of(local), GOOD).status_code == 403
    browser.post("/admin/federation/provider/", {"action": "suspend", "_selected_action": [local.uid]})
    local.refresh_from_db()
    assert local.is_active
