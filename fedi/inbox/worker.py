"""Apply what was kept: batches through the handlers, each batch one transaction.

What names strangers waits until they are brought home (network, no transaction); that everything
may overtake everything is the handlers' business (X-6).  What raises is tried alone, then later,
and after five attempts lies among the dead letters.

Spec:   federation.md P-7 to P-10, X-6, L-7.
Writes: whatever the handlers write; inbound, handled, dead_letters, accounts.
"""

import asyncio
import logging
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from itertools import groupby

from fedi import clock
from fedi.actions import arrivals, resolve
from fedi.activitypub import strict_json, vocab
from fedi.activitypub.shapes import read_actor
from fedi.activitypub.vocab import Activity
from fedi.config import Settings
from fedi.errors import Malformed, where
from fedi.inbox.handlers import HANDLERS, UNDOABLE, Arrived
from fedi.inbox.needs import Needs, needs_of
from fedi.model.account import Account
from fedi.net import Client
from fedi.policy import admit
from fedi.policy.admit import Incoming
from fedi.store import Conn, Database, accounts, courier, inbound, peers, seen_keys
from fedi.store.inbound import Waiting
from fedi.store.outside import Site

BATCH = 200
POLL = 1.0  # seconds: a lost wake-up delays, and never loses
BACK_OFF = (1, 30, 300, 1800)  # seconds after the first, second … attempt that raised
LEASE = timedelta(minutes=10)  # how long bringing home may take before others may try
ERRANDS = 100  # activities whose strangers are being brought home at once
BUSY = timedelta(seconds=5)  # until there is room for another errand

log = logging.getLogger("fedi.inbox")


@dataclass(frozen=True, slots=True)
class _Read:
    """A row with what its bytes say."""

    row: Waiting
    activity: Activity


