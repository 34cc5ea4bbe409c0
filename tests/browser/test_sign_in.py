"""Sign-in and consent in a real Chromium, with and without scripts."""

import pytest
from playwright.async_api import Browser

from tests.browser.surfer import Surfer, alice_of, register
from tests.house import House


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no-scripts"])
async def test_somebody_signs_in_as_a_company_and_is_shown_a_code(
    house: House, browser: Browser, scripts: bool
) -> None:
    await house.company("acme", await alice_of(house))
    app = await register(house)
    async with Surfer.at(browser, java_script_enabled=scripts) as alice:
        assert await alice.open(app.link) == 200
        await alice.sign_in()
        assert "Sign in as" in await alice.text()
        await alice.page.get_by_label("@acme@").check()
        await alice.allow()
        code = await alice.page.locator("p.code code").inner_text()
        assert alice.complaints == []
    assert await app.account_of(code) == "acme"


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no-scripts"])
async def test_a_wrong_password_gets_a_plain_sentence_and_another_try(
    house: House, browser: Browser, scripts: bool
) -> None:
    await alice_of(house)
    async with Surfer.at(browser, java_script_enabled=scripts) as alice:
        await alice.open((await register(house)).link)
        await alice.sign_in(password="something else")
        said = await alice.page.get_by_role("alert").inner_text()
        assert said == "This name and password do not belong together."
        assert await alice.page.get_by_label("Name or e-mail").input_value() == "alice"
        await alice.sign_in()
        assert "wants to use your account" in await alice.text()
        assert await alice.page.get_by_role("alert").count() == 0
        assert alice.complaints == []


async def test_whoever_says_no_is_told_so_and_no_code_is_made(
    house: House, browser: Browser
) -> None:
    await alice_of(house)
    async with Surfer.at(browser) as alice:
        await alice.open((await register(house)).link)
        await alice.sign_in()
        await alice.page.get_by_role("button", name="Cancel").click()
        assert "Not signed in" in await alice.text()
        assert await alice.page.locator("p.code").count() == 0
        assert await house.fetch("SELECT 1 FROM authorization_codes") == []
        assert alice.complaints == []


async def test_somebody_else_can_sign_in_on_the_same_computer(
    house: House, browser: Browser
) -> None:
    await alice_of(house)
    await house.person("bob", password="another long one", display_name="Bob Ray")
    async with Surfer.at(browser) as anyone:
        await anyone.open((await register(house)).link)
        await anyone.sign_in()
        await anyone.page.get_by_role("button", name="Not Alice Lee?").click()
        await anyone.sign_in("bob", "another long one")
        assert "Bob Ray" in await anyone.text()
        assert "Alice Lee" not in await anyone.text()
        assert anyone.complaints == []
