"""Notifications tell who did what, as long as their reader may still see what it was about."""

from typing import Any

from tests.house import House, Person


async def kinds(person: Person, query: str = "") -> list[str]:
    return [one["type"] for one in await person.get(f"/api/v1/notifications{query}")]


async def told(house: House) -> tuple[Person, Person, Any]:
    """Bob favourites, boosts and mentions; Alice is told."""
    alice, bob = await house.person("alice"), await house.person("bob")
    status = await alice.say("Lunch is ready")
    await bob.post(f"/api/v1/statuses/{status['id']}/favourite")
    await bob.post(f"/api/v1/statuses/{status['id']}/reblog")
    await bob.say("@alice thanks", in_reply_to_id=status["id"])
    return alice, bob, status


async def test_each_deed_is_told_newest_first_with_who_and_what(house: House) -> None:
    alice, bob, status = await told(house)
    found = await alice.get("/api/v1/notifications")
    assert [one["type"] for one in found] == ["mention", "reblog", "favourite"]
    assert {one["account"]["id"] for one in found} == {str(bob.account.id)}
    assert [one["status"]["id"] for one in found[1:]] == [status["id"]] * 2
    assert found[2]["group_key"] == f"favourite-{status['id']}"
    assert await kinds(bob) == []


async def test_a_list_is_narrowed_by_type_and_sender(house: House) -> None:
    alice, bob, _ = await told(house)
    assert await kinds(alice, "?types[]=mention&types[]=follow") == ["mention"]
    assert await kinds(alice, "?exclude_types[]=mention") == ["reblog", "favourite"]
    assert len(await kinds(alice, f"?account_id={bob.account.id}")) == 3
    assert await kinds(alice, f"?account_id={alice.account.id}") == []
    assert await kinds(alice, "?types[]=no_such_type") == []


async def test_what_cannot_be_a_filter_is_refused(house: House) -> None:
    alice, _, _ = await told(house)
    nul = await alice.call("GET", "/api/v1/notifications?types[]=no_such_type%00")
    assert nul.status == 422
    many = "&".join("types[]=x" for _ in range(51))
    for query in ("account_id=abc", "max_id=1e9", many, "include_filtered=perhaps"):
        answer = await alice.call("GET", f"/api/v1/notifications?{query}")
        assert answer.status == 422, query


async def test_pages_are_linked_and_end(house: House) -> None:
    alice, _, _ = await told(house)
    first = await alice.call("GET", "/api/v1/notifications?limit=2")
    assert [one["type"] for one in first.body] == ["mention", "reblog"]
    assert f"max_id={first.body[1]['id']}" in first.headers["Link"]
    last = await alice.call("GET", f"/api/v1/notifications?limit=2&max_id={first.body[1]['id']}")
    assert [one["type"] for one in last.body] == ["favourite"]
    assert 'rel="next"' not in last.headers["Link"]


async def test_a_notification_of_what_may_not_be_seen_any_more_is_left_out(house: House) -> None:
    alice, bob = await house.person("alice"), await house.person("bob")
    await bob.say("@alice hello")
    [shown] = await alice.get("/api/v1/notifications")
    async with house.db.transaction() as conn:
        await conn.execute("UPDATE statuses SET release = 'refused'")
    assert await kinds(alice) == []
    assert (await alice.call("GET", f"/api/v1/notifications/{shown['id']}")).status == 404
    assert await alice.get("/api/v1/notifications/unread_count") == {"count": 0}
    groups = await alice.get("/api/v2/notifications")
    assert groups["notification_groups"] == groups["statuses"] == []


async def test_one_may_be_read_by_its_owner_only(house: House) -> None:
    alice, bob, _ = await told(house)
    [_, _, favourite] = await alice.get("/api/v1/notifications")
    path = f"/api/v1/notifications/{favourite['id']}"
    assert (await alice.get(path))["id"] == favourite["id"]
    assert (await bob.call("GET", path)).status == 404
    assert (await alice.call("GET", "/api/v1/notifications/99999999999999999999")).status == 404


async def test_dismissing_takes_one_and_only_ones_own(house: House) -> None:
    alice, bob, _ = await told(house)
    [_, reblog, _] = await alice.get("/api/v1/notifications")
    path = f"/api/v1/notifications/{reblog['id']}/dismiss"
    assert (await bob.call("POST", path)).status == 404
    assert len(await kinds(alice)) == 3
    assert await alice.post(path) == {}
    assert await kinds(alice) == ["mention", "favourite"]


async def test_clearing_takes_all(house: House) -> None:
    alice, _, _ = await told(house)
    assert await alice.post("/api/v1/notifications/clear") == {}
    assert await kinds(alice) == []


async def test_what_was_read_on_one_device_does_not_count_on_another(house: House) -> None:
    alice, _, _ = await told(house)
    [_, reblog, _] = await alice.get("/api/v1/notifications")
    count = "/api/v1/notifications/unread_count"
    assert await alice.get(count) == {"count": 3}
    assert await alice.get(f"{count}?limit=2") == {"count": 2}
    await alice.post("/api/v1/markers", {"notifications": {"last_read_id": reblog["id"]}})
    assert await alice.get(count) == {"count": 1}


async def test_other_scopes_do_not_read_notifications(house: House) -> None:
    alice, _, _ = await told(house)
    narrow = await house.sign_in(alice.account, scopes=["read:statuses"])
    assert (await narrow.call("GET", "/api/v1/notifications")).status == 403
    assert (await house.call("GET", "/api/v1/notifications")).status == 401


