"""The answer by form, in a real browser: it sends itself, or the person presses its button."""

from urllib.parse import parse_qs, urlencode

import pytest
from playwright.sync_api import Browser, Request, Route
from pytest_django.live_server_helper import LiveServer

from tests.factories.federation import fs

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]


@pytest.mark.parametrize("has_scripts", [True, False], ids=["with scripts", "without scripts"])
def test_the_words_arrive_by_post_and_never_in_the_url(
    live_server: LiveServer, browser: Browser, has_scripts: bool
) -> None:
    service = fs()
    received: list[Request] = []

    def answer_as_the_service(route: Route) -> None:
        received.append(route.request)
        route.fulfill(body="<h1>Service</h1>", content_type="text/html")

    context = browser.new_context(java_script_enabled=has_scripts)
    page = context.new_page()
    page.route(f"{service.redirect_uris}**", answer_as_the_service)
    asked = {
        "client_id": service.client_id,
        "redirect_uri": service.redirect_uris,
        "response_type": "code",
        "response_mode": "form_post",
        "scope": "openid",
        "state": 'é & "quotes" <b>',
        "prompt": "none",
    }
    page.goto(f"{live_server.url}/api/v2/authorize?{urlencode(asked)}", wait_until="commit")
    if not has_scripts:
        page.get_by_role("button", name="Continuer").click()
    page.get_by_role("heading", name="Service", exact=True).wait_for()
    (request,) = received
    assert request.method == "POST"
    assert request.url == service.redirect_uris
    words = parse_qs(request.post_data or "")
    assert words["error"] == ["login_required"]
    assert words["state"] == ['é & "quotes" <b>']
    assert words["iss"] == ["http://localhost:8000/api/v2"]
    context.close()
