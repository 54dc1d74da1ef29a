from collections.abc import Iterator
from datetime import timedelta

import pytest
import time_machine
from django.contrib.sessions.models import Session
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.urls import include, path
from pytest_django import DjangoAssertNumQueries, Settings

from proconnect.platform.sessions import areas, stored_key
from tests.platform.conftest import RedisServer


def open_session(request: HttpRequest) -> HttpResponse:
    request.session["who"] = request.GET["who"]
    return HttpResponse()


def sign_in(request: HttpRequest) -> HttpResponse:
    request.session["who"] = request.GET["who"]
    request.session.cycle_key()
    return HttpResponse()


def who(request: HttpRequest) -> HttpResponse:
    return HttpResponse(request.session.get("who", "nobody"))


def sign_out(request: HttpRequest) -> HttpResponse:
    request.session.flush()
    return HttpResponse()


def write_and_fail(request: HttpRequest) -> HttpResponse:
    request.session["who"] = "half done"
    return HttpResponse(status=500)


def close_under_our_feet(request: HttpRequest) -> HttpResponse:
    """As another tab signing out between our reading and our writing."""
    request.session["who"] = "back from the dead"
    request.session.__class__(request.session.session_key).delete()
    return HttpResponse()


def ignore(request: HttpRequest) -> HttpResponse:
    return HttpResponse()


VIEWS = (open_session, sign_in, who, sign_out, write_and_fail, close_under_our_feet, ignore)
urlpatterns = [
    *(path(f"{prefix}{view.__name__}", view) for prefix in ("", "identite/", "admin/") for view in VIEWS),
    path("", include("proconnect.pages.urls")),
]
handler400 = "proconnect.pages.views.bad_request"
handler500 = "proconnect.pages.views.server_error"

pytestmark = [pytest.mark.django_db, pytest.mark.urls(__name__)]

MIDDLEWARE = (
    "proconnect.observability.middleware.RequestTraceMiddleware",
    "proconnect.platform.availability.AvailabilityMiddleware",
    "proconnect.kernel.middleware.RefusalMiddleware",
    "proconnect.platform.sessions.AreaSessionMiddleware",
)


@pytest.fixture(autouse=True)
def these_middlewares(settings: Settings) -> None:
    settings.MIDDLEWARE = MIDDLEWARE


@pytest.fixture(params=["postgresql", "redis"])
def visitor(request: pytest.FixtureRequest, settings: Settings) -> Client:
    """Against each store."""
    settings.SESSION_ENGINE = "proconnect.platform.session_db"
    if request.param == "redis":
        request.getfixturevalue("stores_in_redis")
        settings.SESSION_ENGINE = "proconnect.platform.session_redis"
    return Client()


@pytest.fixture
def visitor_on_postgresql(settings: Settings) -> Client:
    settings.SESSION_ENGINE = "proconnect.platform.session_db"
    return Client()


def seen_by(visitor: Client, area: str = "") -> str:
    return visitor.get(f"/{area}who").content.decode()


def test_a_session_lasts_from_one_request_to_the_next(visitor: Client) -> None:
    visitor.get("/open_session?who=agent")
    assert seen_by(visitor) == "agent"
    visitor.get("/open_session?who=other")
    assert seen_by(visitor) == "other"


def test_s153_each_area_has_its_own_session(visitor: Client) -> None:
    visitor.get("/open_session?who=federation")
    visitor.get("/identite/open_session?who=identite")
    visitor.get("/admin/open_session?who=admin")
    assert [seen_by(visitor, area) for area in ("", "identite/", "admin/")] == [
        "federation",
        "identite",
        "admin",
    ]
    visitor.get("/identite/sign_out")
    assert [seen_by(visitor, area) for area in ("", "identite/", "admin/")] == [
        "federation",
        "nobody",
        "admin",
    ]


