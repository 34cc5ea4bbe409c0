"""Two organisations talk over real signed HTTP, and what is internal goes nowhere."""

from typing import Any

import pytest

from fedi.model.peer import Mode, Trust
from tests.house import Builder, House, Person, until


@pytest.fixture
async def acme(builder: Builder) -> House:
    return await builder.house("acme.localhost")


@pytest.fixture
async def globex(builder: Builder, acme: House) -> House:
    """A partner: both sides allow each other."""
    globex = await builder.house("globex.localhost")
    await acme.allow(globex.domain)
    await globex.allow(acme.domain)
    return globex


async def follow(reader: Person, house: House, name: str) -> str:
    """`reader` looks `name` up at `house` and follows; returns the account's id over there."""
    found = await reader.get(f"/api/v2/search?q=@{name}@{house.domain}&resolve=true&type=accounts")
    (account,) = found["accounts"]
    await reader.post(f"/api/v1/accounts/{account['id']}/follow")

    async def accepted() -> bool:
        path = f"/api/v1/accounts/relationships?id[]={account['id']}"
        (relation,) = await reader.get(path)
        return bool(relation["following"])

    await until(accepted)
    return str(account["id"])


def says(text: str) -> Any:
    def among(statuses: list[Any]) -> Any:
        return next((one for one in statuses if text in one["content"]), None)

    return among


async def arrives(reader: Person, text: str) -> Any:
    async def there() -> Any:
        return says(text)(await reader.home())

    return await until(there)


async def test_a_company_posts_to_its_followers_at_the_partner(acme: House, globex: House) -> None:
    desk = await acme.company("acme", await acme.person("alice"))
    gus = await globex.outgoing("gus")
    await follow(gus, acme, "acme")
    await desk.say("@public we ship on Monday")
    status = await arrives(gus, "we ship on Monday")
    assert status["visibility"] == "public"
    assert status["account"]["acct"] == f"acme@{acme.domain}"
    assert "@public" not in status["content"]
    assert status.get("application") is None, "who wrote it is nobody's business outside"


async def test_an_internal_post_goes_nowhere(acme: House, globex: House) -> None:
    alice = await acme.person("alice")
    desk = await acme.company("acme", alice)
    gus = await globex.outgoing("gus")
    await follow(gus, acme, "acme")
    hidden = await desk.say("@internal the merger is secret")
    await alice.say("the merger is really secret")
    await desk.say("@public nothing to see")
    await arrives(gus, "nothing to see")
    rows = await globex.fetch("SELECT content FROM statuses WHERE NOT local")
    assert len(rows) == 1
    assert (await acme.call("GET", hidden["uri"])).status == 401


async def test_a_partners_post_reaches_followers_there_as_followers_only(
    acme: House, globex: House
) -> None:
    desk = await acme.company("acme", await acme.person("alice"))
    gus = await globex.outgoing("gus")
    await follow(gus, acme, "acme")
    await desk.say("@partner-globex for your eyes")
    status = await arrives(gus, "for your eyes")
    assert status["visibility"] == "private"


async def test_the_partner_replies_favourites_and_boosts(acme: House, globex: House) -> None:
    desk = await acme.company("acme", await acme.person("alice"))
    gus = await globex.outgoing("gus")
    await follow(gus, acme, "acme")
    posted = await desk.say("@public ideas wanted")
    seen = await arrives(gus, "ideas wanted")
    await gus.say(f"@acme@{acme.domain} here is one", in_reply_to_id=seen["id"])
    await gus.post(f"/api/v1/statuses/{seen['id']}/favourite")
    await gus.post(f"/api/v1/statuses/{seen['id']}/reblog")

    async def counted() -> bool:
        now = await desk.get(f"/api/v1/statuses/{posted['id']}")
        counts = (now["replies_count"], now["favourites_count"], now["reblogs_count"])
        return counts == (1, 1, 1)

    await until(counted)
    kinds = [one["type"] for one in await desk.get("/api/v1/notifications")]
    assert sorted(kinds) == ["favourite", "follow", "mention", "reblog"]
    await gus.post(f"/api/v1/statuses/{seen['id']}/unfavourite")
    await gus.post(f"/api/v1/statuses/{seen['id']}/unreblog")

    async def taken_back() -> bool:
        now = await desk.get(f"/api/v1/statuses/{posted['id']}")
        return (now["favourites_count"], now["reblogs_count"]) == (0, 0)

    await until(taken_back)


