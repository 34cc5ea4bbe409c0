"""The door asks its questions in one order, and what arrives out of order does no harm."""

import asyncio
from typing import Any

import orjson

from fedi import clock
from fedi.activitypub import signatures
from fedi.activitypub.vocab import ACTIVITYSTREAMS, PUBLIC
from fedi.inbox import receive
from fedi.model.peer import Peer, Trust
from fedi.policy.admit import Admitted
from fedi.store import accounts, inbound, peers
from tests.wire.world import KEYS, World

ANA = "https://m.partner.example/users/ana"
GUS = "https://g.partner.example/users/gus"
NOTE = f"{ANA}/statuses/1"
PRESS = "https://fedi.example/ap/actors/press-01"


def activity(kind: str, about: Any, *, by: str = ANA, number: int = 1) -> bytes:
    return orjson.dumps(
        {
            "@context": ACTIVITYSTREAMS,
            "id": f"{by}#{kind}-{number}",
            "type": kind,
            "actor": by,
            "object": about,
            "to": [PUBLIC],
            "cc": [PRESS],
        }
    )


def note(uri: str = NOTE, **more: Any) -> dict[str, Any]:
    return {
        "id": uri,
        "type": "Note",
        "attributedTo": ANA,
        "content": "<p>hello</p>",
        "published": "2026-11-20T09:00:00Z",
        "to": [PUBLIC],
        "cc": [PRESS],
        **more,
    }


async def stored(world: World, uri: str = NOTE) -> bool:
    return await world.row("SELECT 1 FROM statuses WHERE uri = $1", uri) is not None


async def test_a_server_that_is_not_listed_is_refused_before_anything_is_fetched_for_it(
    world: World,
) -> None:
    evil = "https://evil.example/users/mallory"
    assert await world.post(b"not even JSON", signer=evil) == 403
    assert world.elsewhere.asked == []
    # The control: the same bytes of a listed server get as far as the parser.
    await world.know(ANA)
    assert await world.post(b"not even JSON", signer=ANA) == 400


async def test_every_answer_of_the_door_is_recorded_with_its_rule(world: World) -> None:
    await world.know(ANA)
    await world.post(b"{}", signer="https://evil.example/users/mallory")
    await world.post(activity("Create", note()), signer=ANA)
    async with world.db.reading() as conn:
        rows = await conn.fetch("SELECT host, allow, rule FROM decisions WHERE door = 'admit'")
    assert {tuple(row) for row in rows} == {
        ("evil.example", False, "peer_not_allowed"),
        ("m.partner.example", True, "allowed"),
    }


async def test_strangers_cannot_fill_the_disk_with_refusals(world: World) -> None:
    for _ in range(50):
        await world.post(b"{}", signer="https://evil.example/users/mallory")
    row = await world.row("SELECT count(*) AS n FROM decisions WHERE host = 'evil.example'")
    assert row["n"] == 30


async def test_a_peer_that_was_removed_is_refused_within_seconds_and_its_queue_dropped(
    world: World,
) -> None:
    """L-7."""
    await world.know(ANA)
    async with world.db.transaction() as conn:
        body = activity("Create", note())
        row = Admitted("m.partner.example", ANA, "x", "Create", NOTE, body)
        await inbound.append(conn, [row], at=clock.now())
        await peers.remove(conn, "m.partner.example")
    await world.applier.settled()
    assert not await stored(world)
    await world.intake.doorkeeper._look()
    assert await world.post(activity("Create", note()), signer=ANA) == 403


async def test_a_blocked_secondary_host_is_answered_202_and_dropped(world: World) -> None:
    """P-6.  The control: an unknown parent that nobody blocked is no reason to drop a post."""
    await world.know(ANA)
    async with world.db.transaction() as conn:
        await peers.put(conn, Peer(domain="bad.example", trust=Trust.BLOCKED), at=clock.now())
    await world.intake.doorkeeper._look()
    answers_bad = note(inReplyTo="https://bad.example/1")
    assert await world.post(activity("Create", answers_bad), signer=ANA) == 202
    assert not await stored(world)
    other = note(f"{ANA}/statuses/2", inReplyTo="https://unlisted.example/1")
    assert await world.post(activity("Create", other, number=2), signer=ANA) == 202
    assert await stored(world, f"{ANA}/statuses/2")


