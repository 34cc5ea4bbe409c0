"""What is queued arrives: signed, in order, once nothing went wrong, and never after it may not."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest
from aiohttp import web

from fedi import clock
from fedi.model.account import Account
from fedi.store import courier, dead_letters
from tests.outbox.office import Office, Peers, Received, killed, later

Answer = Callable[[Received], Awaitable[web.Response]]


@pytest.fixture
async def acme(office: Office, remote: Peers) -> Account:
    """Followed by somebody at Globex, a partner."""
    author = await office.author()
    await office.allow(remote.named("globex"))
    await office.follower(author, remote.named("globex"), "hank")
    return author


def saying(status: int, only: str = "", **headers: str) -> Answer:
    """Answer `status` to what contains `only`, and 202 to the rest."""

    async def answer(one: Received) -> web.Response:
        bad = only.encode() in one.body
        return web.Response(status=status if bad else 202, headers=headers if bad else {})

    return answer


async def test_what_arrives_is_signed_by_its_actor_and_byte_for_byte_what_was_queued(
    office: Office, remote: Peers, acme: Account
) -> None:
    await office.say(acme, "hello")
    await office.deliver()
    (letter,) = await office.rows("SELECT body FROM outbound")
    (got,) = remote.got
    assert got.signed
    assert got.body == letter["body"]
    assert await office.rows("SELECT FROM deliveries") == []
    (logged,) = await office.rows("SELECT host, inbox FROM delivery_log")
    assert logged["inbox"] == f"http://{remote.named('globex')}/inbox"
    (disclosed,) = await office.rows("SELECT host, way FROM disclosures")
    assert disclosed == {"host": remote.named("globex"), "way": "delivery"}


async def test_a_courier_hears_of_new_letters_without_waiting_for_its_next_look(
    office: Office, remote: Peers, acme: Account
) -> None:
    async with office.courier() as working:
        await asyncio.sleep(0.05)
        await office.say(acme, "hello")
        working.wake()
        await asyncio.sleep(0.4)
        assert len(remote.got) == 1


async def test_letters_about_one_object_arrive_in_order_and_another_object_passes_them(
    office: Office, remote: Peers, acme: Account
) -> None:
    first = await office.say(acme, "first")
    await office.edit(first, acme, "first, corrected")
    second = await office.say(acme, "second")
    remote.answer = saying(503, only=first.uri)
    await office.deliver()
    assert [(one.kind, one.thing) for one in remote.got if one.thing == first.uri] == [
        ("Create", first.uri)
    ]
    assert [one.kind for one in remote.got if one.thing == second.uri] == ["Create"]
    remote.got.clear()
    remote.answer = None
    later(minutes=2)
    await office.deliver()
    assert [(one.kind, one.thing) for one in remote.got] == [
        ("Create", first.uri),
        ("Update", first.uri),
    ]


async def test_an_object_that_fails_does_not_hold_up_thirty_others(
    office: Office, remote: Peers, acme: Account
) -> None:
    bad = await office.say(acme, "bad")
    others = {(await office.say(acme, f"good {n}")).uri for n in range(30)}
    remote.answer = saying(500, only=bad.uri)
    await office.deliver()
    (left,) = await office.rows("SELECT object_uri, error FROM deliveries")
    assert left == {"object_uri": bad.uri, "error": "status 500"}
    assert others < {one.thing for one in remote.got}


async def test_copies_of_one_letter_do_not_wait_for_each_other(
    office: Office, remote: Peers, acme: Account
) -> None:
    """Servers without a shared inbox get one copy for each follower."""
    await office.allow(remote.named("small"))
    for name in ("ann", "bob"):
        await office.follower(acme, remote.named("small"), name, inbox=f"/{name}")
    await office.say(acme, "hello")

    async def answer(one: Received) -> web.Response:
        return web.Response(status=500 if one.path == "/ann" else 202)

    remote.answer = answer
    await office.deliver()
    assert {one.path for one in remote.from_host(remote.named("small"))} == {"/ann", "/bob"}


async def test_at_most_four_are_in_flight_to_one_host(
    office: Office, remote: Peers, acme: Account
) -> None:
    for n in range(12):
        await office.say(acme, f"{n}")
    now, most = 0, 0

    async def answer(one: Received) -> web.Response:
        nonlocal now, most
        now += 1
        most = max(most, now)
        await asyncio.sleep(0.05)
        now -= 1
        return web.Response(status=202)

    remote.answer = answer
    await office.deliver()
    assert (len(remote.got), most) == (12, 4)


async def test_a_server_that_keeps_failing_is_left_alone_and_probed_after_half_an_hour(
    office: Office, remote: Peers, acme: Account
) -> None:
    remote.answer = saying(502)
    for n in range(12):
        await office.say(acme, f"{n}")
    await office.deliver()
    tried = len(remote.got)
    assert 5 <= tried <= 8  # five in a row, and what was in flight
    await office.say(acme, "one more")
    await office.deliver()
    assert len(remote.got) == tried
    later(minutes=31)
    await office.deliver()
    assert len(remote.got) == tried + 1  # one probe
    remote.answer = None
    later(minutes=31)
    await office.deliver()
    assert await office.rows("SELECT FROM deliveries WHERE attempts = 0") == []
    (host,) = await office.rows("SELECT fails, open_until FROM delivery_hosts")
    assert host == {"fails": 0, "open_until": None}


async def test_a_signed_request_from_a_server_closes_its_circuit(
    office: Office, remote: Peers, acme: Account
) -> None:
    remote.answer = saying(502)
    for n in range(6):
        await office.say(acme, f"{n}")
    await office.deliver()
    remote.answer = None
    remote.got.clear()
    await office.say(acme, "after")
    await office.deliver()
    assert remote.got == []
    async with office.db.transaction() as conn:
        await courier.revive(conn, [remote.named("globex")])
    await office.deliver()
    assert any(b"after" in one.body for one in remote.got)


async def test_after_seven_failing_days_what_waits_is_given_up_and_nothing_is_lost(
    office: Office, remote: Peers, acme: Account
) -> None:
    remote.answer = saying(502)
    for n in range(6):
        await office.say(acme, f"{n}")
    await office.deliver()
    later(days=7, minutes=1)
    await office.deliver()
    assert await office.rows("SELECT FROM deliveries") == []
    dead = await office.rows("SELECT reason FROM dead_letters")
    assert len(dead) == 6
    assert {one["reason"] for one in dead} == {"server dead: status 502"}
    remote.answer = None
    remote.got.clear()
    async with office.db.transaction() as conn:
        assert await dead_letters.retry(conn, None, now=clock.now()) == (0, 6)
    await office.deliver()
    assert len(remote.got) == 6


async def test_retry_after_is_obeyed(office: Office, remote: Peers, acme: Account) -> None:
    remote.answer = saying(503, **{"Retry-After": "3600"})
    await office.say(acme, "hello")
    before = clock.now()
    await office.deliver()
    (left,) = await office.rows("SELECT due_at, attempts FROM deliveries")
    assert left["attempts"] == 1
    assert timedelta(minutes=59) < left["due_at"] - before < timedelta(minutes=61)
    later(minutes=30)
    await office.deliver()
    assert len(remote.got) == 1
    later(minutes=31)
    remote.answer = None
    await office.deliver()
    assert len(remote.got) == 2
    assert all(one.signed for one in remote.got)  # each attempt with a Date of its own


async def test_without_retry_after_the_second_attempt_is_a_minute_later(
    office: Office, remote: Peers, acme: Account
) -> None:
    remote.answer = saying(503)
    await office.say(acme, "hello")
    before = clock.now()
    await office.deliver()
    (left,) = await office.rows("SELECT due_at FROM deliveries")
    assert timedelta(seconds=47) < left["due_at"] - before < timedelta(seconds=75)


async def test_what_a_server_refuses_for_good_is_a_dead_letter_with_the_reason(
    office: Office, remote: Peers, acme: Account
) -> None:
    remote.answer = saying(410)
    status = await office.say(acme, "hello")
    await office.deliver()
    assert await office.rows("SELECT FROM deliveries") == []
    async with office.db.reading() as conn:
        (letter,) = await dead_letters.listed(conn, None, limit=10)
        (peer,) = await dead_letters.overview(conn)
    assert (letter.reason, letter.attempts) == ("status 410", 1)
    assert (letter.activity, letter.object_uri) == ("Create", status.uri)
    assert (peer.host, peer.deliveries, peer.dead_letters) == (remote.named("globex"), 0, 1)


async def test_a_dead_letter_can_be_sent_again_or_dropped(
    office: Office, remote: Peers, acme: Account
) -> None:
    remote.answer = saying(410)
    await office.say(acme, "hello")
    await office.deliver()
    remote.answer = None
    async with office.db.transaction() as conn:
        assert await dead_letters.retry(conn, "other.example", now=clock.now()) == (0, 0)
        assert await dead_letters.drop(conn, "other.example") == 0
        assert await dead_letters.retry(conn, remote.named("globex"), now=clock.now()) == (0, 1)
    await office.deliver()
    assert len(remote.got) == 2
    remote.answer = saying(410)
    await office.say(acme, "again")
    await office.deliver()
    async with office.db.transaction() as conn:
        assert await dead_letters.drop(conn, None) == 1
        assert await dead_letters.listed(conn, None, limit=10) == []


async def test_a_refused_signature_is_tried_three_times(
    office: Office, remote: Peers, acme: Account
) -> None:
    remote.answer = saying(401)
    await office.say(acme, "hello")
    for _ in range(4):
        await office.deliver()
        later(hours=1)
    assert len(remote.got) == 3
    (dead,) = await office.rows("SELECT reason, attempts FROM dead_letters")
    assert dead == {"reason": "status 401", "attempts": 3}


async def test_an_inbox_with_a_query_is_signed_once_more_without_it(
    office: Office, remote: Peers
) -> None:
    """S-5.  The peers here verify both ways; this one refuses the first."""
    author = await office.author()
    await office.allow(remote.named("old"))
    await office.follower(author, remote.named("old"), "ann", inbox="/box?id=1")
    await office.say(author, "hello")

    async def answer(one: Received) -> web.Response:
        return web.Response(status=202 if len(remote.got) > 1 else 401)

    remote.answer = answer
    await office.deliver()
    assert [(one.path, one.signed) for one in remote.got] == [("/box?id=1", True)] * 2
    assert await office.rows("SELECT FROM deliveries") == []


async def test_what_a_killed_courier_held_is_delivered_by_another_when_its_lease_ends(
    office: Office, remote: Peers, acme: Account
) -> None:
    await office.say(acme, "hello")
    async with office.db.transaction() as conn:
        (held,) = await courier.claim(conn, now=clock.now(), most=10)
        assert len(held.waiting) == 1
    async with office.courier():
        await asyncio.sleep(0.2)
    assert remote.got == []
    later(seconds=61)
    await office.deliver()
    assert len(remote.got) == 1


async def test_a_courier_killed_while_the_peer_answers_only_causes_a_repeat(
    office: Office, remote: Peers, acme: Account
) -> None:
    await office.say(acme, "hello")
    arrived = asyncio.Event()

    async def answer(one: Received) -> web.Response:
        arrived.set()
        await asyncio.sleep(0.2)
        return web.Response(status=202)

    remote.answer = answer
    async with killed(office):
        await arrived.wait()
    later(seconds=61)
    await office.deliver()
    assert [one.body for one in remote.got] == [remote.got[0].body] * 2
    assert await office.rows("SELECT FROM deliveries") == []


async def test_two_couriers_deliver_everything_once(
    office: Office, remote: Peers, acme: Account
) -> None:
    for name in ("a", "b", "c", "d"):
        await office.allow(remote.named(name))
        await office.follower(acme, remote.named(name), "ann")
    for n in range(15):
        await office.say(acme, f"{n}")
    async with office.courier():
        await office.deliver()
    assert len(remote.got) == len({(one.host, one.body) for one in remote.got}) == 5 * 15


async def test_nothing_goes_to_a_peer_that_was_removed_after_it_was_queued(
    office: Office, remote: Peers, acme: Account
) -> None:
    await office.allow(remote.named("stays"))
    await office.follower(acme, remote.named("stays"), "ann")
    await office.say(acme, "hello")
    await office.remove_peer(remote.named("globex"))
    await office.deliver()
    assert [one.host for one in remote.got] == [remote.named("stays")]
    assert await office.rows("SELECT FROM deliveries") == []
    refused = await office.rows("SELECT host, rule FROM decisions WHERE NOT allow")
    assert refused == [{"host": remote.named("globex"), "rule": "peer_not_allowed"}]


async def test_a_pause_keeps_what_is_queued_and_lets_it_go_afterwards(
    office: Office, remote: Peers, acme: Account
) -> None:
    await office.say(acme, "hello")
    await office.allow(remote.named("globex"), paused=True)
    for _ in range(3):
        await office.deliver()
        later(minutes=1)
    assert remote.got == []
    assert await office.rows("SELECT attempts FROM deliveries") == [{"attempts": 0}]
    assert await office.rows("SELECT FROM decisions WHERE NOT allow") == []
    await office.allow(remote.named("globex"))
    await office.deliver()
    assert len(remote.got) == 1


async def test_nothing_is_sent_for_an_author_suspended_after_it_was_queued(
    office: Office, remote: Peers, acme: Account
) -> None:
    other = await office.author("support")
    await office.follower(other, remote.named("globex"), "ann")
    await office.say(acme, "from acme")
    await office.say(other, "from support")
    async with office.db.transaction() as conn:
        await conn.execute(
            "UPDATE accounts SET suspended_at = $2 WHERE id = $1", acme.id, clock.now()
        )
    await office.deliver()
    assert [b"from support" in one.body for one in remote.got] == [True]
    refused = await office.rows("SELECT rule FROM decisions WHERE NOT allow")
    assert refused == [{"rule": "author_inside_only"}]


async def test_a_status_narrowed_after_it_was_queued_is_not_sent(
    office: Office, remote: Peers, acme: Account
) -> None:
    status = await office.say(acme, "too much")
    await office.say(acme, "fine")
    async with office.db.transaction() as conn:
        await conn.execute("UPDATE statuses SET reach = 'partners' WHERE id = $1", status.id)
    await office.deliver()
    assert [b"fine" in one.body for one in remote.got] == [True]
    refused = await office.rows("SELECT rule FROM decisions WHERE NOT allow")
    assert refused == [{"rule": "withdrawn"}]


async def test_a_deleted_status_is_not_sent_and_its_delete_is(
    office: Office, remote: Peers, acme: Account
) -> None:
    """The first attempt failed, perhaps only in the answer: the peer may have it."""
    remote.answer = saying(503)
    status = await office.say(acme, "a mistake")
    await office.deliver()
    assert [one.kind for one in remote.got] == ["Create"]
    remote.answer = None
    remote.got.clear()
    await office.take_back(status, acme)
    later(minutes=2)
    await office.deliver()
    assert [one.kind for one in remote.got] == ["Delete"]
    assert await office.rows("SELECT FROM deliveries") == []


async def test_a_delete_follows_a_create_that_is_just_under_way(
    office: Office, remote: Peers, acme: Account
) -> None:
    arrived = asyncio.Event()

    async def answer(one: Received) -> web.Response:
        arrived.set()
        await asyncio.sleep(0.2)
        return web.Response(status=202)

    remote.answer = answer
    status = await office.say(acme, "a mistake")
    async with office.courier():
        await arrived.wait()
        await office.take_back(status, acme)
        await office.deliver()
    assert [one.kind for one in remote.got] == ["Create", "Delete"]
