"""Keep what was let in: rows of many requests in one commit, and the answer only after it.

Writes: inbound, seen_keys, decisions.
"""

import asyncio
import logging
from collections import Counter, deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import TypeVar

from fedi import clock
from fedi.auth.signer import Signers
from fedi.config import Settings
from fedi.errors import TooMany, Unavailable, where
from fedi.inbox.doorkeeper import Doorkeeper
from fedi.model.decision import Decision
from fedi.policy.admit import Admitted
from fedi.store import Conn, Database, decisions, inbound, seen_keys
from fedi.store.seen_keys import SeenKey

GATHER = 0.002  # seconds
BATCH = 200  # rows in one commit
FLUSHERS = 2
REFUSALS_A_HOST, REFUSALS_A_MINUTE = 30, 600  # recorded; strangers cannot fill the disk
REQUESTS, WINDOW = 3_000, 300  # of one signing host, in so many seconds
REPLAYS = 100_000  # signatures remembered at least, for at most two hours
REPLAY_HALF = 3_600  # seconds

log = logging.getLogger("fedi.inbox")


@dataclass(slots=True)
class _Row:
    admitted: Admitted
    seen: SeenKey | None
    kept: asyncio.Future[None]


class Intake:
    """One per process.  `on_stored` is called after each commit that kept something."""

    def __init__(self, db: Database, settings: Settings, signers: Signers) -> None:
        self._db, self.signers = db, signers
        self.doorkeeper = Doorkeeper(db, settings, self._policy_changed)
        self.on_stored: Callable[[], None] | None = None
        self._rows: deque[_Row] = deque()
        self._refusals: deque[Decision] = deque()
        self._arrived = asyncio.Event()
        self._closing = False
        self._flushers: list[asyncio.Task[None]] = []
        self._limiters: list[asyncio.Task[None]] = []
        self._limits = settings.rate_limits
        self._of_host: Counter[str] = Counter()
        self._refused: Counter[str] = Counter()
        self._recent: set[bytes] = set()
        self._older: set[bytes] = set()

    async def start(self) -> None:
        await self.doorkeeper.start()
        for _ in range(FLUSHERS):
            self._flushers.append(asyncio.create_task(self._flush(), name="intake"))
        for every, forget in (
            (60, self._refused.clear),
            (WINDOW, self._of_host.clear),
            (REPLAY_HALF, self._age_replays),
        ):
            self._limiters.append(asyncio.create_task(_each(every, forget), name="intake limits"))

    async def stop(self) -> None:
        """Keep what waits, then end."""
        self._closing = True
        self._arrived.set()
        await asyncio.gather(*self._flushers)
        for task in self._limiters:
            task.cancel()
        await asyncio.gather(*self._limiters, return_exceptions=True)
        await self.doorkeeper.stop()

    async def keep(self, admitted: Admitted, seen: SeenKey | None) -> None:
        """Return once it is on disk.  Raises Unavailable when it could not be kept.

        A caller that goes away meanwhile cancels nothing: the row stays in the queue.
        """
        row = _Row(admitted, seen, asyncio.get_running_loop().create_future())
        self._rows.append(row)
        self._arrived.set()
        await asyncio.shield(row.kept)

    def refused(self, decision: Decision) -> None:
        """Record it soon, unless this host or all strangers were refused too often of late."""
        host = decision.host or ""
        if self._refused[host] >= REFUSALS_A_HOST or self._refused.total() >= REFUSALS_A_MINUTE:
            return
        self._refused[host] += 1
        self._refusals.append(decision)
        self._arrived.set()

    def check_rate(self, host: str) -> None:
        """Raises TooMany.  Asked before the signature is checked, counted after."""
        if self._limits and self._of_host[host] >= REQUESTS:
            raise TooMany(WINDOW)

    def count(self, host: str) -> None:
        self._of_host[host] += 1

    def is_replay(self, signature: bytes) -> bool:
        """S-4: whether this very signature was accepted before."""
        return signature in self._recent or signature in self._older

    def remember(self, signature: bytes) -> None:
        self._recent.add(signature)
        if len(self._recent) >= REPLAYS:
            self._age_replays()

    def _age_replays(self) -> None:
        self._older, self._recent = self._recent, set()

    def _policy_changed(self) -> None:
        self.signers.forget()

    async def _flush(self) -> None:
        while not self._closing or self._rows:
            if not self._closing:
                await self._arrived.wait()
            self._arrived.clear()
            try:
                await self._drain()
            except Exception as error:
                log.error("nothing can be kept: %s", where(error))  # noqa: TRY400 - no text
                _settle(_taken(self._rows), Unavailable())

    async def _drain(self) -> None:
        """One connection for as long as there is something to keep."""
        async with self._db.reading() as conn:
            while self._rows or self._refusals:
                if len(self._rows) < BATCH:
                    await asyncio.sleep(GATHER)
                await self._commit_or_split(conn, _taken(self._rows), _taken(self._refusals))

    async def _commit_or_split(
        self, conn: Conn, rows: list[_Row], refusals: list[Decision]
    ) -> None:
        """A row that cannot be stored must not take the others of its batch along."""
        try:
            await self._commit(conn, rows, refusals)
        except Exception as error:
            if len(rows) == 1:
                log.error("could not keep an activity: %s", where(error))  # noqa: TRY400 - no text
                _settle(rows, Unavailable())
                return
            for row in rows:
                await self._commit_or_split(conn, [row], [])
        else:
            self._stored(rows)

    async def _commit(self, conn: Conn, rows: list[_Row], refusals: list[Decision]) -> None:
        now = clock.now()
        admitted = [row.admitted for row in rows]
        seen = [row.seen for row in rows if row.seen]
        if admitted and not seen and not refusals:
            await inbound.append(conn, admitted, at=now)
            return
        async with conn.transaction():
            await seen_keys.append(conn, seen)
            await decisions.record(conn, refusals, at=now)
            await inbound.append(conn, admitted, at=now)

    def _stored(self, rows: Sequence[_Row]) -> None:
        for row in rows:
            if row.seen:
                self.signers.kept(row.seen)
        _settle(rows, None)
        if rows and self.on_stored:
            self.on_stored()


def _settle(rows: Sequence[_Row], error: Exception | None) -> None:
    for row in rows:
        if row.kept.done():
            continue
        if error is None:
            row.kept.set_result(None)
        else:
            row.kept.set_exception(error)


Item = TypeVar("Item")


def _taken(queue: deque[Item]) -> list[Item]:
    return [queue.popleft() for _ in range(min(BATCH, len(queue)))]


async def _each(seconds: float, deed: Callable[[], None]) -> None:
    with suppress(asyncio.CancelledError):
        while True:
            await asyncio.sleep(seconds)
            deed()
