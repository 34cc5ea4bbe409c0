"""One-time links: an admin hands one out, a human chooses their password."""

import pytest

from fedi.auth import tickets
from tests.house import House
from tests.login.visitor import PASSWORD, Browser, register


async def _link(house: House) -> str:
    person = await house.person("carol")
    async with house.db.reading() as conn:
        return f"/auth/welcome/{await tickets.make(conn, person.account)}"


async def test_a_link_lets_somebody_choose_a_password_once(house: House) -> None:
    link, browser = await _link(house), Browser(house)
    page = await browser.open(link)
    assert "carol" in page.text
    assert (await browser.fill(page, password="short")).answer.status == 422
    done = await browser.fill(page, password=PASSWORD)
    assert (done.answer.status, "All set" in done.text) == (200, True)
    assert (await Browser(house).open(link)).answer.status == 404
    app = await register(house)
    assert (await Browser(house).sign_in(app.link(), "carol")).answer.status == 200


async def test_a_link_cannot_be_made_up_or_used_late(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    link = await _link(house)
    assert (await Browser(house).open(link)).answer.status == 200
    wrong = link[:-1] + ("0" if link[-1] != "0" else "1")
    person, until, seal = link.rpartition("/")[2].split("-")
    later = f"/auth/welcome/{person}-{int(until) + 1}-{seal}"
    for forged in (wrong, later, "/auth/welcome/x", f"/auth/welcome/{'9' * 19}-{until}-{seal}"):
        assert (await Browser(house).open(forged)).answer.status == 404
    monkeypatch.setattr(tickets, "LIFE", -tickets.LIFE)
    async with house.db.reading() as conn:
        old = await tickets.make(conn, house.people["carol"].account)
    assert (await Browser(house).open(f"/auth/welcome/{old}")).answer.status == 404
