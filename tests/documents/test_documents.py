"""What another server gets to read, by mode, by who signed, by reach."""

import asyncio
from typing import Any

import asyncpg
import pytest

from fedi import ids
from fedi.model.peer import Mode, Trust
from tests.documents.neighbour import AP, Neighbour, neighbour, same
from tests.house import House, until

ABSENT = "/ap/objects/AAAAAAAAAAAAAAAAAAAAAA"
TABLE = {  # mode, who asks: (public, partners, internal, absent)
    (Mode.CLOSED, "nobody"): (404, 404, 404, 404),
    (Mode.CLOSED, "partner"): (404, 404, 404, 404),
    (Mode.ALLOWLIST, "nobody"): (401, 401, 401, 401),
    (Mode.ALLOWLIST, "forger"): (401, 401, 401, 401),
    (Mode.ALLOWLIST, "partner"): (200, 200, 404, 404),
    (Mode.ALLOWLIST, "listed"): (200, 404, 404, 404),
    (Mode.ALLOWLIST, "blocked"): (403, 403, 403, 403),
    (Mode.ALLOWLIST, "unknown"): (403, 403, 403, 403),
    (Mode.OPEN, "nobody"): (200, 401, 401, 401),
    (Mode.OPEN, "partner"): (200, 200, 404, 404),
    (Mode.OPEN, "blocked"): (403, 403, 403, 403),
    (Mode.OPEN, "unknown"): (200, 404, 404, 404),
}


async def town(house: House) -> tuple[dict[str, str], dict[str, Neighbour]]:
    """Paths of posts by reach, and neighbours of every standing."""
    alice, press = await house.person("alice"), await house.outgoing("press")
    said = {
        "public": await press.say("hello all"),
        "partners": await press.say("@partners hello partners"),
        "internal": await alice.say("hello colleagues"),
    }
    known = {
        name: await neighbour(house, name) for name in ("partner", "listed", "blocked", "unknown")
    }
    for name, trust in (
        ("partner", Trust.PARTNER),
        ("listed", Trust.PUBLIC),
        ("blocked", Trust.BLOCKED),
    ):
        await house.allow(known[name].host, trust)
        await known[name].follows(press.account.id)
    paths = {reach: status["uri"].replace(house.origin, "") for reach, status in said.items()}
    return {**paths, "absent": ABSENT}, known


async def test_who_may_read_what(house: House) -> None:
    paths, known = await town(house)
    forged = known["listed"].private_pem
    for (mode, who), expected in TABLE.items():
        await house.set_mode(mode)
        for (reach, path), status in zip(paths.items(), expected, strict=True):
            if who == "nobody":
                answer = await house.call("GET", path, headers=AP)
            elif who == "forger":
                answer = await known["partner"].get(path, private_pem=forged)
            else:
                answer = await known[who].get(path)
            assert answer.status == status, (mode, who, reach, answer)


async def test_hidden_and_absent_are_the_same_bytes(house: House) -> None:
    paths, known = await town(house)
    for mode in Mode:
        await house.set_mode(mode)
        absent = await house.call("GET", ABSENT, headers=AP)
        assert same(absent, await house.call("GET", paths["internal"], headers=AP))
        absent = await known["listed"].get(ABSENT)
        for path in (paths["internal"], paths["partners"], "/ap/objects/%00", "/ap/objects/%C3%A9"):
            assert same(absent, await known["listed"].get(path)), (mode, path)
    shown = await known["listed"].get(paths["public"])
    assert not same(await known["listed"].get(ABSENT), shown)


