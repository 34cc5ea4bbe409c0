"""The loops that run beside the doors: inbox, courier, releases, housekeeping."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

from fedi import clock
from fedi.actions import pictures, statuses
from fedi.errors import where
from fedi.model.event import Event, Kind
from fedi.store import Database, blocks, dead_letters, housekeeping
from fedi.store import statuses as store
from fedi.store.outside import Site

RELEASE_EVERY = 0.5  # seconds
KEEP_HOUSE_EVERY = 600.0
BATCH = 50
KEEP = timedelta(days=30)  # of decisions and letters: what a dry run looks back on

log = logging.getLogger("fedi.worker")


class Loops:
    """Named tasks that never die quietly: what fails is logged without content and tried again."""

    def __init__(self) -> None:
        self._tasks: list[asyncio.Task[None]] = []
        self._wakes: list[Callable[[], None]] = []
        self.stopping = asyncio.Event()

    def start(
        self,
        name: str,
        body: Callable[[asyncio.Event], Awaitable[None]],
        wake: Callable[[], None] | None = None,
    ) -> None:
        """`wake` ends a rest of `body`, so that stopping need not wait for it."""
        self._wakes += [wake] if wake else []
        self._tasks.append(asyncio.create_task(self._again(name, body), name=name))

    async def stop(self, patience: float = 10) -> None:
        """Ask all to finish what they hold; after `patience` seconds they are interrupted."""
        self.stopping.set()
        for wake in self._wakes:
            wake()
        if self._tasks:
            _, late = await asyncio.wait(self._tasks, timeout=patience)
            for task in late:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _again(self, name: str, body: Callable[[asyncio.Event], Awaitable[None]]) -> None:
        while not self.stopping.is_set():
            try:
                await body(self.stopping)
            except Exception as error:
                log.error("%s: unexpected %s", name, where(error))  # noqa: TRY400 - no text
                await rest(self.stopping, 1)


async def rest(stopping: asyncio.Event, seconds: float) -> None:
    """Sleep, but not longer than the process lives."""
    with suppress(TimeoutError):
        await asyncio.wait_for(stopping.wait(), seconds)


def releases(db: Database, site: Site) -> Callable[[asyncio.Event], Awaitable[None]]:
    """Send what was held, when its time has come."""

    async def run(stopping: asyncio.Event) -> None:
        while not stopping.is_set():
            if not await release_due(db, site):
                await rest(stopping, RELEASE_EVERY)

    return run


async def release_due(db: Database, site: Site) -> int:
    """How many were released."""
    async with db.transaction() as conn:
        due = await store.claim_held(conn, now=clock.now(), limit=BATCH)
        for status in due:
            await statuses.release(conn, site, status)
    return len(due)


def keeps_house(db: Database, data: Path) -> Callable[[asyncio.Event], Awaitable[None]]:
    """Forget what has had its time."""

    async def run(stopping: asyncio.Event) -> None:
        while not stopping.is_set():
            async with db.transaction() as conn:
                await blocks.end_mutes(conn, now=clock.now())
                await housekeeping.forget(conn, now=clock.now(), keep=KEEP)
                await dead_letters.forget_letters(conn, before=clock.now() - KEEP)
            await pictures.sweep(db, data)
            await rest(stopping, KEEP_HOUSE_EVERY)

    return run


def wakes(loop_wake: Callable[[], None], kind: Kind) -> Callable[[Event], None]:
    """A bus listener that wakes one loop."""

    def hear(event: Event) -> None:
        if event.kind is kind:
            loop_wake()

    return hear
