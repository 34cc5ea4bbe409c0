"""The web client in a real Chromium: in with PKCE, the timeline, and out again."""

from playwright.async_api import Browser, Request

from tests.browser.surfer import Surfer, alice_of
from tests.house import House


async def test_a_colleague_signs_in_reads_and_signs_out(house: House, browser: Browser) -> None:
    alice = await alice_of(house)
    company = await house.company("acme", alice)
    await alice.say("good morning, everybody")
    await alice.post(f"/api/v1/accounts/{company.account.id}/follow")
    await company.say("open day on Friday")
    asked: list[Request] = []
    async with Surfer.at(browser) as person:
        page = person.page
        page.on("request", lambda one: asked.append(one))  # noqa: PLW0108 - built-ins cannot be wrapped
        await person.open(f"{house.origin}/app/")
        await page.get_by_role("button", name="Sign in").click()
        await person.sign_in()
        await person.allow()
        inside = page.get_by_role("article").filter(has_text="good morning, everybody")
        await inside.get_by_text("Inside", exact=True).wait_for()
        outside = page.get_by_role("article").filter(has_text="open day on Friday")
        await outside.get_by_text("Public", exact=True).wait_for()
        assert page.url == f"{house.origin}/app/"  # no code is left in the address
        await page.get_by_role("button", name="Sign out").click()
        await page.get_by_role("button", name="Sign in").wait_for()
        assert "good morning" not in await person.text()
        assert person.complaints == []
    assert all(one.url.startswith(house.origin) for one in asked)
    authorize = next(one.url for one in asked if "/oauth/authorize?" in one.url)
    assert "code_challenge_method=S256" in authorize


async def test_signing_out_ends_the_token_on_the_server(house: House, browser: Browser) -> None:
    await alice_of(house)
    async with Surfer.at(browser) as person:
        page = person.page
        await person.open(f"{house.origin}/app/")
        await page.get_by_role("button", name="Sign in").click()
        await person.sign_in()
        await person.allow()
        await page.get_by_role("heading", name="Home").wait_for()
        kept: str = await page.evaluate("JSON.parse(sessionStorage.getItem('session')).token")
        headers = {"Authorization": f"Bearer {kept}"}
        home = "/api/v1/timelines/home"
        assert (await house.call("GET", home, headers=headers)).status == 200
        async with page.expect_response("**/oauth/revoke") as revoked:
            await page.get_by_role("button", name="Sign out").click()
        assert (await revoked.value).ok
        assert (await house.call("GET", home, headers=headers)).status == 401
        assert await page.evaluate("sessionStorage.length") == 0


async def test_markup_that_slipped_in_runs_nothing(house: House, browser: Browser) -> None:
    alice = await alice_of(house)
    said = await alice.say("harmless")
    async with house.db.transaction() as conn:
        await conn.execute(
            "UPDATE statuses SET content = $2 WHERE id = $1",
            int(said["id"]),
            '<p>harmless <img src=x onerror="document.title=1"><script>document.title=1</script>',
        )
    async with Surfer.at(browser) as person:
        await person.open(f"{house.origin}/app/")
        await person.page.get_by_role("button", name="Sign in").click()
        await person.sign_in()
        await person.allow()
        await person.page.get_by_text("harmless").wait_for()
        assert await person.page.locator("article .text :is(img, script)").count() == 0
        assert await person.page.title() != "1"
        assert person.complaints == []
