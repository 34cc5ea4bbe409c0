"""Timelines, statuses as entities, markers, favourites and bookmarks."""

import re

from tests.api.shapes import assert_entity
from tests.house import House


async def test_a_status_has_every_field_that_clients_decode(house: House) -> None:
    alice = await house.person("alice")
    await house.person("bob")
    said = await alice.say("Hello @bob about #Lunch")
    assert_entity("Status", said)
    assert said["visibility"] == "unlisted"
    assert said["local_only"]
    assert said["fedi"] == {
        "reach": "internal",
        "reach_domains": None,
        "held_until": None,
        "approval": None,
    }
    assert [one["acct"] for one in said["mentions"]] == ["bob"]
    assert said["tags"] == [{"name": "Lunch", "url": f"{house.origin}/tags/lunch"}]
    assert said["application"] == {"name": "Tusky", "website": None}
    assert said["url"] == f"{house.origin}/@alice/{said['id']}"


async def test_home_shows_who_is_followed_and_pages_by_status_id(house: House) -> None:
    alice, bob = await house.person("alice"), await house.person("bob")
    await alice.post(f"/api/v1/accounts/{bob.account.id}/follow")
    said = [await bob.say(f"number {n}") for n in range(3)]
    first = await alice.call("GET", "/api/v1/timelines/home?limit=2")
    assert [one["id"] for one in first.body] == [said[2]["id"], said[1]["id"]]
    older = await alice.get(f"/api/v1/timelines/home?max_id={said[1]['id']}")
    assert [one["id"] for one in older] == [said[0]["id"]]
    nearest = await alice.get(f"/api/v1/timelines/home?min_id={said[0]['id']}&limit=1")
    assert [one["id"] for one in nearest] == [said[1]["id"]]
    assert re.search(rf'max_id={said[1]["id"]}>; rel="next"', first.headers["Link"])
    assert (await alice.call("GET", "/api/v1/timelines/home?max_id=x")).status == 422


async def test_a_stranger_reads_what_is_public_and_nothing_else(house: House) -> None:
    alice, press = await house.person("alice"), await house.outgoing("press")
    await alice.say("between us #secret")
    public = await press.say("to everybody #news")
    reply = await alice.say("a side comment", in_reply_to_id=public["id"])
    await alice.post(f"/api/v1/statuses/{public['id']}/favourite")
    await alice.post(f"/api/v1/statuses/{public['id']}/reblog")
    timeline = (await house.call("GET", "/api/v1/timelines/public")).body
    assert [one["id"] for one in timeline] == [public["id"]]
    seen = timeline[0]
    assert_entity("Status", seen)
    assert (seen["replies_count"], seen["favourites_count"], seen["reblogs_count"]) == (0, 0, 0)
    assert "application" not in seen
    inside = await alice.get(f"/api/v1/statuses/{public['id']}")
    assert (inside["replies_count"], inside["favourites_count"]) == (1, 1)
    assert (await house.call("GET", f"/api/v1/statuses/{reply['id']}")).status == 404
    assert (await house.call("GET", "/api/v1/timelines/tag/secret")).body == []
    assert len((await house.call("GET", "/api/v1/timelines/tag/News")).body) == 1
    assert (await house.call("GET", "/api/v1/timelines/home")).status == 401


async def test_the_local_timeline_has_what_colleagues_say_publicly(house: House) -> None:
    alice, bob = await house.person("alice"), await house.person("bob")
    said = await bob.say("for all of us")
    await bob.say("quietly", visibility="unlisted")
    local = await alice.get("/api/v1/timelines/public?local=true")
    assert [one["id"] for one in local] == [said["id"]]
    assert await alice.get("/api/v1/timelines/public?remote=true") == []
    assert await alice.get("/api/v1/timelines/public?only_media=1") == []


async def test_a_boost_carries_the_original(house: House) -> None:
    alice, bob = await house.person("alice"), await house.person("bob")
    said = await bob.say("worth repeating")
    boost = await alice.post(f"/api/v1/statuses/{said['id']}/reblog")
    assert_entity("Status", boost)
    assert boost["reblog"]["id"] == said["id"]
    assert boost["account"]["username"] == "alice"
    assert boost["reblog"]["reblogs_count"] == 1
    await bob.call("DELETE", f"/api/v1/statuses/{said['id']}")
    assert await alice.get(f"/api/v1/accounts/{alice.account.id}/statuses") == []


async def test_an_accounts_statuses_can_be_narrowed(house: House) -> None:
    alice = await house.person("alice")
    first = await alice.say("one #Topic")
    other = await (await house.person("bob")).say("two")
    await alice.say("an answer", in_reply_to_id=other["id"])
    await alice.post(f"/api/v1/statuses/{first['id']}/pin")
    path = f"/api/v1/accounts/{alice.account.id}/statuses"
    assert len(await alice.get(path)) == 2
    for narrowed in ("exclude_replies=true", "pinned=true", "tagged=topic"):
        found = await alice.get(f"{path}?{narrowed}")
        assert [one["id"] for one in found] == [first["id"]], narrowed
    assert await alice.get(f"{path}?only_media=true") == []


async def test_marked_statuses_are_listed_latest_mark_first(house: House) -> None:
    alice = await house.person("alice")
    one, two = await alice.say("one"), await alice.say("two")
    for deed, listed, flag in (
        ("favourite", "favourites", "favourited"),
        ("bookmark", "bookmarks", "bookmarked"),
    ):
        for status in (two, one):
            await alice.post(f"/api/v1/statuses/{status['id']}/{deed}")
        found = await alice.get(f"/api/v1/{listed}")
        assert [status["id"] for status in found] == [one["id"], two["id"]]
        assert found[0][flag]


async def test_an_edit_is_kept_in_the_history(house: House) -> None:
    alice = await house.person("alice")
    said = await alice.say("tpyo")
    await alice.call("PUT", f"/api/v1/statuses/{said['id']}", json={"status": "typo"})
    history = await alice.get(f"/api/v1/statuses/{said['id']}/history")
    assert [one["content"] for one in history] == ["<p>tpyo</p>", "<p>typo</p>"]
    for one in history:
        assert_entity("StatusEdit", one)


async def test_markers_say_how_far_one_has_read(house: House) -> None:
    alice = await house.person("alice")
    both = "/api/v1/markers?timeline[]=home&timeline[]=notifications"
    fresh = await alice.get(both)
    assert [fresh[name]["last_read_id"] for name in ("home", "notifications")] == ["0", "0"]
    for version in (1, 2):
        moved = await alice.post("/api/v1/markers", {"home": {"last_read_id": "103"}})
        assert_entity("Marker", moved["home"])
        assert moved["home"]["version"] == version
    assert (await alice.get(both))["home"]["last_read_id"] == "103"
    bad = await alice.call("POST", "/api/v1/markers", json={"home": {"last_read_id": "-4"}})
    assert bad.status == 422