async def test_edits_and_deletes_follow_the_post(acme: House, globex: House) -> None:
    desk = await acme.company("acme", await acme.person("alice"))
    gus = await globex.outgoing("gus")
    await follow(gus, acme, "acme")
    posted = await desk.say("@public first words")
    await arrives(gus, "first words")
    edit = await desk.call("PUT", f"/api/v1/statuses/{posted['id']}", json={"status": "better"})
    assert edit.status == 200
    changed = await arrives(gus, "better")
    assert changed["edited_at"] is not None
    assert (await desk.call("DELETE", f"/api/v1/statuses/{posted['id']}")).status == 200

    async def gone() -> bool:
        return (await gus.call("GET", f"/api/v1/statuses/{changed['id']}")).status == 404

    await until(gone)


async def test_a_locked_account_answers_when_it_decides(acme: House, globex: House) -> None:
    gate = await acme.outgoing("gate", locked=True)
    gus = await globex.outgoing("gus")
    found = await gus.get(f"/api/v2/search?q=@gate@{acme.domain}&resolve=true&type=accounts")
    account = found["accounts"][0]
    await gus.post(f"/api/v1/accounts/{account['id']}/follow")

    async def asked() -> Any:
        return await gate.get("/api/v1/follow_requests")

    (request,) = await until(asked)
    (pending,) = await gus.get(f"/api/v1/accounts/relationships?id[]={account['id']}")
    assert (pending["following"], pending["requested"]) == (False, True)
    await gate.post(f"/api/v1/follow_requests/{request['id']}/authorize")

    async def accepted() -> bool:
        (now,) = await gus.get(f"/api/v1/accounts/relationships?id[]={account['id']}")
        return bool(now["following"])

    await until(accepted)


async def test_employees_read_outsiders_through_the_reader_and_stay_unknown_there(
    acme: House, globex: House
) -> None:
    alice = await acme.person("alice")
    gus = await globex.outgoing("gus")
    await follow(alice, globex, "gus")
    await gus.say("news from globex")
    await arrives(alice, "news from globex")
    followers = await globex.fetch(
        "SELECT username FROM accounts a JOIN follows f ON f.follower_id = a.id"
        " WHERE domain IS NOT NULL"
    )
    assert [row["username"] for row in followers] == ["reader"]
    known = await globex.fetch("SELECT username FROM accounts WHERE domain IS NOT NULL")
    assert "alice" not in {row["username"] for row in known}


async def test_who_is_not_allowed_is_refused_and_the_refusal_is_on_record(
    builder: Builder, acme: House
) -> None:
    initech = await builder.house("initech.localhost", federation="open")
    await acme.company("acme", await acme.person("alice"))
    mike = await initech.outgoing("mike")
    found = await mike.get(f"/api/v2/search?q=@acme@{acme.domain}&resolve=true&type=accounts")
    assert found["accounts"] == []
    await acme.allow(initech.domain, Trust.PUBLIC)
    await follow(mike, acme, "acme")
    await acme.set_mode(Mode.CLOSED)
    again = await initech.outgoing("peter")
    found = await again.get("/api/v2/search?q=@acme&type=accounts")
    account = found["accounts"][0]
    await again.post(f"/api/v1/accounts/{account['id']}/follow")

    async def refused() -> Any:
        return await acme.fetch("SELECT rule FROM decisions WHERE NOT allow AND door = 'admit'")

    rows = await until(refused)
    assert "federation_closed" in {row["rule"] for row in rows}