async def test_a_policy_holds_strangers_back_until_they_are_accepted(house: House) -> None:
    alice, bob = await house.person("alice"), await house.person("bob")
    policy = await _put(alice, "/api/v2/notifications/policy", {"for_not_following": "filter"})
    assert policy["for_not_following"] == "filter"
    assert policy["for_new_accounts"] == "accept"
    said = await bob.say("@alice may I ask something?")
    assert await kinds(alice) == []
    assert await kinds(alice, "?include_filtered=true") == ["mention"]
    [asked] = await alice.get("/api/v1/notifications/requests")
    assert (asked["notifications_count"], asked["last_status"]["id"]) == ("1", said["id"])
    assert asked["account"]["username"] == "bob"
    summary = (await alice.get("/api/v2/notifications/policy"))["summary"]
    assert summary == {"pending_requests_count": 1, "pending_notifications_count": 1}
    assert await alice.post(f"/api/v1/notifications/requests/{asked['id']}/accept") == {}
    assert await alice.get("/api/v1/notifications/requests") == []
    assert await kinds(alice) == ["mention"]
    await bob.say("@alice one more")
    assert await kinds(alice) == ["mention", "mention"]
    assert await alice.get("/api/v1/notifications/requests/merged") == {"merged": True}


async def test_a_dismissed_sender_asks_again_with_the_next_one(house: House) -> None:
    alice, bob = await house.person("alice"), await house.person("bob")
    await _put(alice, "/api/v2/notifications/policy", {"for_not_following": "filter"})
    await bob.say("@alice first")
    [asked] = await alice.get("/api/v1/notifications/requests")
    path = f"/api/v1/notifications/requests/{asked['id']}"
    assert (await bob.call("POST", f"{path}/dismiss")).status == 404
    assert (await alice.get(path))["id"] == asked["id"]
    await alice.post("/api/v1/notifications/requests/dismiss", {"id": [asked["id"]]})
    assert await kinds(alice, "?include_filtered=true") == []
    assert (await alice.call("GET", path)).status == 404
    await bob.say("@alice second")
    [again] = await alice.get("/api/v1/notifications/requests")
    assert again["notifications_count"] == "1"


async def test_several_are_accepted_at_once(house: House) -> None:
    alice = await house.person("alice")
    await _put(alice, "/api/v2/notifications/policy", {"for_not_following": "filter"})
    for name in ("bob", "carol"):
        await (await house.person(name)).say("@alice hello")
    asked = await alice.get("/api/v1/notifications/requests")
    assert [one["account"]["username"] for one in asked] == ["carol", "bob"]
    chosen = {"id": [one["id"] for one in asked]}
    await alice.post("/api/v1/notifications/requests/accept", chosen)
    assert await kinds(alice) == ["mention", "mention"]


async def test_what_is_dropped_leaves_no_trace(house: House) -> None:
    alice, bob = await house.person("alice"), await house.person("bob")
    await _put(alice, "/api/v2/notifications/policy", {"for_not_following": "drop"})
    await bob.say("@alice hello")
    assert await kinds(alice, "?include_filtered=true") == []
    assert await alice.get("/api/v1/notifications/requests") == []


async def test_old_clients_set_the_policy_with_booleans(house: House) -> None:
    alice = await house.person("alice")
    old = await _put(alice, "/api/v1/notifications/policy", {"filter_new_accounts": "true"})
    assert (old["filter_new_accounts"], old["filter_not_following"]) == (True, False)
    assert old["summary"] == {"pending_requests_count": 0, "pending_notifications_count": 0}
    new = await alice.get("/api/v2/notifications/policy")
    assert new["for_new_accounts"] == "filter"
    await _put(alice, "/api/v2/notifications/policy", {"for_new_accounts": "drop"})
    assert (await alice.get("/api/v1/notifications/policy"))["filter_new_accounts"] is True
    refused = await alice.call(
        "PUT", "/api/v2/notifications/policy", json={"for_new_accounts": "perhaps"}
    )
    assert refused.status == 422


async def test_a_page_costs_as_many_questions_as_one(house: House) -> None:
    alice, _, status = await told(house)
    for name in ("carol", "dave"):
        person = await house.person(name)
        await person.post(f"/api/v1/statuses/{status['id']}/favourite")
        await person.say("@alice hello")
    for path in ("/api/v1/notifications", "/api/v2/notifications"):
        one = await _questions(house, alice, f"{path}?limit=1")
        assert one == await _questions(house, alice, path) > 0, path


async def test_nobody_hears_of_a_suspended_sender(house: House) -> None:
    alice, bob, _ = await told(house)
    carol = await house.person("carol")
    await carol.say("@alice hello")
    assert len(await kinds(alice)) == 4
    async with house.db.transaction() as conn:
        await conn.execute(
            "UPDATE accounts SET suspended_at = created_at WHERE id = $1", bob.account.id
        )
    assert await kinds(alice) == ["mention"]


async def _put(person: Person, path: str, body: dict[str, Any]) -> Any:
    answer = await person.call("PUT", path, json=body)
    assert answer.status == 200, answer
    return answer.body


async def _questions(house: House, person: Person, path: str) -> int:
    """How often the server asked the database while it answered.

    The loops beside it ask too, now and then: the quietest of a few answers has none of theirs.
    """
    return min([await _asked(house, person, path) for _ in range(4)])


async def _asked(house: House, person: Person, path: str) -> int:
    asked: list[str] = []
    holders = house.db.pool._holders  # type: ignore[attr-defined]  # asyncpg does not count
    connections = [holder._con for holder in holders if holder._con is not None]
    for connection in connections:
        connection.add_query_logger(lambda record: asked.append(record.query))
    await person.get(path)
    for connection in connections:
        connection._query_loggers.clear()
    return len(asked)