def test_s153_the_cookie_of_a_session_is_kept_from_scripts_and_other_sites(visitor: Client) -> None:
    cookies = visitor.get("/open_session?who=agent").cookies
    (cookie,) = cookies.values()
    assert (cookie["httponly"], cookie["samesite"], cookie["path"], cookie["domain"]) == (
        True,
        "Lax",
        "/",
        "",
    )
    assert (cookie["expires"], cookie["max-age"]) == ("", ""), "it must end with the visitor"


def test_s153_under_https_the_cookie_is_secure_and_host_only(visitor: Client, settings: Settings) -> None:
    settings.SESSION_COOKIE_NAME, settings.SESSION_COOKIE_SECURE = "__Host-session", True
    cookie = visitor.get("/open_session?who=agent", secure=True).cookies["__Host-session"]
    assert cookie["secure"]
    dropped = visitor.get("/sign_out", secure=True).cookies["__Host-session"]
    assert (dropped["max-age"], bool(dropped["secure"])) == (0, True), "visitors would ignore this deletion"


def test_s153_the_three_cookies_have_three_names() -> None:
    assert len({area.cookie for area in areas()}) == 3


def test_s152_a_login_draws_a_new_key_and_closes_the_old_one(visitor: Client) -> None:
    name = areas()[-1].cookie
    before = visitor.get("/open_session?who=visitor").cookies[name].value
    after = visitor.get("/sign_in?who=agent").cookies[name].value
    assert before != after
    assert seen_by(visitor) == "agent"
    assert seen_by(with_cookie(before)) == "nobody"


def test_s152_a_cookie_set_by_somebody_else_is_never_kept(visitor: Client) -> None:
    name = areas()[-1].cookie
    victim = with_cookie("chosenbytheattacker0000000000000")
    cookie = victim.get("/open_session?who=agent").cookies[name]
    assert cookie.value != "chosenbytheattacker0000000000000"
    assert seen_by(with_cookie("chosenbytheattacker0000000000000")) == "nobody"


def test_a_session_of_one_area_is_worth_nothing_as_a_cookie_of_another(
    visitor: Client,
) -> None:
    visitor.get("/identite/open_session?who=identite")
    stolen = Client()
    stolen.cookies[areas()[0].cookie] = visitor.cookies[areas()[1].cookie].value
    assert seen_by(stolen, "admin/") == "nobody"


def test_signing_out_drops_the_cookie_and_the_session(visitor: Client) -> None:
    name = areas()[-1].cookie
    key = visitor.get("/open_session?who=agent").cookies[name].value
    dropped = visitor.get("/sign_out").cookies[name]
    assert dropped["max-age"] == 0
    assert seen_by(with_cookie(key)) == "nobody"


def test_a_session_closed_meanwhile_is_not_opened_again(visitor: Client) -> None:
    name = areas()[-1].cookie
    key = visitor.get("/open_session?who=agent").cookies[name].value
    assert visitor.get("/close_under_our_feet").status_code == 400
    assert seen_by(with_cookie(key)) == "nobody"


def test_what_a_failed_request_wrote_is_not_kept(visitor: Client) -> None:
    visitor.get("/open_session?who=agent")
    visitor.get("/write_and_fail")
    assert seen_by(visitor) == "agent"


def test_a_session_ends_twelve_hours_after_it_opened_however_busy(visitor: Client) -> None:
    with time_machine.travel("2026-11-23T08:00:00Z", tick=False) as clock:
        visitor.get("/open_session?who=agent")
        clock.shift(timedelta(hours=11, minutes=59))
        visitor.get("/open_session?who=agent")
        assert seen_by(visitor) == "agent"
        clock.shift(timedelta(minutes=1))
        assert seen_by(visitor) == "nobody"


def test_a_login_starts_the_twelve_hours_again(visitor: Client) -> None:
    with time_machine.travel("2026-11-23T08:00:00Z", tick=False) as clock:
        visitor.get("/open_session?who=visitor")
        clock.shift(timedelta(hours=11))
        visitor.get("/sign_in?who=agent")
        clock.shift(timedelta(hours=11))
        assert seen_by(visitor) == "agent"


