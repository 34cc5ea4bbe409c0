"""Guessing passwords is slow, limited, and tells nothing about who is here."""

import asyncio
from datetime import timedelta

import pytest

from fedi import clock
from fedi.auth import tickets
from fedi.store import accounts
from tests.house import House
from tests.login.browser import PASSWORD, App, Browser, register

MOST = 25


async def test_a_wrong_password_and_an_unknown_name_get_the_same_answer(house: House) -> None:
    app, browser = await _ready(house)
    said = []
    for name in ("alice", "nobody"):
        await browser.open(app.address())
        answer = await browser.sign_in(name, "wrong password")
        said.append((answer.status, browser.text.replace(name, "*")))
    assert said[0] == said[1]
    assert said[0][0] == 422
    assert (await browser.sign_in("alice")).status == 200


async def test_one_may_sign_in_by_address_or_name_in_any_case(house: House) -> None:
    app, _ = await _ready(house)
    for name in ("Alice", "@alice", "ALICE@acme.example", " alice "):
        browser = Browser(house)
        await browser.open(app.address())
        await browser.sign_in(name)
        assert "decision" in browser.text, name


async def test_after_25_wrong_passwords_one_waits_an_hour(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    app, browser = await _ready(house)
    await house.person("bob", password=PASSWORD)
    await browser.open(app.address())
    for name in ("alice", "nobody"):  # or the wait itself would tell who is here
        for _ in range(MOST):
            assert (await browser.sign_in(name, "wrong password")).status == 422
        for password in ("wrong password", PASSWORD):
            assert (await browser.sign_in(name, password)).status == 429, name
    assert (await browser.sign_in("alice@acme.example")).status == 429  # the same account
    other = Browser(house)
    await other.open(app.address())
    assert (await other.sign_in("bob")).status == 200
    with monkeypatch.context() as later:
        later.setattr(clock, "_shift", timedelta(minutes=61))
        assert (await browser.sign_in("alice")).status == 200


async def test_guessing_at_once_is_no_way_around(house: House) -> None:
    app, browser = await _ready(house)
    await browser.open(app.address())
    form = browser.forms[0]
    guesses = [
        browser.submit(form, name="alice", password=f"wrong password {n}") for n in range(80)
    ]
    statuses = [answer.status for answer in await asyncio.gather(*guesses)]
    assert set(statuses) == {422, 429}
    assert statuses.count(422) <= MOST + 10  # those that were looked up in the same moment


async def test_passwords_that_were_right_are_not_held_against_anybody(house: House) -> None:
    app, browser = await _ready(house)
    await browser.open(app.address())
    form = browser.forms[0]
    browser.cookies = {"fedi_form": browser.cookies["fedi_form"]}
    for _ in range(MOST + 2):
        answer = await Browser(house, dict(browser.cookies), browser.address).submit(
            form, name="alice", password=PASSWORD
        )
        assert answer.status == 303


async def test_what_was_typed_as_a_name_is_not_kept(house: House) -> None:
    """People type passwords into the wrong field."""
    app, browser = await _ready(house)
    await browser.open(app.address())
    await browser.sign_in("my secret password", "alice")
    rows = await house.fetch("SELECT a::text AS row FROM sign_in_attempts a")
    assert len(rows) == 1
    assert "secret" not in rows[0]["row"]
    assert b"secret".hex() not in rows[0]["row"]


async def test_a_new_password_ends_sessions_and_tokens(house: House) -> None:
    app, browser = await _ready(house)
    token = await app.exchange(await app.code(browser, "alice"))
    headers = {"Authorization": f"Bearer {token.body['access_token']}"}
    path = "/api/v1/accounts/verify_credentials"
    assert (await house.call("GET", path, headers=headers)).status == 200
    link = await _link(house, "alice")
    other = Browser(house)
    await other.open(link)
    assert (await other.submit(other.forms[0], password="short")).status == 422
    assert (await other.submit(other.forms[0], password="another good one")).status == 200
    assert (await house.call("GET", path, headers=headers)).status == 401
    await browser.open(app.address())
    assert "decision" not in browser.text
    assert (await browser.sign_in("alice")).status == 422
    assert (await browser.sign_in("alice", "another good one")).status == 200
    assert (await Browser(house).open(link)).status == 404  # a link works once


async def test_a_link_of_another_or_of_last_week_opens_nothing(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    await _ready(house)
    bob = await house.person("bob", password=PASSWORD)
    link = await _link(house, "alice")
    _, _, ticket = link.rpartition("/")
    _, until, seal = ticket.split("-")
    forged = (f"{bob.account.id}-{until}-{seal}", f"{ticket[:-64]}{'0' * 64}", "1-2-3")
    for text in forged:
        assert (await Browser(house).open(f"/auth/welcome/{text}")).status == 404, text
    assert (await Browser(house).open(link)).status == 200
    with monkeypatch.context() as later:
        later.setattr(clock, "_shift", timedelta(days=8))
        assert (await Browser(house).open(link)).status == 404


async def _ready(house: House) -> tuple[App, Browser]:
    await house.person("alice", email="alice@acme.example", password=PASSWORD)
    return await register(house, "https://phanpy.social/"), Browser(house)


async def _link(house: House, name: str) -> str:
    async with house.db.reading() as conn:
        account = await accounts.local(conn, name)
        return f"/auth/welcome/{await tickets.make(conn, account)}"