async def test_an_inside_person_is_no_actor(house: House) -> None:
    _, known = await town(house)
    (alice,) = await house.fetch("SELECT uri FROM accounts WHERE username = 'alice'")
    (press,) = await house.fetch("SELECT uri FROM accounts WHERE username = 'press'")
    partner = known["partner"]
    nobody = await partner.get("/ap/actors/AAAAAAAAAAAAAAAAAAAAAA")
    for tail in ("", "/outbox", "/followers", "/following", "/outbox?page=1"):
        assert same(nobody, await partner.get(alice["uri"] + tail)), tail
        shown = await partner.get(press["uri"] + tail)
        assert shown.status == 200, tail
        assert shown.body["id"] == press["uri"] + tail
    assert same(nobody, await partner.get("/@alice"))
    assert (await partner.get("/@press")).body["id"] == press["uri"]


async def test_the_servers_own_actor_needs_no_signature(house: House) -> None:
    answer = await house.call("GET", "/ap/actor", headers=AP)
    assert answer.status == 200
    assert answer.body["type"] == "Application"
    assert answer.body["publicKey"]["owner"] == answer.body["id"] == f"{house.origin}/ap/actor"
    await house.set_mode(Mode.CLOSED)
    assert (await house.call("GET", "/ap/actor", headers=AP)).status == 404


async def test_the_outbox_lists_what_is_public_page_by_page(house: House) -> None:
    alice, press = await house.person("alice"), await house.outgoing("press")
    for number in range(21):
        await press.say(f"number {number}")
    await press.say("@partners hush")
    await press.say("@internal hush hush")
    boosted = await (await house.outgoing("other")).say("repeat me")
    await press.post(f"/api/v1/statuses/{boosted['id']}/reblog")
    await alice.post(f"/api/v1/statuses/{boosted['id']}/reblog")
    await house.set_mode(Mode.OPEN)
    outbox = (await house.call("GET", f"{press.account.uri}/outbox", headers=AP)).body
    assert outbox["totalItems"] == 22
    items: list[Any] = []
    page = outbox["first"]
    while page:
        body = (await house.call("GET", page, headers=AP)).body
        items += body["orderedItems"]
        page = body.get("next")
    assert [item["type"] for item in items] == ["Announce"] + ["Create"] * 21
    assert items[0]["object"] == boosted["uri"]
    assert "hush" not in str(items)
    assert (await house.call("GET", items[0]["id"], headers=AP)).body["type"] == "Announce"
    activity = await house.call("GET", items[1]["id"], headers=AP)
    assert activity.body["type"] == "Create"
    odd = await house.call("GET", f"{press.account.uri}/outbox?page=zzz", headers=AP)
    assert odd.status == 401  # what is not there, unsigned


async def test_follow_lists_are_numbers_that_count_nobody_inside(house: House) -> None:
    alice, press = await house.person("alice"), await house.outgoing("press")
    await alice.post(f"/api/v1/accounts/{press.account.id}/follow")
    bob = await neighbour(house, "globex")
    await house.allow(bob.host)
    await bob.follows(press.account.id)
    answer = await bob.get(f"{press.account.uri}/followers")
    assert answer.body["totalItems"] == 1
    assert "first" not in answer.body


async def test_what_was_public_and_is_deleted_is_gone_and_the_rest_was_never_there(
    house: House,
) -> None:
    alice, press = await house.person("alice"), await house.outgoing("press")
    bob = await neighbour(house, "globex")
    await house.allow(bob.host)
    public, internal = await press.say("bye"), await alice.say("bye inside")
    assert (await bob.get(public["uri"])).status == 200
    for person, status in ((press, public), (alice, internal)):
        assert (await person.call("DELETE", f"/api/v1/statuses/{status['id']}")).status == 200
    assert (await bob.get(public["uri"])).status == 410
    assert same(await bob.get(internal["uri"]), await bob.get(ABSENT))


async def test_caches_keep_only_what_anybody_may_read(house: House) -> None:
    paths, known = await town(house)
    await house.set_mode(Mode.OPEN)
    signed = await known["partner"].get(paths["public"])
    unsigned = await house.call("GET", paths["public"], headers=AP)
    assert signed.headers["Cache-Control"] == "private, no-store"
    assert unsigned.headers["Cache-Control"] == "public, max-age=60"
    for answer in (signed, unsigned):
        assert answer.headers["Vary"] == "Accept, Signature"
        assert answer.headers["Content-Type"].startswith("application/activity+json")


