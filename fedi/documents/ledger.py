"""Writes down what the pulling doors decided: soon, together, and never more than a disk can take.

Writes: decisions.
"""

import asyncio
import logging
from collections import Counter, deque
from contextlib import suppress

from fedi import clock
from fedi.errors import where
from fedi.model.decision import Decision
from fedi.store import Database, decisions

EVERY = 1.0  # seconds
WINDOW = 3600.0  # seconds
OF_ONE, OF_STRANGERS, OF_PEERS = 1_000, 2_000, 20_000  # recorded in a window

log = logging.getLogger("fedi.documents")


class Ledger:
    """One per process.  Beyond its limits decisions are counted, and the log says how many."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._waiting: deque[Decision] = deque()
        self._task: asyncio.Task[None] | None = None
        self._of: Counter[str | None] = Counter()
        self._groups: Counter[bool] = Counter()
        self._dropped = 0
        self._until = 0.0

    def start(self) -> None:
        self._task = asyncio.create_task(self._run(), name="ledger")

    async def stop(self) -> None:
        """Write what waits, then end."""
        if self._task:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task
        await self._flush()

    def note(self, decision: Decision, *, peer: bool) -> None:
        """`peer`: its host is on our list, so it cannot be one of thousands made for this."""
        self._turn_page()
        most = OF_PEERS if peer else OF_STRANGERS
        if self._of[decision.host] >= OF_ONE or self._groups[peer] >= most:
            self._dropped += 1
            return
        self._of[decision.host] += 1
        self._groups[peer] += 1
        self._waiting.append(decision)

    def _turn_page(self) -> None:
        now = asyncio.get_running_loop().time()
        if now < self._until:
            return
        if self._dropped:
            log.warning("%d decisions about fetches were not recorded: too many", self._dropped)
        self._of.clear()
        self._groups.clear()
        self._dropped, self._until = 0, now + WINDOW

    async def _run(self) -> None:
        while True:
            await asyncio.sleep(EVERY)
            try:
                await self._flush()
            except Exception as error:
                log.error("could not record decisions: %s", where(error))  # noqa: TRY400 - no text

    async def _flush(self) -> None:
        if not self._waiting:
            return
        batch = list(self._waiting)
        async with self._db.transaction() as conn:
            await decisions.record(conn, batch, at=clock.now())
        for _ in batch:
            self._waiting.popleft()
