"""A browser without scripts: keeps cookies, fills in forms, and an app that sends people to it."""

import base64
import hashlib
from dataclasses import dataclass, field
from html.parser import HTMLParser
from http.cookies import SimpleCookie
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from tests.house import Answer, House

PASSWORD = "correct horse battery"
APP = "oauth2redirect://com.keylesspalace.tusky/"
SCOPES = "read write follow push"
VERIFIER = "v" * 64
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).decode()[:43]


class _Forms(HTMLParser):
    """The forms of a page: their address and their fields."""

    def __init__(self) -> None:
        super().__init__()
        self.forms: list[tuple[str, dict[str, str]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.forms.append((given.get("action", ""), {}))
        elif tag == "input" and self.forms and "name" in given:
            fields = self.forms[-1][1]
            if given.get("type") != "radio" or "checked" in given:
                fields[given["name"]] = given.get("value", "")


@dataclass(slots=True)
class Page:
    address: str
    answer: Answer

    @property
    def text(self) -> str:
        text: str = self.answer.body.decode()
        return text

    @property
    def location(self) -> str:
        return self.answer.headers.get("Location", "")

    def form(self, at: int = 0) -> tuple[str, dict[str, str]]:
        reader = _Forms()
        reader.feed(self.text)
        action, fields = reader.forms[at]
        return (
            self.address.partition("?")[0] + action if action[:1] in ("", "?") else action
        ), fields


@dataclass(slots=True)
class Browser:
    house: House
    cookies: dict[str, str] = field(default_factory=dict)

    async def open(self, address: str, data: dict[str, str] | None = None, **headers: str) -> Page:
        """GET, or POST when there is `data`."""
        method = "GET" if data is None else "POST"
        sent = {"Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())}
        if data is not None:
            sent["Origin"] = self.house.origin
        answer = await self.house.call(method, address, data=data, headers=sent | headers)
        for line in answer.headers.getall("Set-Cookie", []):  # type: ignore[attr-defined]
            for name, cookie in SimpleCookie(line).items():
                self.cookies[name] = cookie.value
        return Page(address, answer)

    async def fill(self, page: Page, at: int = 0, /, **fields: str) -> Page:
        action, found = page.form(at)
        return await self.open(action, found | fields)

    async def sign_in(self, address: str, name: str, password: str = PASSWORD) -> Page:
        """From an app's link to the consent page."""
        page = await self.fill(await self.open(address), name=name, password=password)
        return await self.open(page.location) if page.location else page


@dataclass(slots=True)
class App:
    """A registered client."""

    house: House
    client_id: str
    secret: str
    redirect_uri: str

    def link(self, **more: str) -> str:
        asked = {
            "response_type": "code",
            "client_id": self.client_id,
            "redirect_uri": self.redirect_uri,
            "scope": SCOPES,
        }
        return f"/oauth/authorize?{urlencode(asked | more)}"

    async def exchange(self, code: str, *, as_json: bool = False, **more: str) -> Answer:
        body = {
            "grant_type": "authorization_code",
            "client_id": self.client_id,
            "client_secret": self.secret,
            "redirect_uri": self.redirect_uri,
            "code": code,
        } | more
        sent: dict[str, Any] = {"json": body} if as_json else {"data": body}
        return await self.house.call("POST", "/oauth/token", **sent)


async def register(house: House, redirect_uri: str = APP, scopes: str = SCOPES) -> App:
    body = {"client_name": "Tusky", "redirect_uris": redirect_uri, "scopes": scopes}
    answer = await house.call("POST", "/api/v1/apps", data=body)
    assert answer.status == 200, answer
    first = redirect_uri.split(maxsplit=1)[0]
    return App(house, answer.body["client_id"], answer.body["client_secret"], first)


async def consent(house: House, app: App, name: str = "alice", **more: str) -> str:
    """Sign in and say yes: the code."""
    browser = Browser(house)
    page = await browser.fill(await browser.sign_in(app.link(**more), name), decision="allow")
    return code_in(page)


def code_in(page: Page) -> str:
    return parse_qs(urlsplit(page.location).query)["code"][0]


async def whoami(house: House, token: str) -> Answer:
    headers = {"Authorization": f"Bearer {token}"}
    return await house.call("GET", "/api/v1/accounts/verify_credentials", headers=headers)
