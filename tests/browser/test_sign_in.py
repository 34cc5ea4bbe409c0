"""Sign-in, consent and the web client in a real Chromium, with and without scripts."""

import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, async_playwright

from tests.house import House

CHROMIUM = Path(os.environ.get("FEDI_TEST_CHROMIUM", "/usr/bin/chromium"))
SHOTS = Path(__file__).parent / "shots"
PASSWORD = "correct horse battery"
QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]

pytestmark = pytest.mark.skipif(
    not CHROMIUM.exists(), reason=f"no browser at {CHROMIUM}: install Debian's chromium"
)


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        chromium = await playwright.chromium.launch(executable_path=str(CHROMIUM), args=QUIET)
        yield chromium
        await chromium.close()


async def authorize(house: House) -> str:
    app = await house.call(
        "POST",
        "/api/v1/apps",
        json={
            "client_name": "Tusky",
            "redirect_uris": "urn:ietf:wg:oauth:2.0:oob",
            "scopes": "read write",
        },
    )
    return (
        f"{house.origin}/oauth/authorize?response_type=code&client_id={app.body['client_id']}"
        "&redirect_uri=urn:ietf:wg:oauth:2.0:oob&scope=read+write"
    )


async def sign_in(page: Page, password: str = PASSWORD) -> None:
    await page.fill("input[name=name]", "alice")
    await page.fill("input[name=password]", password)
    await page.click("form button[type=submit], form button:not([type])")


@pytest.mark.parametrize("scripts", [True, False])
async def test_somebody_signs_in_and_gets_a_code(
    house: House, browser: Browser, scripts: bool
) -> None:
    await house.person("alice", password=PASSWORD, display_name="Alice Lee")
    page = await browser.new_page(java_script_enabled=scripts)
    await page.goto(await authorize(house))
    await _shoot(page, f"sign-in-{scripts}")
    await sign_in(page, "something else")
    assert "code" not in (await page.title()).lower()
    await sign_in(page)
    assert "Tusky" in await page.inner_text("main")
    await _shoot(page, f"consent-{scripts}")
    await page.click("button[value=allow]")
    code = await page.input_value("input[readonly]")
    assert len(code) >= 32
    await page.close()


async def test_the_web_client_signs_in_and_shows_the_home_timeline(
    house: House, browser: Browser
) -> None:
    alice = await house.person("alice", password=PASSWORD, display_name="Alice Lee")
    await alice.say("good morning, everybody")
    page = await browser.new_page(viewport={"width": 390, "height": 844})
    problems: list[str] = []
    page.on("console", lambda line: problems.append(line.text) if line.type == "error" else None)
    page.on("response", lambda one: problems.append(one.url) if one.status >= 400 else None)
    page.on("pageerror", lambda error: problems.append(str(error)))
    await page.goto(f"{house.origin}/app/")
    await _shoot(page, "app-welcome-phone")
    await (
        page.get_by_role("button", name="Sign in")
        .or_(page.get_by_role("link", name="Sign in"))
        .first.click()
    )
    await page.wait_for_selector("input[name=password]")
    await sign_in(page)
    await page.click("button[value=allow]")
    await page.wait_for_selector("text=good morning, everybody")
    await _shoot(page, "app-home-phone")
    assert "Alice Lee" in await page.inner_text("body")
    assert problems == []
    await page.close()


async def test_strangers_see_public_posts_and_nothing_else(house: House, browser: Browser) -> None:
    alice = await house.person("alice")
    desk = await house.company("acme", alice)
    public = await desk.say("@public open day on Friday")
    hidden = await alice.say("the cake is a secret")
    page = await browser.new_page(color_scheme="dark")
    await page.goto(f"{house.origin}/@acme")
    assert "open day on Friday" in await page.inner_text("body")
    await _shoot(page, "profile-dark")
    await page.goto(f"{house.origin}/@acme/{public['id']}")
    assert "open day on Friday" in await page.inner_text("body")
    answer = await page.goto(f"{house.origin}/@alice/{hidden['id']}")
    absent = await page.goto(f"{house.origin}/@nobody/1")
    assert answer is not None
    assert absent is not None
    assert (answer.status, absent.status) == (404, 404)
    await page.close()


async def _shoot(page: Page, name: str) -> None:
    SHOTS.mkdir(exist_ok=True)
    await page.screenshot(path=SHOTS / f"{name}.png", full_page=True)
