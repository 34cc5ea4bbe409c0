"""Search: people, posts and tags, each only for those who may see them."""

from typing import Any

from tests.api.shapes import assert_entity
from tests.house import House, Person


async def _found(by: Person, query: str, **more: Any) -> Any:
    return await by.get("/api/v2/search", params={"q": query, **more})


async def test_search_finds_people_posts_and_tags(house: House) -> None:
    alice, bob = await house.person("alice"), await house.person("bob")
    said = await alice.say("The harvester needs oil #Harvest")
    by_word = await _found(bob, "harvester oil")
    assert_entity("Search", by_word)
    assert [one["id"] for one in by_word["statuses"]] == [said["id"]]
    assert (await _found(bob, "harvester -oil"))["statuses"] == []
    by_tag = await _found(bob, "#harv")
    assert [one["name"] for one in by_tag["hashtags"]] == ["Harvest"]
    assert_entity("Tag", by_tag["hashtags"][0])
    by_name = await _found(bob, "alice")
    assert [one["username"] for one in by_name["accounts"]] == ["alice"]
    only = await _found(bob, "harvester", type="accounts")
    assert (only["accounts"], only["statuses"], only["hashtags"]) == ([], [], [])


async def test_words_of_others_direct_posts_find_nothing(house: House) -> None:
    alice, bob = await house.person("alice"), await house.person("bob")
    await alice.say("@alice reorganisation #reorg", visibility="direct")
    for query in ("reorganisation", "#reorg"):
        found = await _found(bob, query)
        assert (found["statuses"], found["hashtags"]) == ([], [])
    assert len((await _found(alice, "reorganisation"))["statuses"]) == 1


async def test_a_stranger_finds_what_is_outside(house: House) -> None:
    alice = await house.person("alice")
    press = await house.outgoing("alina")
    await alice.say("inside #alpha")
    await press.say("outside #altitude")
    found = (await house.call("GET", "/api/v2/search?q=al&resolve=true")).body
    assert [one["username"] for one in found["accounts"]] == ["alina"]
    assert [one["name"] for one in found["hashtags"]] == ["altitude"]
    assert (await house.call("GET", "/api/v2/search?q=outside")).body["statuses"] == []
    assert (await house.call("GET", "/api/v1/accounts/search?q=al")).status == 401


async def test_what_cannot_be_searched_is_refused(house: House) -> None:
    alice = await house.person("alice")
    for query in ("q=", "q=x&type=everything", "q=x&max_id=y", "q=x&limit=many"):
        assert (await alice.call("GET", f"/api/v2/search?{query}")).status == 422, query
    for odd in ("%00", "'; DROP", "\\", "((", "é" * 600, "http://[", "@@@", "#"):
        answer = await alice.call("GET", "/api/v2/search", params={"q": odd, "resolve": "true"})
        assert answer.status in (200, 422), odd