def test_an_operator_who_leaves_for_half_an_hour_signs_in_again(visitor: Client) -> None:
    with time_machine.travel("2026-11-23T08:00:00Z", tick=False) as clock:
        visitor.get("/admin/open_session?who=operator")
        for _ in range(3):
            clock.shift(timedelta(minutes=29))
            assert seen_by(visitor, "admin/") == "operator"
        clock.shift(timedelta(minutes=30))
        assert seen_by(visitor, "admin/") == "nobody"


def test_an_operator_signs_in_again_after_eight_hours(visitor: Client) -> None:
    with time_machine.travel("2026-11-23T08:00:00Z", tick=False) as clock:
        visitor.get("/admin/open_session?who=operator")
        for _ in range(19):
            clock.shift(timedelta(minutes=25))
            assert seen_by(visitor, "admin/") == "operator"
        clock.shift(timedelta(minutes=5))
        assert seen_by(visitor, "admin/") == "nobody"


def test_the_store_knows_neither_the_cookie_nor_the_person(visitor_on_postgresql: Client) -> None:
    key = (
        visitor_on_postgresql.get("/open_session?who=agent@interieur.gouv.fr")
        .cookies[areas()[-1].cookie]
        .value
    )
    row = Session.objects.get()
    assert row.session_key == stored_key(key) != key
    assert "interieur" not in row.session_data


def test_data_moved_to_another_session_do_not_open(visitor_on_postgresql: Client) -> None:
    visitor_on_postgresql.get("/open_session?who=operator")
    data = Session.objects.get().session_data
    thief = Client()
    thief.get("/open_session?who=thief")
    Session.objects.update(session_data=data)
    assert seen_by(thief) == "nobody"
    assert seen_by(visitor_on_postgresql) == "operator"


def test_a_view_that_ignores_the_session_costs_nothing(
    visitor_on_postgresql: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    visitor_on_postgresql.get("/open_session?who=agent")
    with django_assert_num_queries(0):
        response = visitor_on_postgresql.get("/ignore")
    assert not response.has_header("Vary")
    assert not response.cookies


def test_reading_costs_one_query_and_a_login_three(
    visitor_on_postgresql: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    visitor_on_postgresql.get("/open_session?who=visitor")
    with django_assert_max_num_queries(1):
        visitor_on_postgresql.get("/who")
    with django_assert_max_num_queries(3):  # read, delete, insert
        visitor_on_postgresql.get("/sign_in?who=agent")


def test_two_users_of_one_store_are_never_mixed(visitor: Client) -> None:
    visitors = [Client() for _ in range(10)]
    for number, each in enumerate(visitors):
        each.get(f"/open_session?who={number}")
    assert [seen_by(each) for each in visitors] == [str(number) for number in range(10)]


class TestStoppedRedis:
    @pytest.fixture
    def visitor(self, stores_in_redis: RedisServer, settings: Settings) -> Iterator[Client]:
        settings.SESSION_ENGINE = "proconnect.platform.session_redis"
        visitor = Client()
        visitor.get("/open_session?who=agent")
        stores_in_redis.stop()
        yield visitor
        stores_in_redis.start()

    @pytest.mark.parametrize("path", ["/who", "/sign_in?who=agent", "/sign_out"])
    def test_a_page_that_needs_the_session_says_to_come_back(self, visitor: Client, path: str) -> None:
        response = visitor.get(path)
        assert response.status_code == 503
        assert response["Retry-After"]
        assert "Y000503" in response.content.decode()

    def test_a_session_that_cannot_be_saved_says_to_come_back(self, visitor: Client) -> None:
        response = Client().get("/open_session?who=new")
        assert response.status_code == 503
        assert not response.cookies

    def test_a_page_that_ignores_the_session_is_served(self, visitor: Client) -> None:
        assert visitor.get("/ignore").status_code == 200


def with_cookie(key: str) -> Client:
    visitor = Client()
    visitor.cookies[areas()[-1].cookie] = key
    return visitor
