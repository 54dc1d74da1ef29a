"""A decision is carried out once."""

from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import pytest
from django.db import connection
from django.utils import timezone

from identite.membership.decision import Decision, Moderate
from identite.membership.grounds import Ground
from identite.membership.join import join
from identite.models import EmailDomain, Membership, Moderation, User
from identite.organizations.directory import Directory
from proconnect.kernel.siret import Siret
from tests.factories.identite import DINUM, SOFTWARE_COMPANY, TOWN_HALL, VILLAGE, domain, user
from tests.identite.visitor import Visitor

pytestmark = pytest.mark.django_db


def joins(person: User, siret: str) -> Decision:
    organization = Directory().find(Siret.parse(siret))
    assert organization
    return join(person, organization, client_name="Service", journey_id=uuid4(), now=timezone.now())


@pytest.mark.parametrize(
    ("email", "siret", "ground"),
    [
        ("jo@logiciels-ponant.example", SOFTWARE_COMPANY, Ground.DOMAIN),
        ("mairie@clairfontaine-les-bains.example", TOWN_HALL, Ground.OFFICIAL_CONTACT),
        ("mairie.petit-val@orange.fr", VILLAGE, Ground.OFFICIAL_CONTACT),
    ],
)
def test_a_ground_makes_a_member(email, siret, ground):
    person = user(email=email)
    joins(person, siret)
    assert person.memberships.get().ground == ground


def test_asked_twice_there_is_one_link_and_one_request():
    person = user()
    for siret in (SOFTWARE_COMPANY, DINUM) * 2:
        joins(person, siret)
    assert (Membership.objects.count(), Moderation.objects.count()) == (1, 1)


def test_a_domain_verified_meanwhile_closes_the_request():
    person = user()
    assert isinstance(joins(person, DINUM), Moderate)
    domain(DINUM, "logiciels-ponant.example", EmailDomain.Status.VERIFIED)
    joins(person, DINUM)
    assert Moderation.objects.get().status == Moderation.Status.ACCEPTED
    assert person.memberships.get().organization_id == DINUM


def test_an_external_domain_makes_an_external_member():
    person = user()
    domain(DINUM, "logiciels-ponant.example", EmailDomain.Status.EXTERNAL)
    joins(person, DINUM)
    assert person.memberships.get().is_external


def test_a_refused_domain_is_told_on_the_page_with_another_way():
    person = user()
    domain(TOWN_HALL, "logiciels-ponant.example", EmailDomain.Status.REFUSED)
    visitor = Visitor(login_hint=person.email)
    visitor.signs_in()
    visitor.post("confirm-organization", TOWN_HALL)
    assert visitor.response.status_code == 400
    assert "n’admet pas votre adresse e-mail" in visitor.text
    assert visitor.url("organization") in visitor.text
    assert not Membership.objects.exists()


def test_in_the_sandbox_whoever_proves_an_address_joins(settings):
    from dataclasses import replace

    settings.ENV = replace(settings.ENV, moderation_bypassed=True)
    person = user()
    joins(person, DINUM)
    assert person.memberships.get().ground == Ground.BYPASSED


@pytest.mark.django_db(transaction=True)
def test_two_tabs_that_join_at_once_make_one_link():
    person = user()
    Directory().find(Siret.parse(SOFTWARE_COMPANY))

    def act(_: int) -> None:
        try:
            joins(person, SOFTWARE_COMPANY)
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(act, range(8)))
    assert Membership.objects.count() == 1
