"""Under https every cookie is bound to our host, and travels there alone (S-153)."""

import re
from dataclasses import replace

import pytest
from pytest_django import Settings

from federation.models import Client
from proconnect.settings import base
from tests.factories.identite import PASSWORD, SOFTWARE_COMPANY, user
from tests.federation.admin.conftest import PASSWORD as OPERATORS_PASSWORD
from tests.federation.admin.conftest import operator
from tests.security.surfer import Surfer

SITE = "https://auth.exemple.gouv.fr"


@pytest.fixture
def over_https(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """As production starts: names and flags follow from the address of the site."""
    https = replace(settings.ENV, site_url=SITE)
    monkeypatch.setattr(base, "ENV", https)
    settings.ENV = https
    settings.ALLOWED_HOSTS = ["auth.exemple.gouv.fr"]
    settings.CSRF_TRUSTED_ORIGINS = [SITE]
    settings.SESSION_COOKIE_SECURE = settings.CSRF_COOKIE_SECURE = True
    for name in [name for name in dir(base) if name.endswith("_COOKIE_NAME")]:
        plain = getattr(base, name).rpartition("-")[0]
        setattr(settings, name, base.cookie_name(plain))


@pytest.mark.usefixtures("over_https")
def test_s153_every_cookie_of_the_three_areas_is_secure_and_host_only(
    surfer: Surfer, service: Client
) -> None:
    surfer.browser.defaults |= {
        "HTTP_HOST": "auth.exemple.gouv.fr",
        "wsgi.url_scheme": "https",
        "SERVER_PORT": "443",
    }
    surfer.browser.defaults |= {"HTTP_REFERER": f"{SITE}/"}
    person = user(sirets=(SOFTWARE_COMPANY,))
    surfer.goes_to(service)
    surfer.submit(email=person.email, remember_me="on")
    surfer.submit(password=PASSWORD)
    assert surfer.told["code"]
    member = operator()
    surfer.open("/admin/login/")
    surfer.submit(email=member.email, password=OPERATORS_PASSWORD)
    cookies = [cookie for answer in surfer.answers for cookie in answer.cookies.values()]
    names = {re.sub(r"-[0-9a-f]{8,12}$", "", cookie.key.removeprefix("__Host-")) for cookie in cookies}
    assert names == {
        "journey",
        "passages",
        "sign-in",
        "session",
        "identite",
        "admin",
        "csrf",
        "identite-csrf",
        "admin-csrf",
        "email",
    }
    for cookie in cookies:
        assert cookie.key.startswith("__Host-"), cookie.key
        assert cookie["secure"], cookie.key
        assert cookie["path"] == "/", cookie.key
        assert not cookie["domain"], cookie.key
