"""Filters: kept, changed, and met by statuses."""

from typing import Any

from tests.api.shapes import assert_entity
from tests.house import House

FILTERS = "/api/v2/filters"
BODY = {
    "title": "Sports",
    "context": ["home", "public"],
    "filter_action": "hide",
    "keywords_attributes": [{"keyword": "ball", "whole_word": True}, {"keyword": "goal"}],
}


async def test_a_status_names_the_filters_it_meets(house: House) -> None:
    alice, bob = await house.person("alice"), await house.person("bob")
    made = await alice.post(FILTERS, BODY)
    assert_entity("Filter", made)
    said = [await bob.say(text) for text in ("A BALL!", "ballroom", "goalless", "lunch")]
    seen = [await alice.get(f"/api/v1/statuses/{one['id']}") for one in said]
    words = [[m for r in one["filtered"] for m in r["keyword_matches"]] for one in seen]
    assert words == [["ball"], [], ["goal"], []]
    assert_entity("FilterResult", seen[0]["filtered"][0])
    assert (await bob.get(f"/api/v1/statuses/{said[0]['id']}"))["filtered"] == []


async def test_a_filter_is_changed_piece_by_piece(house: House) -> None:
    alice = await house.person("alice")
    made = await alice.post(FILTERS, BODY)
    path, ball, goal = f"{FILTERS}/{made['id']}", *(one["id"] for one in made["keywords"])
    word = await alice.post(f"{path}/keywords", {"keyword": "match"})
    assert_entity("FilterKeyword", word)
    await alice.call("PUT", f"{FILTERS}/keywords/{goal}", json={"keyword": "goals"})
    body = {
        "title": "Games",
        "expires_in": 60,
        "keywords_attributes": [{"id": ball, "_destroy": True}],
    }
    changed = (await alice.call("PUT", path, json=body)).body
    assert (changed["title"], changed["context"]) == ("Games", ["home", "public"])
    assert [one["keyword"] for one in changed["keywords"]] == ["goals", "match"]
    assert changed["expires_at"] is not None
    assert [one["phrase"] for one in await alice.get("/api/v1/filters")] == ["goals", "match"]
    assert_entity("V1::Filter", (await alice.get("/api/v1/filters"))[0])
    assert (await alice.call("DELETE", f"{FILTERS}/keywords/{word['id']}")).body == {}
    assert (await alice.call("DELETE", path)).body == {}
    assert await alice.get(FILTERS) == []


async def test_one_status_can_be_filtered(house: House) -> None:
    alice, bob = await house.person("alice"), await house.person("bob")
    made, said = await alice.post(FILTERS, BODY), await bob.say("anything")
    path = f"{FILTERS}/{made['id']}/statuses"
    entry = await alice.post(path, {"status_id": said["id"]})
    assert_entity("FilterStatus", entry)
    seen = await alice.get(f"/api/v1/statuses/{said['id']}")
    assert seen["filtered"][0]["status_matches"] == [said["id"]]
    assert await alice.get(path) == [entry]
    assert (await alice.call("DELETE", f"{FILTERS}/statuses/{entry['id']}")).body == {}
    hidden = await bob.say("for nobody", visibility="direct")
    refused = await alice.call("POST", path, json={"status_id": hidden["id"]})
    assert refused.status == 404


async def test_filters_of_others_are_absent(house: House) -> None:
    alice, bob = await house.person("alice"), await house.person("bob")
    made = await alice.post(FILTERS, BODY)
    word = made["keywords"][0]["id"]
    for method, path in (
        ("GET", f"{FILTERS}/{made['id']}"),
        ("PUT", f"{FILTERS}/{made['id']}"),
        ("DELETE", f"{FILTERS}/{made['id']}"),
        ("DELETE", f"{FILTERS}/keywords/{word}"),
    ):
        assert (await bob.call(method, path)).status == 404, (method, path)
    own = await bob.post(FILTERS, {"title": "Mine", "context": ["home"]})
    stolen = {"keywords_attributes": [{"id": word, "keyword": "mine now"}]}
    assert (await bob.call("PUT", f"{FILTERS}/{own['id']}", json=stolen)).status == 404
    assert (await alice.get(FILTERS))[0]["keywords"][0]["keyword"] == "ball"


async def test_what_is_no_filter_is_refused(house: House) -> None:
    alice = await house.person("alice")
    wrongs: list[dict[str, Any]] = [
        {"title": ""},
        {"context": []},
        {"context": ["everywhere"]},
        {"filter_action": "explode"},
        {"keywords_attributes": [{"keyword": " "}]},
        {"expires_in": "soon"},
    ]
    for wrong in wrongs:
        assert (await alice.call("POST", FILTERS, json=BODY | wrong)).status == 422, wrong
    assert await alice.get(FILTERS) == []


async def test_a_life_of_more_digits_than_python_reads_is_refused_or_the_shortest(
    house: House,
) -> None:
    alice = await house.person("alice")
    for life, status in (("9" * 5_000, 422), ("0" * 20 + "9" * 5_000, 200), ("600", 200)):
        body = {"title": "t", "context": ["home"], "expires_in": life}
        assert (await alice.call("POST", "/api/v2/filters", json=body)).status == status
