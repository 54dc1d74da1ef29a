"""A browser without pictures nor scripts: cookies, redirects one by one, forms filled as a person would."""

import re
import ssl
from dataclasses import dataclass, field
from html.parser import HTMLParser
from types import TracebackType
from typing import Self
from urllib.parse import parse_qsl, urldefrag, urlencode, urljoin, urlsplit

import httpx

LONGEST_CHAIN = 20


@dataclass(slots=True)
class Button:
    text: str = ""
    name: str | None = None
    value: str = ""


@dataclass(slots=True)
class Form:
    action: str
    method: str
    fields: dict[str, str] = field(default_factory=dict)
    choices: dict[str, list[str]] = field(default_factory=dict)
    buttons: list[Button] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Page:
    """Where the browser stopped. ``trail`` holds every address visited to get there, this one last."""

    url: str
    status: int
    text: str
    headers: httpx.Headers
    trail: tuple[str, ...]
    forms: tuple[Form, ...] = ()
    links: tuple[tuple[str, str], ...] = ()

    @property
    def parameters(self) -> dict[str, str]:
        return dict(parse_qsl(urlsplit(self.url).query, keep_blank_values=True))

    @property
    def words(self) -> str:
        """What the page says, without its tags."""
        return " ".join(re.sub(r"<[^>]*>", " ", self.text).split())

    def form_with(self, name: str) -> Form:
        """The form that holds a field or a button of this name."""
        for form in self.forms:
            if (
                name in form.fields
                or name in form.choices
                or any(button.name == name for button in form.buttons)
            ):
                return form
        raise LookupError(f"no form of {self.url} ({self.status}) holds {name!r}: {self.words[:2000]}")


class Browser:
    def __init__(self, *, timeout: float = 20, verify: ssl.SSLContext | bool = True) -> None:
        self.client = httpx.Client(follow_redirects=False, timeout=timeout, verify=verify)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.client.close()

    def open(self, url: str, *, stop_before: str | None = None) -> Page:
        """Follows redirects; with ``stop_before``, answers an address that starts so without visiting it."""
        return self._travel("GET", url, None, None, stop_before)

    def submit(
        self,
        page: Page,
        form: Form | None = None,
        *,
        button: str | None = None,
        stop_before: str | None = None,
        **typed: str,
    ) -> Page:
        """Fills and sends a form: the given one, the one that holds what is typed, or the only one."""
        form = form or _form_meant(page, button, typed)
        values = {**form.fields, **typed, **_pressed(form, button)}
        if form.method == "get":
            return self.open(f"{form.action.partition('?')[0]}?{urlencode(values)}", stop_before=stop_before)
        return self._travel("POST", form.action, values, page.url, stop_before)

    def follow(self, page: Page, text: str, *, stop_before: str | None = None) -> Page:
        address = next((href for label, href in page.links if text in label), None)
        if address is None:
            raise LookupError(f"no link « {text} » on {page.url} ({page.status}): {page.words[:2000]}")
        return self.open(address, stop_before=stop_before)

    def _travel(
        self,
        method: str,
        url: str,
        values: dict[str, str] | None,
        origin_page: str | None,
        stop_before: str | None,
    ) -> Page:
        trail: list[str] = []
        while len(trail) < LONGEST_CHAIN:
            url = urldefrag(url).url
            trail.append(url)
            if stop_before is not None and url.startswith(stop_before):
                return Page(url, 0, "", httpx.Headers(), tuple(trail))
            headers = {"Origin": _origin(origin_page)} if origin_page and method == "POST" else {}
            response = self.client.request(method, url, data=values, headers=headers)
            if not response.is_redirect:
                return _read(response, url, tuple(trail))
            url = urljoin(url, response.headers["location"])
            if response.status_code not in (307, 308):
                method, values = "GET", None
        raise AssertionError("too many redirects:\n" + "\n".join(trail))


def _form_meant(page: Page, button: str | None, typed: dict[str, str]) -> Form:
    if typed:
        return page.form_with(next(iter(typed)))
    if button is not None:
        for form in page.forms:
            if any(button in each.text for each in form.buttons):
                return form
        raise LookupError(f"no button « {button} » on {page.url} ({page.status}): {page.words[:2000]}")
    (form,) = page.forms
    return form


def _pressed(form: Form, text: str | None) -> dict[str, str]:
    pressed = next((each for each in form.buttons if text is None or text in each.text), Button())
    return {pressed.name: pressed.value} if pressed.name else {}


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def _read(response: httpx.Response, url: str, trail: tuple[str, ...]) -> Page:
    reader = _Reader(url)
    if "html" in response.headers.get("content-type", ""):
        reader.feed(response.text)
    return Page(
        url,
        response.status_code,
        response.text,
        response.headers,
        trail,
        tuple(reader.forms),
        tuple(reader.links),
    )


class _Reader(HTMLParser):
    def __init__(self, url: str) -> None:
        super().__init__()
        self.url = url
        self.forms: list[Form] = []
        self.links: list[tuple[str, str]] = []
        self._form: Form | None = None
        self._select: str | None = None
        self._textarea: str | None = None
        self._href: str | None = None
        self._words: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            action = urljoin(self.url, given.get("action") or self.url)
            self._form = Form(action, given.get("method", "get").lower())
            self.forms.append(self._form)
        elif tag == "a" and "href" in given:
            self._href, self._words = urljoin(self.url, given["href"]), []
        elif self._form is not None:
            self._field(tag, given, self._form)

    def _field(self, tag: str, given: dict[str, str], form: Form) -> None:
        name, kind = given.get("name"), given.get("type", "text")
        if tag == "button" or (tag == "input" and kind in ("submit", "image")):
            form.buttons.append(
                Button(given.get("value", "") if tag == "input" else "", name, given.get("value", ""))
            )
            self._words = []
        elif tag == "select":
            self._select = name
        elif tag == "textarea" and name:
            self._textarea, self._words = name, []
        elif tag == "option" and self._select:
            form.choices.setdefault(self._select, []).append(given.get("value", ""))
            if "selected" in given or self._select not in form.fields:
                form.fields[self._select] = given.get("value", "")
        elif tag == "input" and name and kind in ("radio", "checkbox"):
            form.choices.setdefault(name, []).append(given.get("value", "on"))
            if "checked" in given:
                form.fields[name] = given.get("value", "on")
        elif tag == "input" and name and "disabled" not in given:
            form.fields[name] = given.get("value", "")

    def handle_data(self, data: str) -> None:
        self._words.append(data)

    def handle_endtag(self, tag: str) -> None:
        heard = " ".join("".join(self._words).split())
        if tag == "form":
            self._form = None
        elif tag == "a" and self._href is not None:
            self.links.append((heard, self._href))
            self._href = None
        elif tag == "select":
            self._select = None
        elif tag == "textarea" and self._textarea and self._form is not None:
            self._form.fields[self._textarea] = "".join(self._words).strip()
            self._textarea = None
        elif tag == "button" and self._form is not None and self._form.buttons:
            self._form.buttons[-1].text = heard
