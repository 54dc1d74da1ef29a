"""A real browser whose requests are answered by Django in the same process: no server, no port, no database."""

from collections.abc import Callable, Iterator
from urllib.parse import urlsplit

import pytest
from django.contrib.staticfiles import finders
from django.test import Client
from playwright.sync_api import Browser, BrowserContext, Page, Route

SITE = "http://localhost:8000"
TYPES = {"css": "text/css", "js": "text/javascript", "svg": "image/svg+xml", "woff2": "font/woff2"}

OpenPage = Callable[..., Page]


@pytest.fixture
def open_page(browser: Browser) -> Iterator[OpenPage]:
    """Opens a path of the site: ``open_page("/galerie/", width=320, scheme="dark", javascript=False)``."""
    opened: list[BrowserContext] = []

    def opens(
        path: str,
        *,
        width: int = 1280,
        scheme: str = "light",
        javascript: bool = True,
        console: list[str] | None = None,
    ) -> Page:
        context = browser.new_context(
            viewport={"width": width, "height": 800},
            color_scheme="dark" if scheme == "dark" else "light",
            java_script_enabled=javascript,
            base_url=SITE,
        )
        opened.append(context)
        client = Client(raise_request_exception=False, enforce_csrf_checks=True)
        context.route("**/*", lambda route: answer(route, client))
        page = context.new_page()
        page.on("console", lambda message: None if console is None else console.append(message.text))
        page.goto(path)
        return page

    yield opens
    for context in opened:
        context.close()


def answer(route: Route, client: Client) -> None:
    asked = urlsplit(route.request.url)
    if f"{asked.scheme}://{asked.netloc}" != SITE:
        raise AssertionError(f"the page asks another site: {route.request.url}")
    if asked.path.startswith("/static/"):
        found = finders.find(asked.path.removeprefix("/static/"))
        assert isinstance(found, str), f"no static file {asked.path}"
        route.fulfill(
            path=found, content_type=TYPES.get(found.rpartition(".")[2], "application/octet-stream")
        )
        return
    response = client.generic(
        route.request.method,
        f"{asked.path}?{asked.query}",
        route.request.post_data_buffer or b"",
        content_type=route.request.headers.get("content-type", ""),
        headers={**route.request.all_headers(), "host": asked.netloc},
    )
    route.fulfill(status=response.status_code, headers=dict(response.headers), body=response.content)
