"""Until its hold is over a post does not exist outside, and what was changed in it never did."""

from typing import Any

from fedi import clock
from fedi.actions import statuses
from fedi.store import statuses as store
from fedi.store.outside import Site
from tests.house import Builder, House, Person


async def test_what_was_changed_in_the_hold_is_in_no_history_outside(builder: Builder) -> None:
    house, acme = await _company(builder)
    said = await acme.say("The price is 4711")
    path = f"/api/v1/statuses/{said['id']}"
    assert (await acme.call("PUT", path, json={"status": "The price is secret"})).status == 200
    await _release(house, said)
    told = await house.call("GET", f"{path}/history")
    assert [one["content"] for one in told.body] == ["<p>The price is secret</p>"]
    shown = await house.call("GET", path)
    assert shown.body["edited_at"] is None
    assert "4711" not in f"{told} {shown}"
    assert len(await acme.get(f"{path}/history")) == 2, "colleagues saw both"


async def test_what_is_changed_after_the_hold_is_in_its_history(builder: Builder) -> None:
    house, acme = await _company(builder)
    said = await acme.say("first")
    await _release(house, said)
    path = f"/api/v1/statuses/{said['id']}"
    assert (await acme.call("PUT", path, json={"status": "second"})).status == 200
    told = await house.call("GET", f"{path}/history")
    assert [one["content"] for one in told.body] == ["<p>first</p>", "<p>second</p>"]


async def test_nothing_is_boosted_outward_before_it_is_out(builder: Builder) -> None:
    """The Announce would tell its address, and that it is coming."""
    house, acme = await _company(builder)
    other = await house.outgoing("carol")
    said = await acme.say("news")
    path = f"/api/v1/statuses/{said['id']}/reblog"
    assert (await other.call("POST", path)).status == 422
    assert (await house.people["alice"].call("POST", path)).status == 200, "inside it is there"
    await _release(house, said)
    assert (await other.call("POST", path)).status == 200


async def _company(builder: Builder) -> tuple[House, Person]:
    house = await builder.house("acme.localhost", outbox_hold="60")
    return house, await house.company("acme", await house.person("alice"))


async def _release(house: House, said: Any) -> None:
    async with house.db.transaction() as conn:
        held = (await store.by_ids(conn, [int(said["id"])]))[int(said["id"])]
        assert held.held_until is not None
        assert held.held_until > clock.now()
        await statuses.release(conn, Site(house.origin, house.domain), held)