async def test_each_answer_is_on_record_and_each_disclosure_too(house: House) -> None:
    paths, known = await town(house)
    partner = known["partner"]
    await partner.get(paths["public"])
    await partner.get(paths["internal"])
    await known["blocked"].get(paths["public"])

    async def recorded() -> list[Any]:
        rows = await house.fetch("SELECT host, allow, rule FROM decisions WHERE door = 'fetch'")
        return rows if len(rows) == 3 else []

    rules = {(row["host"], row["rule"]) for row in await until(recorded)}
    assert rules == {
        (partner.host, "allowed"),
        (partner.host, "internal"),
        (known["blocked"].host, "peer_blocked"),
    }
    shown = await house.fetch("SELECT object_uri, host FROM disclosures WHERE way = 'fetch'")
    assert shown == [{"object_uri": house.origin + paths["public"], "host": partner.host}]


async def test_a_suspended_signer_reads_nothing(house: House) -> None:
    paths, known = await town(house)
    async with house.db.transaction() as conn:
        await conn.execute(
            "UPDATE accounts SET suspended_at = created_at WHERE id = $1",
            known["partner"].account_id,
        )
    assert (await known["partner"].get(paths["public"])).status == 403
    assert (await known["listed"].get(paths["public"])).status == 200


async def test_documents_are_read_with_a_login_that_cannot_read_posts(house: House) -> None:
    async with house.served.parts.outside.reading() as conn:
        assert await conn.fetchval("SELECT count(*) FROM outside.statuses") == 0
        for table in ("statuses", "accounts", "media", "tokens", "decisions", "disclosures"):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await conn.fetch(f"SELECT * FROM public.{table}")


ODD = [
    "/ap/actors/%00",
    "/ap/actors/%ff%fe",
    "/ap/actors/" + "a" * 3000,
    "/ap/objects/a/b/c",
    f"/ap/objects/{ids.token()}/activity",
    "/ap/actor/outbox?page=%00",
    "/@%00",
    "/@a/99999999999999999999",
    "/@a/1%00",
    "/@a@b.example",
    "/@a/b/c",
    "/tags/%00",
    "/tags/%F0%9F%98%80",
    "/.well-known/webfinger?resource=%00",
    "/.well-known/webfinger?resource=acct:%ff@%ff",
    "/.well-known/webfinger?resource=https://[",
    "/nodeinfo/9.9",
    "/app/..%2f..%2fconfig",
    "/app/assets/none.js",
    "/?before=x",
]


async def test_no_path_breaks_us(house: House) -> None:
    for path in ODD:
        for accept in ("application/activity+json", "text/html;q=x", ",;,;"):
            plain = {"Accept": accept}
            odd = {"Signature": 'keyId="http://[",signature="=",headers="("', **plain}
            for headers in (plain, odd):
                answer = await house.call("GET", path, headers=headers)
                assert answer.status < 500, (path, headers)


async def test_bytes_that_are_no_address_break_nothing(house: House) -> None:
    signature = b'Signature: keyId="http://x.localhost/k",headers="(request-target) host date"'
    for path in (b"/ap/objects/\xc3\xa9", b"/ap/objects/\xff", b"/@\xed\xa0\x80"):
        reader, writer = await asyncio.open_connection("127.0.0.1", house.served.port)
        writer.write(b"GET " + path + b" HTTP/1.1\r\nHost: x\r\nDate: x\r\nConnection: close\r\n")
        writer.write(signature + b',signature="YWFhYWFhYWFhYWFhYWFhYQ=="\r\n\r\n')
        line = await reader.readline()
        writer.close()
        assert line.split()[1].startswith(b"4"), (path, line)
