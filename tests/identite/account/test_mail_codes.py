"""The code that proves an address."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.core import mail
from django.db import connection

from identite.models import User
from proconnect.platform import outbox
from proconnect.platform.models import OneTimeThing
from tests.factories.identite import user
from tests.identite.visitor import Visitor, code_of, last_mail, time_passes

pytestmark = pytest.mark.django_db


def wrong(code: str) -> str:
    return f"{(int(code.replace(' ', '')) + 1) % 10**10:010d}"


@pytest.mark.parametrize("typed", ["{0}{1}", "{0} {1}", " {0}-{1} ", "{0}\u00a0{1}"])
def test_spaces_and_dashes_are_dropped(typed):
    visitor = Visitor()
    first, second = visitor.asks_for_a_code().split()
    visitor.post("code", code=typed.format(first, second))
    assert visitor.page == "account"


def test_s103_a_code_has_ten_digits_and_is_kept_hashed_and_sealed():
    code = Visitor().asks_for_a_code()
    assert len(code.replace(" ", "")) == 10
    for thing in OneTimeThing.objects.all():
        assert code.replace(" ", "") not in f"{thing.key}{thing.sealed}"
        assert "nouvelle@" not in f"{thing.key}{thing.sealed}"


def test_s103_a_code_serves_only_the_passage_that_asked():
    mine, theirs = Visitor(), Visitor()
    mine.asks_for_a_code()
    time_passes(timedelta(seconds=61))
    code = theirs.asks_for_a_code()
    for _ in range(6):
        mine.post("code", code=code)
        assert mine.response.status_code == 400
    theirs.post("code", code=code)
    assert theirs.page == "account", "and nobody else can burn it"


def test_s104_five_wrong_tries_burn_the_code():
    visitor = Visitor()
    code = visitor.asks_for_a_code()
    for _ in range(5):
        visitor.post("code", code=wrong(code))
        assert visitor.response.status_code == 400
    assert "essayé trop de fois" in visitor.text
    visitor.post("code", code=code)
    assert visitor.page == "code"
    assert not User.objects.exists()


def test_a_wrong_code_says_how_many_tries_are_left_when_few_are():
    visitor = Visitor()
    code = visitor.asks_for_a_code()
    visitor.post("code", code=wrong(code))
    assert "reste" not in visitor.text
    visitor.post("code", code=wrong(code))
    assert "Il vous reste 3 essais" in visitor.text
    visitor.post("code", code=code)
    assert visitor.page == "account"


def test_s104_a_newer_code_kills_the_older():
    visitor = Visitor()
    older = visitor.asks_for_a_code()
    time_passes(timedelta(seconds=61))
    newer = visitor.asks_for_a_code()
    assert "Un nouveau code est parti" in visitor.text
    visitor.post("code", code=older)
    assert visitor.response.status_code == 400
    visitor.post("code", code=newer)
    assert visitor.page == "account"


def test_s104_one_code_lives_per_address_whatever_the_number_of_tabs():
    first, second = Visitor(), Visitor()
    older = first.asks_for_a_code()
    time_passes(timedelta(seconds=61))
    second.asks_for_a_code()
    first.post("code", code=older)
    assert "expiré ou a été remplacé" in first.text


def test_a_code_lives_an_hour():
    visitor = Visitor()
    code = visitor.asks_for_a_code()
    time_passes(timedelta(minutes=60, seconds=1))
    visitor.journey_starts()
    time_passes(timedelta(seconds=61))
    visitor.post("code", code=code)
    assert not User.objects.exists()


def test_a_code_is_sent_again_after_a_minute_not_before():
    visitor = Visitor()
    visitor.asks_for_a_code()
    visitor.post("send-code")
    assert visitor.response.status_code == 429
    assert visitor.response["Retry-After"] == "60"
    assert "Patientez 1 minute" in visitor.text
    outbox.drain()
    assert len(mail.outbox) == 1


def test_five_codes_at_most_in_a_quarter_of_an_hour():
    visitor = Visitor()
    for _ in range(5):
        visitor.asks_for_a_code()
        time_passes(timedelta(seconds=61))
    visitor.post("send-code")
    assert visitor.response.status_code == 429
    assert len(mail.outbox) == 5


def test_ten_wrong_tries_over_several_codes_close_the_address_for_a_while():
    visitor = Visitor()
    for _ in range(2):
        code = visitor.asks_for_a_code()
        for _ in range(5):
            visitor.post("code", code=wrong(code))
        time_passes(timedelta(seconds=61))
    visitor.post("code", code=visitor.asks_for_a_code())
    assert visitor.response.status_code == 429
    assert not User.objects.exists()


def test_a_mail_that_could_only_leave_too_late_does_not_leave():
    visitor = Visitor()
    visitor.post("send-code")
    with connection.cursor() as cursor:
        cursor.execute("UPDATE platform_outboxmessage SET not_after = not_after - interval '61 minutes'")
    outbox.drain()
    assert mail.outbox == []


def test_a_code_signs_in_somebody_who_has_an_account_and_leaves_their_password():
    known = user(email="camille@logiciels-ponant.example")
    before = known.password
    visitor = Visitor(login_hint=known.email)
    visitor.post("code", code=visitor.asks_for_a_code())
    known.refresh_from_db()
    assert (visitor.page, known.password) == ("organization", before)
    assert "Vous avez déjà un compte ProConnect" in last_mail().body


@pytest.mark.django_db(transaction=True)
def test_s105_twenty_parallel_posts_of_the_right_code_give_one_success():
    visitor = Visitor()
    code = visitor.asks_for_a_code()
    url = visitor.url("code")
    cookies = {name: morsel.value for name, morsel in visitor.client.cookies.items()}

    def post(_: int) -> int:
        from django.test import Client

        client = Client()
        client.cookies.load(cookies)
        try:
            return int(client.post(url, {"code": code}).status_code)
        finally:
            connection.close()

    with ThreadPoolExecutor(20) as pool:
        statuses = list(pool.map(post, range(20)))
    assert statuses.count(302) == 1
    assert User.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_s104_parallel_wrong_posts_try_no_more_than_five_codes():
    visitor = Visitor()
    code = visitor.asks_for_a_code()
    url = visitor.url("code")
    cookies = {name: morsel.value for name, morsel in visitor.client.cookies.items()}

    def post(_: int) -> str:
        from django.test import Client

        client = Client()
        client.cookies.load(cookies)
        try:
            return client.post(url, {"code": wrong(code)}).content.decode()
        finally:
            connection.close()

    with ThreadPoolExecutor(9) as pool:
        pages = list(pool.map(post, range(9)))
    assert sum("Ce code est incorrect" in page for page in pages) == 4
    assert sum("essayé trop de fois" in page for page in pages) == 5
    assert code_of(last_mail()) == code
