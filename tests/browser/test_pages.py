"""What a stranger's real browser shows: public pages, and one page for everything else."""

from playwright.async_api import Browser

from tests.browser.surfer import Surfer, alice_of
from tests.house import House


async def test_strangers_see_public_posts_and_nothing_else(house: House, browser: Browser) -> None:
    company = await house.company("acme", await alice_of(house))
    public = await company.say("open day on Friday")
    await company.say("@internal the cake is a secret")
    async with Surfer.at(browser, java_script_enabled=False) as stranger:
        assert await stranger.open(f"{house.origin}/@acme") == 200
        assert "open day on Friday" in await stranger.text()
        assert "cake" not in await stranger.page.content()
        await stranger.page.locator("a.u-url").first.click()
        assert stranger.page.url == public["url"]
        assert "open day on Friday" in await stranger.text()
        assert stranger.complaints == []


async def test_a_post_for_the_inside_is_the_page_of_a_post_that_never_was(
    house: House, browser: Browser
) -> None:
    alice = await alice_of(house)
    company = await house.company("acme", alice)
    inside = await alice.say("the cake is a secret")
    kept = await company.say("@internal so is the knife")
    shown = await company.say("open day on Friday")
    async with Surfer.at(browser) as stranger:
        assert await stranger.open(f"{house.origin}/@acme/{shown['id']}") == 200
        assert await stranger.open(f"{house.origin}/@nobody/1") == 404
        absent = await stranger.page.content()
        for path in ("/@alice", f"/@alice/{inside['id']}", f"/@acme/{kept['id']}"):
            assert await stranger.open(house.origin + path) == 404
            assert await stranger.page.content() == absent, path
        assert stranger.complaints == []
