"""May this person join this organisation? The table of docs/regles/rattachement.md."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from identite.membership.decision import AlreadyMember, Doubt, Facts, Join, Moderate, Refusal, Reject, decide
from identite.membership.facts import free_mail_domains
from identite.membership.grounds import Ground
from proconnect.kernel.email_address import EmailAddress
from proconnect.kernel.organization import OrganizationFacts
from proconnect.kernel.siret import Siret

MAIRIE = OrganizationFacts(
    siret=Siret.parse("21990001600011"),
    label="Commune de Clairfontaine",
    is_active=True,
    is_diffusible=True,
    legal_category="7210",
    legal_category_label="Commune",
    activity="84.11Z",
    headcount_bracket="12",
    address="1 place de la Mairie",
    postcode="34240",
    city_code="34999",
    contact_email="mairie@clairfontaine.example",
    domains=("clairfontaine.example",),
    known_at=datetime(2026, 1, 1, tzinfo=UTC),
)


def facts(email: str = "jo@ailleurs.example", **changes: Any) -> Facts:
    address = EmailAddress.parse(email)
    about_organization = {
        name: changes.pop(name)
        for name in ("is_active", "contact_email", "domains", "is_diffusible")
        if name in changes
    }
    known: dict[str, Any] = {
        name: frozenset(value) if isinstance(value, set) else value for name, value in changes.items()
    }
    return Facts(
        email=address,
        organization=replace(MAIRIE, **about_organization),
        is_free_mail=address.domain in free_mail_domains(),
        **known,
    )


CLOSED = Reject(Refusal.ORGANIZATION_CLOSED)
DOMAIN_REFUSED = Reject(Refusal.DOMAIN_REFUSED)
CONTACT = Join(Ground.OFFICIAL_CONTACT)
DOMAIN = Join(Ground.DOMAIN)
EXTERNAL = Join(Ground.DOMAIN, is_external=True)
BYPASSED = Join(Ground.BYPASSED)
UNKNOWN = Moderate(Doubt.UNKNOWN_DOMAIN)
FREE = Moderate(Doubt.FREE_MAIL)
OURS = {"clairfontaine.example"}
AWAY = {"ailleurs.example"}

TABLE = [
    # closed comes first, whatever else is true
    ("closed", facts(is_active=False), CLOSED),
    ("closed, official contact", facts("mairie@clairfontaine.example", is_active=False), CLOSED),
    ("closed, its own domain", facts("jo@clairfontaine.example", is_active=False), CLOSED),
    ("closed, verified domain", facts(is_active=False, verified_domains=AWAY), CLOSED),
    ("closed, member", facts(is_active=False, is_member=True), CLOSED),
    ("closed, sandbox", facts(is_active=False, is_moderation_bypassed=True), CLOSED),
    ("closed, refused domain", facts(is_active=False, refused_domains=AWAY), CLOSED),
    # a refused domain wins over every ground
    ("refused domain", facts(refused_domains=AWAY), DOMAIN_REFUSED),
    ("refused and verified", facts(refused_domains=AWAY, verified_domains=AWAY), DOMAIN_REFUSED),
    ("refused and external", facts(refused_domains=AWAY, external_domains=AWAY), DOMAIN_REFUSED),
    ("refused, directory's own", facts("jo@clairfontaine.example", refused_domains=OURS), DOMAIN_REFUSED),
    (
        "refused, official contact",
        facts("mairie@clairfontaine.example", refused_domains=OURS),
        DOMAIN_REFUSED,
    ),
    ("refused, sandbox", facts(refused_domains=AWAY, is_moderation_bypassed=True), DOMAIN_REFUSED),
    ("refused, member", facts(refused_domains=AWAY, is_member=True), DOMAIN_REFUSED),
    ("another domain is refused", facts(refused_domains={"autre.example"}), UNKNOWN),
    ("its parent is refused", facts("jo@sub.ailleurs.example", refused_domains=AWAY), UNKNOWN),
    # already a member
    ("member", facts(is_member=True), AlreadyMember()),
    ("member, official contact", facts("mairie@clairfontaine.example", is_member=True), AlreadyMember()),
    ("member, free mail", facts("jo@gmail.com", is_member=True), AlreadyMember()),
    # the official mailbox
    ("official contact", facts("mairie@clairfontaine.example"), CONTACT),
    ("official contact, other case", facts("Mairie@Clairfontaine.example"), CONTACT),
    (
        "contact written in capitals",
        facts("mairie@x.example", contact_email="MAIRIE@X.example", domains=()),
        CONTACT,
    ),
    (
        "contact on a free provider",
        facts("mairie@orange.fr", contact_email="mairie@orange.fr", domains=()),
        CONTACT,
    ),
    ("contact, sandbox", facts("mairie@clairfontaine.example", is_moderation_bypassed=True), CONTACT),
    (
        "another box beside a free contact",
        facts("jo@orange.fr", contact_email="mairie@orange.fr", domains=()),
        FREE,
    ),
    ("no contact known", facts(contact_email=None, domains=()), UNKNOWN),
    # the domain
    ("domain of the directory", facts("jo@clairfontaine.example"), DOMAIN),
    ("domain of the directory, capitals", facts("Jo@CLAIRFONTAINE.example"), DOMAIN),
    ("verified domain", facts(verified_domains=AWAY), DOMAIN),
    ("verified domain, no contact", facts(verified_domains=AWAY, contact_email=None), DOMAIN),
    ("sub-domain", facts("jo@ecole.clairfontaine.example"), UNKNOWN),
    ("look-alike domain", facts("jo@clairfontaine.example.com"), UNKNOWN),
    ("another domain is verified", facts(verified_domains={"autre.example"}), UNKNOWN),
    ("free mail verified by mistake", facts("jo@gmail.com", verified_domains={"gmail.com"}), FREE),
    ("free mail attributed by a directory", facts("jo@orange.fr", domains=("orange.fr",)), FREE),
    ("verified and external: belongs", facts(verified_domains=AWAY, external_domains=AWAY), DOMAIN),
    ("external domain", facts(external_domains=AWAY), EXTERNAL),
    ("external free mail", facts("jo@free.fr", external_domains={"free.fr"}), FREE),
    (
        "verified, sandbox: keeps its ground",
        facts(verified_domains=AWAY, is_moderation_bypassed=True),
        DOMAIN,
    ),
    # the rest
    ("sandbox", facts(is_moderation_bypassed=True), BYPASSED),
    ("sandbox, free mail", facts("jo@gmail.com", is_moderation_bypassed=True), BYPASSED),
    ("unknown domain", facts(), UNKNOWN),
    ("free mail", facts("jo@laposte.net"), FREE),
    ("hidden organisation", facts(is_diffusible=False, contact_email=None, domains=()), UNKNOWN),
]


@pytest.mark.parametrize(
    ("known", "decision"), [pytest.param(known, to, id=name) for name, known, to in TABLE]
)
def test_the_ground_for_joining(known, decision):
    assert decide(known) == decision


def test_free_providers_are_on_the_list():
    assert {"gmail.com", "orange.fr", "laposte.net", "numericable.fr", "9business.fr"} <= free_mail_domains()
    assert all(name == name.lower().strip() and "." in name for name in free_mail_domains())
    assert len(free_mail_domains()) >= 60
