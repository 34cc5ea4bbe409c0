"""Grouped notifications: one line for many, and the newest of each group is where it stands."""

from typing import Any

import pytest

from tests.api.shapes import assert_entity
from tests.house import House, Person

PATH = "/api/v2/notifications"


async def crowd(house: House) -> tuple[Person, list[Person], Any]:
    """Three favourite a post of Alice's; between them one mentions her."""
    alice = await house.person("alice")
    people = [await house.person(name) for name in ("bob", "carol", "dave")]
    status = await alice.say("Lunch is ready")
    await people[0].post(f"/api/v1/statuses/{status['id']}/favourite")
    await people[0].say("@alice thanks")
    for person in people[1:]:
        await person.post(f"/api/v1/statuses/{status['id']}/favourite")
    return alice, people, status


def ids_of(people: list[Person]) -> list[str]:
    return [str(person.account.id) for person in people]


async def test_many_favourites_of_one_post_are_one_group(house: House) -> None:
    alice, people, status = await crowd(house)
    found = await alice.get(PATH)
    favourites, mention = found["notification_groups"]
    assert favourites["group_key"] == f"favourite-{status['id']}"
    assert (favourites["type"], favourites["notifications_count"]) == ("favourite", 3)
    assert favourites["sample_account_ids"] == ids_of(people)[::-1]
    assert favourites["status_id"] == status["id"]
    assert (mention["type"], mention["notifications_count"]) == ("mention", 1)
    assert {one["id"] for one in found["accounts"]} == set(ids_of(people))
    assert {one["id"] for one in found["statuses"]} == {status["id"], mention["status_id"]}
    assert "partial_accounts" not in found


async def test_groups_are_as_clients_decode_them(house: House) -> None:
    alice, _, _ = await crowd(house)
    found = await alice.get(f"{PATH}?expand_accounts=partial_avatars")
    assert_entity("GroupedNotificationsResults", found)
    for group in found["notification_groups"]:
        assert_entity("NotificationGroup", group)
        assert isinstance(group["most_recent_notification_id"], int)
    for one in await alice.get("/api/v1/notifications"):
        assert_entity("Notification", one)
    assert_entity("NotificationPolicy", await alice.get("/api/v2/notifications/policy"))


async def test_partial_avatars_bring_whole_only_the_latest_sender(house: House) -> None:
    alice, (bob, carol, dave), _ = await crowd(house)
    found = await alice.get(f"{PATH}?expand_accounts=partial_avatars")
    assert {one["id"] for one in found["accounts"]} == set(ids_of([bob, dave]))
    [partial] = found["partial_accounts"]
    assert partial["id"] == str(carol.account.id)
    assert "note" not in partial


async def test_pages_go_by_the_newest_of_each_group_and_lose_nothing(house: House) -> None:
    alice, _, status = await crowd(house)
    first = await alice.call("GET", f"{PATH}?limit=1")
    [favourites] = first.body["notification_groups"]
    assert favourites["group_key"] == f"favourite-{status['id']}"
    assert favourites["page_min_id"] == favourites["page_max_id"]
    cursor = favourites["most_recent_notification_id"]
    assert f"max_id={cursor}" in first.headers["Link"]
    second = await alice.get(f"{PATH}?max_id={cursor}")
    assert [one["type"] for one in second["notification_groups"]] == ["mention"]
    newer = await alice.get(f"{PATH}?since_id={second['notification_groups'][0]['page_max_id']}")
    assert newer["notification_groups"][0]["notifications_count"] == 3


async def test_a_reader_chooses_what_is_grouped(house: House) -> None:
    alice, _, _ = await crowd(house)
    found = await alice.get(f"{PATH}?grouped_types[]=follow")
    assert [one["type"] for one in found["notification_groups"]] == [
        "favourite",
        "favourite",
        "mention",
        "favourite",
    ]
    key = found["notification_groups"][0]["group_key"]
    assert key.startswith("ungrouped-")
    [alone] = (await alice.get(f"{PATH}/{key}"))["notification_groups"]
    assert (alone["group_key"], alone["notifications_count"]) == (key, 1)
    assert await alice.get(f"{PATH}/unread_count") == {"count": 2}
    assert await alice.get(f"{PATH}/unread_count?grouped_types[]=follow") == {"count": 4}


async def test_one_group_its_senders_and_its_end(house: House) -> None:
    alice, people, status = await crowd(house)
    path = f"{PATH}/favourite-{status['id']}"
    [group] = (await alice.get(path))["notification_groups"]
    assert group["notifications_count"] == 3
    senders = await alice.get(f"{path}/accounts")
    assert [one["id"] for one in senders] == ids_of(people)[::-1]
    assert await people[0].post(f"{path}/dismiss") == {}
    assert len((await alice.get(PATH))["notification_groups"]) == 2
    assert await alice.post(f"{path}/dismiss") == {}
    assert (await alice.call("GET", path)).status == 404
    assert [one["type"] for one in (await alice.get(PATH))["notification_groups"]] == ["mention"]
    await alice.post(f"{PATH}/clear")
    assert await alice.get(PATH) == {"accounts": [], "statuses": [], "notification_groups": []}


@pytest.mark.parametrize(
    "key", ["nothing", "favourite-1", "ungrouped-99999999999999999999", "x%00-1", "ungrouped-1"]
)
async def test_a_key_of_nothing_is_absent(house: House, key: str) -> None:
    alice = await house.person("alice")
    assert (await alice.call("GET", f"{PATH}/{key}")).status == 404
