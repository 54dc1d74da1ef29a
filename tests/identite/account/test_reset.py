"""A forgotten password."""

from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from django.conf import settings
from django.core import mail
from django.test import Client

from proconnect.platform import outbox
from tests.factories.identite import SOFTWARE_COMPANY, user
from tests.identite.visitor import Visitor, last_mail, link_of, time_passes

pytestmark = pytest.mark.django_db

NEW = "huit hérissons dansent"


@pytest.fixture
def person():
    return user(email="camille@logiciels-ponant.example", sirets=(SOFTWARE_COMPANY,))


def asks(visitor: Visitor) -> str:
    visitor.post("forgotten-password")
    return link_of(last_mail())


def follows(client: Client, link: str, password: str = NEW):
    return client.post(
        "/identite/mot-de-passe/", {"jeton": link.partition("jeton=")[2], "password": password}
    )


def test_a_link_changes_the_password_and_the_passage_goes_on(person):
    visitor = Visitor(login_hint=person.email)
    link = asks(visitor)
    assert visitor.page == "forgotten-password"
    opened = visitor.client.get(link)
    assert opened.status_code == 200
    assert person.email in opened.content.decode()
    done = visitor.client.get(follows(visitor.client, link)["Location"]).content.decode()
    assert visitor.url("sign-in") in done
    visitor.signs_in(NEW)
    assert visitor.is_back


def test_the_person_is_told_by_mail_afterwards(person):
    follows(Client(), asks(Visitor(login_hint=person.email)))
    assert last_mail().subject == "Votre mot de passe ProConnect a changé"


def test_in_another_browser_the_last_page_sends_back_to_the_service(person):
    visitor = Visitor(login_hint=person.email)
    elsewhere = Client()
    response = elsewhere.get(follows(elsewhere, asks(visitor))["Location"])
    assert response.status_code == 200
    assert visitor.url("sign-in") not in response.content.decode()


def test_opening_the_link_spends_nothing(person):
    link = asks(Visitor(login_hint=person.email))
    for _ in range(3):
        assert Client().get(link).status_code == 200
    assert follows(Client(), link).status_code == 302


def test_a_link_serves_once(person):
    link = asks(Visitor(login_hint=person.email))
    assert follows(Client(), link).status_code == 302
    second = follows(Client(), link, "neuf ours polaires rient")
    assert second.status_code == 400
    assert "Y480003" in second.content.decode()
    person.refresh_from_db()
    assert person.check_password(NEW)


def test_a_newer_link_kills_the_older(person):
    visitor = Visitor(login_hint=person.email)
    older, newer = asks(visitor), asks(visitor)
    assert follows(Client(), older).status_code == 400
    assert follows(Client(), newer).status_code == 302


def test_a_link_lives_an_hour(person):
    link = asks(Visitor(login_hint=person.email))
    time_passes(timedelta(minutes=60, seconds=1))
    assert Client().get(link).status_code == 400


@pytest.mark.parametrize("link", ["", "x", "x.y", ".", "0", "\x00", "é" * 500])
def test_a_wrong_link_is_refused_plainly(link):
    assert Client().get("/identite/mot-de-passe/", {"jeton": link}).status_code == 400


def test_a_link_for_somebody_opens_nobody_else(person):
    other = user()
    secret = asks(Visitor(login_hint=person.email)).rpartition(".")[2]
    assert Client().get("/identite/mot-de-passe/", {"jeton": f"{other.pk}.{secret}"}).status_code == 400


def test_other_sessions_end(person):
    elsewhere = Visitor(login_hint=person.email)
    elsewhere.signs_in()
    follows(Client(), asks(Visitor(login_hint=person.email)))
    assert Visitor(client=elsewhere.client, login_hint=person.email).page == "sign-in"


def test_a_weak_password_is_refused_and_the_link_is_kept(person):
    link = asks(Visitor(login_hint=person.email))
    refused = follows(Client(), link, "court")
    assert refused.status_code == 400
    assert "trop court" in refused.content.decode()
    assert follows(Client(), link).status_code == 302


def test_s112_links_never_come_from_the_host_header(person):
    visitor = Visitor(login_hint=person.email)
    visitor.client.post(visitor.url("forgotten-password"), HTTP_HOST="127.0.0.1")
    link = urlsplit(link_of(last_mail()))
    assert f"{link.scheme}://{link.netloc}" == settings.ENV.site_url
    assert "127.0.0.1" not in last_mail().alternatives[0][0]


def test_nobody_gets_a_link_for_an_address_without_account():
    Visitor(login_hint="inconnue@logiciels-ponant.example").post("forgotten-password")
    outbox.drain()
    assert mail.outbox == []


def test_s116_an_unproved_account_gets_no_link():
    squatter = user(proved=False)
    Visitor(login_hint=squatter.email).post("forgotten-password")
    outbox.drain()
    assert mail.outbox == []


def test_five_links_at_most_in_a_quarter_of_an_hour(person):
    visitor = Visitor(login_hint=person.email)
    for _ in range(5):
        visitor.post("forgotten-password")
    visitor.post("forgotten-password")
    assert visitor.response.status_code == 429
