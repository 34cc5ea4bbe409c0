"""kill -9 at any moment: what was answered with 2xx happens, once."""

import asyncio
from collections import Counter
from datetime import timedelta
from typing import Any

import aiohttp
import asyncpg

from fedi import clock
from tests.faults.neighbours import Neighbours
from tests.faults.served import Machine, Serve
from tests.house import until

HOSTS = ("swift", "steady", "slow")
ROUND = 6  # posts
SENDERS = 6


async def test_every_activity_that_was_accepted_is_applied_once_whenever_all_is_killed(
    machine: Machine, neighbours: Neighbours
) -> None:
    """Server and PostgreSQL die together, with requests under way and a batch half applied."""
    acme = machine.server()
    press = await _open(acme, neighbours)
    stream = _Stream(acme, neighbours, press)
    await stream.send_one()  # its key is known from now on
    sending = [asyncio.create_task(stream.send()) for _ in range(SENDERS)]
    await until(lambda: stream.has(60))
    blocker = await asyncpg.connect(acme.database_url())
    await _stop_writing(blocker, "notifications")  # no batch gets further than that
    accepted = len(stream.accepted)
    await until(lambda: stream.has(accepted + 60))
    unapplied = await blocker.fetchval("SELECT count(*) FROM inbound")
    await _stop_writing(blocker, "inbound")  # nothing can be kept, so nothing may be accepted
    await asyncio.sleep(0.3)
    await acme.kill(database_too=True)
    blocker.terminate()
    await asyncio.gather(*sending)

    assert unapplied >= 60, "the control: they were not applied yet"
    assert len(stream.unanswered) == SENDERS, "the control: requests were under way"
    await acme.start()
    await until(lambda: _nothing_waits(acme))
    mentions = await _mentions(acme)
    assert stream.accepted <= mentions.keys()
    for number in stream.unanswered:  # as any server would
        assert await neighbours.write(acme, "swift", press, number) == 202
    await until(lambda: _nothing_waits(acme))
    mentions = await _mentions(acme)
    assert mentions.keys() == stream.accepted | stream.unanswered
    assert set(mentions.values()) == {1}
    assert await acme.fetch("SELECT 1 FROM dead_letters") == []


async def test_every_post_is_delivered_to_every_host_and_held_ones_are_released(
    machine: Machine, neighbours: Neighbours
) -> None:
    acme = machine.server(FEDI_OUTBOX_HOLD="2")
    press = await _open(acme, neighbours)
    for name in HOSTS:
        await neighbours.follow(acme, name, press)
    neighbours.slow[neighbours.named("slow")] = 3.0
    posted = [(await acme.say(f"@public number {n}", who="acme"))["uri"] for n in range(ROUND)]
    await until(lambda: _reached(neighbours, "slow", posted, 1))
    held = [(await acme.say(f"@public late {n}", who="acme"))["uri"] for n in range(ROUND)]
    waiting = await acme.fetch("SELECT 1 FROM deliveries")
    holding = await acme.fetch("SELECT 1 FROM statuses WHERE release = 'held'")
    await acme.kill()

    assert waiting, "the control: the slow host had not answered for all"
    assert holding, "the control: some of the late ones had not left"
    neighbours.slow.clear()
    # A minute later, because the lease of a courier that died must run out first.
    await acme.start(FEDI_DEV_CLOCK=(clock.now() + timedelta(seconds=65)).isoformat())
    await until(lambda: _all_sent(acme), 15)
    for name in HOSTS:
        for uri in posted + held:
            activities = neighbours.got[neighbours.named(name)][uri]
            assert len(activities) == 1, "one id, however often it was sent"


async def _open(server: Serve, neighbours: Neighbours) -> str:
    """Start it, with all neighbours as partners; the id of its company."""
    await server.start()
    await server.company("acme", "alice")
    await server.fedi("peer", "allow", neighbours.domain, "--subdomains", "--trust", "partner")
    me = await server.get("/api/v1/accounts/verify_credentials", who="acme")
    return str(me["uri"])


class _Stream:
    """Sends posts one after the other until the server is gone."""

    def __init__(self, server: Serve, neighbours: Neighbours, to: str) -> None:
        self._server, self._neighbours, self._to = server, neighbours, to
        self._next = 0
        self.accepted: set[int] = set()
        self.unanswered: set[int] = set()

    async def send(self) -> None:
        while not self.unanswered:
            await self.send_one()

    async def send_one(self) -> None:
        self._next += 1
        number = self._next
        try:
            status = await self._neighbours.write(self._server, "swift", self._to, number)
        except aiohttp.ClientError:
            self.unanswered.add(number)
            return
        assert status == 202, self._server.log
        self.accepted.add(number)

    async def has(self, count: int) -> bool:
        return len(self.accepted) >= count


async def _stop_writing(conn: Any, table: str) -> None:
    """Whoever writes there waits, until `conn` ends."""
    if not conn.is_in_transaction():
        await conn.execute("BEGIN")
    await conn.execute(f"LOCK TABLE {table} IN SHARE MODE")


async def _nothing_waits(server: Serve) -> bool:
    return not await server.fetch("SELECT 1 FROM inbound")


async def _mentions(server: Serve) -> Counter[int]:
    """Which numbered posts the company was told of, and how often."""
    found: Counter[int] = Counter()
    path = "/api/v1/notifications?limit=80&types[]=mention"
    page = await server.get(path, who="acme")
    while page:
        found.update(int(one["status"]["uri"].rpartition("/")[2]) for one in page)
        page = await server.get(f"{path}&max_id={page[-1]['id']}", who="acme")
    return found


async def _reached(neighbours: Neighbours, name: str, uris: list[str], count: int) -> bool:
    got = neighbours.got[neighbours.named(name)]
    return len(got.keys() & set(uris)) >= count


async def _all_sent(server: Serve) -> bool:
    """Nothing is held, and nothing on its way."""
    return not await server.fetch(
        "SELECT 1 FROM deliveries UNION ALL SELECT 1 FROM statuses WHERE release = 'held'"
    )
