"""What is somebody's own looks absent to a colleague, whatever they do with its id."""

import io
import re
from typing import Any

import aiohttp
from PIL import Image

from fedi.app import routes
from tests.house import House, Person

PLACES = re.compile(r"\{[a-z_]+\}")
NOWHERE = "1"  # no id is that small
# These answer for a bare id, whoever's it is: about an account, or what anybody may name a tag.
ANY_NUMBER = ("/api/v1/tags/", "/api/v1/timelines/tag/")


async def test_by_no_id_does_anybody_reach_what_is_anothers(house: House) -> None:
    alice, bob = await house.person("alice", locked=True), await house.person("bob")
    owned = await _belongings(alice, await house.person("carol"), bob)
    before = await _state(house)
    asked = 0
    for method, pattern, _ in routes():
        if "{" in pattern and not pattern.startswith(ANY_NUMBER):
            for what, number in owned.items():
                answer = await bob.call(method, PLACES.sub(number, pattern))
                nowhere = re.sub(r"\d+$", NOWHERE, number)
                absent = await bob.call(method, PLACES.sub(nowhere, pattern))
                asked += 1
                assert answer.status == absent.status, (method, pattern, what, answer)
                assert str(answer.body).replace(number, nowhere) == str(absent.body), pattern
    assert asked > 200
    assert await _state(house) == before
    path = f"/api/v1/statuses/{owned['a direct message']}"
    assert (await alice.call("GET", path)).status == 200, "the control: it is hers"
    assert (
        await bob.call(
            "POST",
            "/api/v1/statuses",
            json={"status": "me too", "in_reply_to_id": owned["a direct message"]},
        )
    ).status == 404
    assert (
        await bob.call(
            "POST", "/api/v1/statuses", json={"status": "mine", "media_ids": [owned["a file"]]}
        )
    ).status == 422


async def _belongings(alice: Person, carol: Person, bob: Person) -> dict[str, str]:
    direct = await alice.say("@carol only you", visibility="direct")
    private = await alice.say("for my followers", visibility="private")
    word = {"title": "t", "context": ["home"], "keywords_attributes": [{"keyword": "k"}]}
    filter_ = await alice.post("/api/v2/filters", word)
    entry = await alice.post(
        f"/api/v2/filters/{filter_['id']}/statuses", {"status_id": direct["id"]}
    )
    await carol.post(f"/api/v1/accounts/{alice.account.id}/follow")
    notified = (await alice.get("/api/v1/notifications"))[0]
    return {
        "a direct message": direct["id"],
        "a post for followers": private["id"],
        "a filter": filter_["id"],
        "a keyword": filter_["keywords"][0]["id"],
        "a filtered post": entry["id"],
        "a notification": notified["id"],
        "a group of notifications": notified["group_key"],
        "a file": (await _upload(alice))["id"],
    }


async def _upload(person: Person) -> Any:
    picture = io.BytesIO()
    Image.new("RGB", (64, 48), "navy").save(picture, "PNG")
    form = aiohttp.FormData()
    form.add_field("file", picture.getvalue(), filename="a.png", content_type="image/png")
    return (await person.call("POST", "/api/v2/media", data=form)).body


async def _state(house: House) -> list[Any]:
    tables = (
        "statuses",
        "filters",
        "filter_keywords",
        "filter_statuses",
        "notifications",
        "media",
        "favourites",
        "bookmarks",
        "pins",
        "follows",
        "notification_requests",
    )
    return [await house.fetch(f"SELECT * FROM {table} ORDER BY 1") for table in tables]
