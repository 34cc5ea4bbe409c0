"""A person with a browser that has no scripts: opens a page, fills its form, presses its button."""

from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urljoin

import aiohttp


@dataclass
class Form:
    action: str
    method: str
    fields: dict[str, str] = field(default_factory=dict)
    kinds: dict[str, str] = field(default_factory=dict)  # of fields people fill


class Forms(HTMLParser):
    """Collects forms with the values that a browser would send."""

    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self.text: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        if "readonly" in values:  # a field for reading, such as the code to copy
            self.text.append(values.get("value", ""))
        if tag == "form":
            self.forms.append(Form(values.get("action", ""), values.get("method", "get")))
        elif tag in ("input", "button") and self.forms and values.get("name"):
            self._field(values, values.get("type", "submit" if tag == "button" else "text"))

    def handle_data(self, data: str) -> None:
        self.text.append(data)

    def _field(self, values: dict[str, str], kind: str) -> None:
        form, name = self.forms[-1], values["name"]
        if kind in ("radio", "checkbox"):
            if "checked" in values:
                form.fields[name] = values.get("value", "on")
        elif kind == "submit":
            form.fields.setdefault(name, values.get("value", ""))
        else:
            form.fields[name] = values.get("value", "")
            form.kinds[name] = kind


@dataclass
class Page:
    status: int
    url: str
    html: str
    location: str | None

    @property
    def forms(self) -> list[Form]:
        parser = Forms()
        parser.feed(self.html)
        return parser.forms

    @property
    def text(self) -> str:
        parser = Forms()
        parser.feed(self.html)
        return " ".join(" ".join(parser.text).split())


class Browser:
    """Follows redirects inside the server, stops where they lead to an app."""

    def __init__(self, session: aiohttp.ClientSession) -> None:
        self._session = session

    async def open(self, url: str) -> Page:
        return await self._go("GET", url)

    async def submit(self, page: Page, filled: dict[str, str], *, form: int = 0) -> Page:
        chosen = page.forms[form]
        url = urljoin(page.url, chosen.action or page.url)
        return await self._go(chosen.method.upper(), url, data={**chosen.fields, **filled})

    async def sign_in(self, url: str, name: str, password: str) -> Page:
        """From an authorisation address to the consent page."""
        page = await self.open(url)
        kinds = page.forms[0].kinds
        fills = {
            field: password if kind == "password" else name
            for field, kind in kinds.items()
            if kind in ("password", "text", "email")
        }
        return await self.submit(page, fills)

    async def _go(self, method: str, url: str, **more: Any) -> Page:
        for _ in range(5):
            async with self._session.request(method, url, allow_redirects=False, **more) as answer:
                html = await answer.text()
                location = answer.headers.get("Location")
                here = str(answer.url)
            target = urljoin(here, location) if location else None
            if target is None or not target.startswith(_origin(here)):
                return Page(answer.status, here, html, location)
            method, url, more = "GET", target, {}
        raise AssertionError("too many redirects")


def _origin(url: str) -> str:
    return "/".join(url.split("/")[:3])
