"""A frame of the FI's sign-out page ends our session, though our headers forbid the browser to show it."""

from datetime import timedelta
from urllib.parse import quote

import pytest
from django.utils import timezone
from playwright.sync_api import Browser
from pytest_django.live_server_helper import LiveServer

from federation import registry
from federation.models import SsoSession
from tests.e2e.test_outages import eventually
from tests.factories.federation import account, fi
from tests.mirrors.provider.double import DemoProvider

FRAME = "url => document.body.append(Object.assign(document.createElement('iframe'), { src: url }))"
NAME = "a-name-that-nobody-guesses"


@pytest.mark.django_db(transaction=True)
def test_a_frame_of_another_site_ends_the_session_it_names(
    browser: Browser, live_server: LiveServer, demo_provider: DemoProvider
) -> None:
    registry.forget()
    provider = fi(issuer=demo_provider.issuer)
    session = SsoSession.objects.create(
        account=account(at=provider),
        provider=provider,
        provider_sid=NAME,
        opened_at=timezone.now(),
        ends_at=timezone.now() + timedelta(hours=12),
    )
    address = f"{live_server.url}/api/v2/client/frontchannel-logout?iss={quote(provider.issuer)}&sid={NAME}"
    with browser.new_context() as context:
        page = context.new_page()
        page.goto(demo_provider.issuer)
        page.evaluate(FRAME, address)

        def is_over() -> bool:
            session.refresh_from_db()
            return session.ending == SsoSession.Ending.PROVIDER_ENDED

        assert eventually(is_over, patience=10)
