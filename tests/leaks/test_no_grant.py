"""An employee without a grant: nothing they do makes their name or their words leave."""

from typing import Any

import pytest

from tests.house import Builder, House, Person, until

TEXT = "wordsofalice"
TRIES: tuple[dict[str, Any], ...] = (
    {},
    {"visibility": "public"},
    {"visibility": "unlisted"},
    {"visibility": "private"},
    {"visibility": "direct"},
    {"reach": "public"},
    {"reach": "partners", "reach_domains": ["globex.localhost"]},
    {"reach": "partners", "visibility": "direct"},
    {"reach": "public", "visibility": "direct"},
    {"local_only": False},
    {"local_only": "false", "reach": "public"},
    {"reach_domains": ["globex.localhost"]},
)


@pytest.fixture
async def world(builder: Builder) -> tuple[House, Person, Any, str]:
    """Alice, a post of Gus at a partner as she sees it, and the handle of Gus."""
    acme, globex = [await builder.house(f"{name}.localhost") for name in ("acme", "globex")]
    await acme.allow(globex.domain)
    await globex.allow(acme.domain)
    alice, gus = await acme.person("alice"), await globex.outgoing("gus")
    handle = f"@gus@{globex.domain}"
    found = await alice.get(f"/api/v2/search?q={handle}&resolve=true&type=accounts")
    await alice.post(f"/api/v1/accounts/{found['accounts'][0]['id']}/follow")

    async def followed() -> Any:
        relation = f"/api/v1/accounts/relationships?id[]={found['accounts'][0]['id']}"
        return (await alice.get(relation))[0]["following"]

    await until(followed)
    await gus.say("hello from outside")

    async def seen() -> Any:
        return [one for one in await alice.home() if "hello" in one["content"]]

    return acme, alice, (await until(seen))[0], handle


async def test_nothing_an_employee_says_leaves(world: tuple[House, Person, Any, str]) -> None:
    house, alice, theirs, handle = world
    acme = await house.company("acme", await house.person("bob"))
    news = await acme.say("news")
    said = 0
    for parent in (None, theirs["id"], news["id"]):
        for start in ("", f"{handle} ", "@public ", "@partners ", f"@public {handle} "):
            for more in TRIES:
                body = {"status": f"{start}{TEXT}", "in_reply_to_id": parent, **more}
                answer = await alice.call("POST", "/api/v1/statuses", json=body)
                assert answer.status in (200, 422), (body, answer)
                if answer.status == 200:
                    said += 1
                    assert answer.body["fedi"]["reach"] == "internal", body
                    await _change(alice, answer.body["id"], f"{start}{TEXT}", more)
    assert said > 20, "the control: much of it is said, inside"
    await _nothing_left(house, alice)


async def test_nothing_an_employee_does_leaves(world: tuple[House, Person, Any, str]) -> None:
    house, alice, theirs, _ = world
    for deed in ["favourite", "unfavourite", "reblog", "unreblog", "bookmark", "pin", "mute"]:
        await alice.call("POST", f"/api/v1/statuses/{theirs['id']}/{deed}")
    for deed in ["unfollow", "follow", "block", "unblock", "mute", "remove_from_followers", "note"]:
        await alice.call("POST", f"/api/v1/accounts/{theirs['account']['id']}/{deed}")
    profile = {"display_name": TEXT, "note": TEXT, "locked": True}
    await alice.call("PATCH", "/api/v1/accounts/update_credentials", json=profile)
    assert (await alice.call("PUT", f"/api/v1/statuses/{theirs['id']}")).status == 404
    assert (await alice.call("DELETE", f"/api/v1/statuses/{theirs['id']}")).status == 404
    await _nothing_left(house, alice)


async def _change(who: Person, status_id: str, text: str, more: dict[str, Any]) -> None:
    for start in ("", "@public ", "@partners "):
        body = {"status": f"{start}{text} again", **more, "visibility": "public"}
        answer = await who.call("PUT", f"/api/v1/statuses/{status_id}", json=body)
        assert answer.status == 422 or answer.body["fedi"]["reach"] == "internal", body


async def _nothing_left(house: House, who: Person) -> None:
    """What left is `@reader`'s, and it names nobody."""
    rows = await house.fetch("SELECT actor_id, convert_from(body, 'UTF8') AS body FROM outbound")
    rows = [row for row in rows if "news" not in row["body"]]
    assert rows, "@reader followed, so there is something to read"
    for row in rows:
        assert row["actor_id"] != who.account.id
        for word in (TEXT, who.account.uri, f"@{who.account.username}"):
            assert word not in row["body"]
