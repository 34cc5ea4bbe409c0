"""Pictures of every page, for people to look at; and no page is wider than its screen."""

from dataclasses import dataclass

import pytest
from playwright.async_api import Browser

from tests.browser.surfer import DESKTOP, PHONE, Surfer, alice_of, register
from tests.house import House, Person

SCREENS = {"phone": PHONE, "desktop": DESKTOP}


@dataclass(slots=True)
class Photographer:
    house: House
    surfer: Surfer
    look: str  # as in "phone-dark"

    async def keep(self, name: str) -> None:
        page = self.surfer.page
        await page.wait_for_load_state("networkidle")
        await self.surfer.shoot(f"{name}-{self.look}")
        wide: bool = await page.evaluate(
            "document.documentElement.scrollWidth > document.documentElement.clientWidth"
        )
        assert not wide, f"{name} scrolls sideways"

    async def open(self, address: str, name: str) -> None:
        await self.surfer.open(address)
        await self.keep(name)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("screen", SCREENS)
async def test_every_page_fits_its_screen(
    house: House, browser: Browser, screen: str, scheme: str
) -> None:
    company, shown = await _story(house)
    async with Surfer.at(browser, viewport=SCREENS[screen], color_scheme=scheme) as surfer:
        photo = Photographer(house, surfer, f"{screen}-{scheme}")
        await photo.open(f"{house.origin}/", "front")
        await photo.open(f"{house.origin}/@{company}", "profile")
        await photo.open(shown, "post")
        await photo.open(f"{house.origin}/tags/openday", "tag")
        await photo.open(f"{house.origin}/@nobody", "absent")
        await _through_sign_in(photo)
        await _through_the_app(photo)
        assert surfer.complaints == []


async def _through_sign_in(photo: Photographer) -> None:
    surfer = photo.surfer
    await photo.open((await register(photo.house)).link, "sign-in")
    await surfer.sign_in(password="something else")
    await photo.keep("wrong")
    await surfer.sign_in()
    await photo.keep("consent")
    await surfer.allow()
    await photo.keep("code")


async def _through_the_app(photo: Photographer) -> None:
    surfer = photo.surfer
    await photo.open(f"{photo.house.origin}/app/", "app-welcome")
    await surfer.page.get_by_role("button", name="Sign in").click()
    await surfer.allow()  # signed in already
    await surfer.page.get_by_text("Welcome, Bob").wait_for()
    await photo.keep("app-home")


async def _story(house: House) -> tuple[str, str]:
    """The company's name, and the address of its public post."""
    alice = await alice_of(house)
    company = await house.company("acme", alice)
    await alice.post(f"/api/v1/accounts/{company.account.id}/follow")
    await alice.say("Good morning. Welcome, Bob! Lunch is at 12, in the garden if it is dry.")
    await _introduce(company)
    await company.say("@partners The prices for next year are on the partners' page.")
    await company.say("it ends well", spoiler_text="How the fair went")
    said = await company.say(
        "Our doors are open on Friday, from ten to four. #OpenDay\n\n"
        "How to get here: https://acme.example/visitors/how-to-get-here/by-train-and-bus"
    )
    return company.account.username, said["url"]


async def _introduce(company: Person) -> None:
    about = {
        "display_name": "Acme",
        "note": "We make anvils, and have for a hundred years.",
        "fields_attributes": [{"name": "Web", "value": "https://acme.example"}],
    }
    answer = await company.call("PATCH", "/api/v1/accounts/update_credentials", json=about)
    assert answer.status == 200, answer