class Applier:
    """One per process; any number of processes share the work."""

    def __init__(self, db: Database, settings: Settings, client: Client) -> None:
        self._db, self._settings, self._client = db, settings, client
        self._site = Site(settings.origin, settings.domain)
        self._wake = asyncio.Event()
        self._errands: set[asyncio.Task[None]] = set()

    def wake(self) -> None:
        self._wake.set()

    async def run(self, stopping: asyncio.Event) -> None:
        try:
            while not stopping.is_set():
                self._wake.clear()
                if await self.round() < BATCH:
                    with suppress(TimeoutError):
                        await asyncio.wait_for(self._wake.wait(), POLL)
        finally:
            for errand in self._errands:
                errand.cancel()

    async def round(self) -> int:
        """Take one batch as far as it goes without network.  How many rows were due."""
        batch: list[Waiting] = []
        try:
            async with self._db.transaction() as conn:
                batch = await inbound.due(conn, now=clock.now(), limit=BATCH)
                needs = await self._apply(conn, batch, fetch=True)
        except Exception as error:
            log.warning("a batch is taken apart: %s", where(error))
            await self._one_by_one(batch)
        else:
            for waiting, need in needs:
                self._send(waiting, need)
        return len(batch)

    async def settled(self) -> None:
        """Wait until nothing is due and no errand is under way."""
        while await self.round() or self._errands:
            if self._errands:
                await asyncio.wait(set(self._errands))

    async def _one_by_one(self, batch: Sequence[Waiting]) -> None:
        """One that raises must not hold up the others of its batch."""
        for waiting in batch:
            await self._alone(waiting)

    async def _alone(self, waiting: Waiting) -> None:
        try:
            async with self._db.transaction() as conn:
                await self._apply(conn, await inbound.again(conn, [waiting.id]), fetch=False)
        except Exception as error:
            log.error("an activity could not be applied: %s", where(error))  # noqa: TRY400 - no text
            await self._fail(waiting, where(error))

    async def _fail(self, waiting: Waiting, reason: str) -> None:
        now = clock.now()
        async with self._db.transaction() as conn:
            if waiting.attempts >= len(BACK_OFF):
                await inbound.bury(conn, waiting, reason=reason, at=now)
                return
            delay = timedelta(seconds=BACK_OFF[waiting.attempts])
            await inbound.failed(conn, waiting, due_at=now + delay)

    def _send(self, waiting: Waiting, need: Needs) -> None:
        task = asyncio.create_task(self._bring_home(waiting, need), name="inbox errand")
        self._errands.add(task)
        task.add_done_callback(self._errands.discard)

    async def _bring_home(self, waiting: Waiting, need: Needs) -> None:
        try:
            trip = await resolve.errand(self._db, self._client, self._settings)
            await resolve.bring(trip, actors=need.actors, posts=need.posts)
        except Exception as error:
            log.warning("strangers could not be brought home: %s", where(error))
        await self._alone(waiting)

    async def _apply(
        self, conn: Conn, batch: Sequence[Waiting], *, fetch: bool
    ) -> list[tuple[Waiting, Needs]]:
        """Apply and delete what can be applied; returned is what must be fetched for first."""
        read = await self._readable(conn, batch)
        senders = await _senders(conn, [one.row.signer for one in read])
        away: dict[int, tuple[Waiting, Needs]] = {}
        if fetch:
            needs = await needs_of(conn, self._site, [one.activity for one in read], senders)
            away = {one.row.id: (one.row, needs[at]) for at, one in enumerate(read) if needs[at]}
        here = [one for one in read if one.row.id not in away]
        await self._handle(conn, here, senders)
        await courier.revive(conn, {one.row.host for one in read})
        await inbound.done(conn, [row.id for row in batch if row.id not in away])
        return await self._put_aside(conn, list(away.values()))

    async def _readable(self, conn: Conn, batch: Sequence[Waiting]) -> list[_Read]:
        """Those whose server may still talk to us (L-7): it may have been shut out meanwhile."""
        directory, now = await peers.directory(conn), clock.now()
        return [
            _Read(row, vocab.read_activity(strict_json.parse(row.body), signer=row.signer))
            for row in batch
            if admit.host(directory.standing(row.host, now)).allow
        ]

    async def _put_aside(
        self, conn: Conn, away: list[tuple[Waiting, Needs]]
    ) -> list[tuple[Waiting, Needs]]:
        """Nobody else takes them while they are under way; those without room come again."""
        if not away:
            return []
        now, room = clock.now(), max(0, ERRANDS - len(self._errands))
        await inbound.postpone(conn, [row.id for row, _ in away[:room]], until=now + LEASE)
        await inbound.postpone(conn, [row.id for row, _ in away[room:]], until=now + BUSY)
        return away[:room]

    async def _handle(self, conn: Conn, read: Sequence[_Read], senders: dict[str, Account]) -> None:
        """Once each (P-8), in the order of arrival, run by run of one type."""
        pairs = [(one.row.signer, one.activity.id) for one in read]
        new = await inbound.unhandled(conn, pairs, at=clock.now()) if pairs else set()
        todo = []
        for one, pair in zip(read, pairs, strict=True):
            sender = senders.get(one.row.signer)
            if pair not in new or sender is None or not _admitted(one.activity, sender):
                continue
            new.discard(pair)
            todo.append(Arrived(sender, one.activity, one.row.received_at))
        for kind, run in groupby(todo, key=lambda arrived: arrived.activity.type):
            if kind in HANDLERS:
                await HANDLERS[kind](conn, self._site, await _standing(conn, kind, list(run)))


def _admitted(activity: Activity, sender: Account) -> bool:
    """P-7, again: the sender may have been suspended since it came in."""
    return admit.activity(Incoming(activity.type, sender.suspended_at is not None)).allow


async def _standing(conn: Conn, kind: str, run: list[Arrived]) -> list[Arrived]:
    """Without those that were undone before they came."""
    if kind not in UNDOABLE:
        return run
    pairs = [(one.sender.uri, one.activity.id) for one in run]
    undone = await inbound.undone(conn, pairs, now=clock.now())
    return [one for one in run if (one.sender.uri, one.activity.id) not in undone]


async def _senders(conn: Conn, signers: Sequence[str]) -> dict[str, Account]:
    """Their accounts, made of the documents that the door fetched where they are new."""
    if not signers:
        return {}
    for uri, seen in (await seen_keys.of_actors(conn, sorted(set(signers)))).items():
        with suppress(Malformed):
            actor = read_actor(seen.document)
            await arrivals.save_actor(conn, actor, seen.handle_host, at=seen.fetched_at)
        await seen_keys.drop(conn, [uri])
    return {u: a for u, a in (await accounts.by_uris(conn, signers)).items() if not a.is_local}