async def test_a_suspended_sender_may_only_take_things_back(world: World) -> None:
    """P-7."""
    await world.know(ANA)
    assert await world.post(activity("Create", note()), signer=ANA) == 202
    async with world.db.transaction() as conn:
        await conn.execute("UPDATE accounts SET suspended_at = $2 WHERE uri = $1", ANA, clock.now())
    world.intake.signers.forget()
    second = note(f"{ANA}/statuses/2")
    assert await world.post(activity("Create", second, number=2), signer=ANA) == 403
    assert await world.post(activity("Delete", NOTE), signer=ANA) == 202
    assert not await stored(world)


async def test_a_create_after_its_delete_stays_away(world: World) -> None:
    """X-6.  The control: a Delete by somebody else of that server hides nothing."""
    eve = "https://m.partner.example/users/eve"
    await world.know(ANA)
    await world.know(eve)
    assert await world.post(activity("Delete", NOTE), signer=ANA) == 202
    assert await world.post(activity("Create", note()), signer=ANA) == 202
    assert not await stored(world)
    second = f"{ANA}/statuses/2"
    assert await world.post(activity("Delete", second, by=eve), signer=eve) == 202
    assert await world.post(activity("Create", note(second), number=2), signer=ANA) == 202
    assert await stored(world, second)


async def test_an_undo_that_overtakes_its_like_wins(world: World) -> None:
    await world.know(ANA)
    like = {"id": f"{ANA}#Like-1", "type": "Like", "actor": ANA, "object": world.posts["p1"]}
    assert await world.post(activity("Undo", like), signer=ANA) == 202
    assert await world.post(activity("Like", world.posts["p1"]), signer=ANA) == 202
    assert await world.row("SELECT 1 FROM favourites") is None
    assert await world.post(activity("Like", world.posts["p1"], number=2), signer=ANA) == 202
    assert await world.row("SELECT 1 FROM favourites") is not None


async def test_a_late_create_after_its_update_is_no_second_post(world: World) -> None:
    await world.know(ANA)
    changed = note(content="<p>new</p>", updated="2026-11-20T09:10:00Z")
    assert await world.post(activity("Update", changed), signer=ANA) == 202
    assert await world.post(activity("Create", note()), signer=ANA) == 202
    assert (await world.status(NOTE)).content == "<p>new</p>"


async def test_a_follow_of_a_locked_account_waits_and_an_internal_one_is_silent(
    world: World,
) -> None:
    await world.know(ANA)
    for number, name in enumerate(("press", "sales", "dana")):
        followed = world.accounts[name].uri
        body = activity("Follow", followed, number=number)
        assert await world.post(body, signer=ANA) == 202
    async with world.db.reading() as conn:
        rows = await conn.fetch("SELECT followed_id, accepted FROM follows")
        letters = await conn.fetch("SELECT type, actor_id FROM outbound")
    assert {tuple(row) for row in rows} == {
        (world.accounts["press"].id, True),
        (world.accounts["sales"].id, False),
    }
    assert [tuple(row) for row in letters] == [("Accept", world.accounts["press"].id)]


async def test_an_unknown_sender_is_fetched_once_and_becomes_an_account(world: World) -> None:
    assert await world.post(activity("Like", world.posts["p1"]), signer=ANA) == 202
    assert await world.post(activity("Like", world.posts["q1"], number=2), signer=ANA) == 202
    asked = [url for url in world.elsewhere.asked if "webfinger" not in url]
    assert asked == [ANA]
    async with world.db.reading() as conn:
        account = await accounts.find_by_uri(conn, ANA)
    assert account is not None
    assert account.acct == "ana@m.partner.example"
    assert await world.row("SELECT 1 FROM seen_keys") is None


async def test_what_comes_while_a_key_is_being_fetched_waits_for_it(world: World) -> None:
    """Many servers send a burst at first contact and do not try again after a 401."""
    burst = [world.post(activity("Like", NOTE, number=one), signer=ANA) for one in range(6)]
    assert await asyncio.gather(*burst) == [202] * 6
    assert world.elsewhere.asked.count(ANA) == 1


async def test_a_key_behind_a_path_is_found_through_its_stub(world: World) -> None:
    """A-1: GoToSocial."""
    body = activity("Like", world.posts["p1"], by=GUS)
    assert await world.post(body, signer=GUS) == 202
    assert await world.row("SELECT 1 FROM favourites") is not None


