"""A person at a real browser, who notices everything that the browser complains about."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

from playwright.async_api import Browser, ConsoleMessage, Page

from tests.house import House, Person

CHROMIUM = Path(os.environ.get("FEDI_TEST_CHROMIUM", "/usr/bin/chromium"))
SHOTS = Path(__file__).parent / "shots"
PASSWORD = "correct horse battery"
OOB = "urn:ietf:wg:oauth:2.0:oob"
PHONE, DESKTOP = {"width": 390, "height": 844}, {"width": 1280, "height": 900}


@dataclass
class Surfer:
    page: Page
    complaints: list[str] = field(default_factory=list)  # console errors, CSP, failed requests

    @classmethod
    @asynccontextmanager
    async def at(cls, browser: Browser, **more: Any) -> AsyncIterator[Self]:
        """A window of its own, with cookies of its own."""
        context = await browser.new_context(**more)
        surfer = cls(await context.new_page())
        surfer.page.on("console", surfer._heard)
        surfer.page.on("pageerror", lambda error: surfer.complaints.append(str(error)))
        try:
            yield surfer
        finally:
            await context.close()

    async def open(self, address: str) -> int:
        answer = await self.page.goto(address)
        assert answer is not None
        return answer.status

    async def sign_in(self, name: str = "alice", password: str = PASSWORD) -> None:
        await self.page.get_by_label("Name or e-mail").fill(name)
        await self.page.get_by_label("Password").fill(password)
        await self.page.get_by_role("button", name="Sign in").click()

    async def allow(self) -> None:
        await self.page.get_by_role("button", name="Allow").click()

    async def text(self) -> str:
        return await self.page.inner_text("main")

    async def shoot(self, name: str) -> None:
        SHOTS.mkdir(exist_ok=True)
        await self.page.screenshot(path=SHOTS / f"{name}.png", full_page=True)

    def _heard(self, line: ConsoleMessage) -> None:
        # Chromium also reports each page that is answered 4xx, which tests ask for on purpose.
        expected = line.text.startswith("Failed to load resource") and (
            line.location["url"] == self.page.url
        )
        if line.type in ("error", "warning") and not expected:
            self.complaints.append(line.text)


@dataclass(frozen=True, slots=True)
class App:
    """An app that cannot be returned to, so that its person copies a code."""

    house: House
    client_id: str
    secret: str

    @property
    def link(self) -> str:
        asked = f"response_type=code&client_id={self.client_id}&redirect_uri={OOB}"
        return f"{self.house.origin}/oauth/authorize?{asked}&scope=read+write+follow+push"

    async def account_of(self, code: str) -> str:
        """The name of the account that the code opens."""
        body = {"grant_type": "authorization_code", "redirect_uri": OOB, "code": code}
        body |= {"client_id": self.client_id, "client_secret": self.secret}
        token = await self.house.call("POST", "/oauth/token", data=body)
        headers = {"Authorization": f"Bearer {token.body['access_token']}"}
        path = "/api/v1/accounts/verify_credentials"
        name: str = (await self.house.call("GET", path, headers=headers)).body["username"]
        return name


async def alice_of(house: House) -> Person:
    return await house.person("alice", password=PASSWORD, display_name="Alice Lee")


async def register(house: House) -> App:
    about = {"client_name": "Tusky", "redirect_uris": OOB, "scopes": "read write follow push"}
    answer = await house.call("POST", "/api/v1/apps", data=about)
    return App(house, answer.body["client_id"], answer.body["client_secret"])