async def test_an_unknown_actor_that_deletes_itself_costs_no_fetch(world: World) -> None:
    """S-17.  The control: anything else of an unknown actor does."""
    body = activity("Delete", ANA)
    assert await world.post(body, signer=ANA) == 202
    assert world.elsewhere.asked == []
    assert await world.post(activity("Like", world.posts["p1"]), signer=ANA) == 202
    assert world.elsewhere.asked != []


async def test_a_compressed_or_mislabelled_body_is_not_read(world: World) -> None:
    await world.know(ANA)
    body = activity("Create", note())
    for headers in ({"Content-Encoding": "gzip"}, {"Content-Type": "text/html"}):
        assert await world.post(body, signer=ANA, headers=headers) == 415


async def test_a_client_that_leaves_early_cancels_nothing(world: World) -> None:
    await world.know(ANA)
    body = activity("Create", note())
    signed = signatures.sign_post(
        f"{ANA}#main-key",
        KEYS["peer"]["private"],
        f"{world.settings.origin}/inbox",
        body,
        now=clock.now(),
    )
    lines = [f"{name}: {value}" for name, value in signed.items()]
    head = "\r\n".join(["POST /inbox HTTP/1.1", *lines, f"Content-Length: {len(body)}", "", ""])
    host, _, port = world.base.removeprefix("http://").partition(":")
    _, writer = await asyncio.open_connection(host, int(port))
    writer.write(head.encode() + body)
    await writer.drain()
    writer.transport.abort()
    async with asyncio.timeout(5):
        while not await stored(world):
            await world.applier.settled()
            await asyncio.sleep(0.01)


async def test_one_row_that_cannot_be_stored_does_not_take_its_batch_along(world: World) -> None:
    good = Admitted("m.partner.example", ANA, "good", "Like", "", b"{}")
    bad = Admitted("m.partner.example", ANA, "bad\x00", "Like", "", b"{}")
    kept = await asyncio.gather(
        world.intake.keep(good, None), world.intake.keep(bad, None), return_exceptions=True
    )
    assert [type(one).__name__ for one in kept] == ["NoneType", "Unavailable"]
    assert (await world.row("SELECT activity_id FROM inbound"))["activity_id"] == "good"


async def test_what_raises_is_tried_five_times_and_then_lies_among_the_dead_letters(
    world: World,
) -> None:
    await world.know(ANA)
    async with world.db.transaction() as conn:
        unreadable = Admitted("m.partner.example", ANA, "x", "Like", "", b"not JSON")
        await inbound.append(conn, [unreadable], at=clock.now())
        fine = Admitted("m.partner.example", ANA, "y", "Create", NOTE, activity("Create", note()))
        await inbound.append(conn, [fine], at=clock.now())
    for _ in range(5):
        async with world.db.transaction() as conn:
            await conn.execute("UPDATE inbound SET due_at = $1", clock.now())
        await world.applier.settled()
    dead = await world.row("SELECT way, attempts, reason FROM dead_letters")
    assert (dead["way"], dead["attempts"]) == ("inbound", 5)
    assert dead["reason"].startswith("Malformed at ")
    assert await world.row("SELECT 1 FROM inbound") is None
    assert await stored(world)


async def test_posts_of_one_moment_are_all_kept(world: World) -> None:
    """A moment has few ids to give; running out of them must lose nothing."""
    await world.know(ANA)
    old = "2020-01-01T00:00:00Z"
    async with world.db.transaction() as conn:
        rows = []
        for number in range(2_300):
            uri = f"{ANA}/statuses/{number}"
            body = activity("Create", note(uri, published=old), number=number)
            rows.append(Admitted("m.partner.example", ANA, uri, "Create", uri, body))
        await inbound.append(conn, rows, at=clock.now())
    while await world.applier.round():
        pass
    row = await world.row("SELECT count(*) AS n FROM statuses WHERE NOT local")
    assert row["n"] == 2_300


async def test_too_many_requests_of_one_server_are_told_to_wait(world: World) -> None:
    await world.know(ANA)
    world.intake._limits = True
    world.intake._of_host["m.partner.example"] = 3_000
    assert await world.post(activity("Create", note()), signer=ANA) == 429
    await world.know(GUS)
    assert await world.post(activity("Like", world.posts["p1"], by=GUS), signer=GUS) == 202
    assert receive.MAX_BODY == 1 << 20
