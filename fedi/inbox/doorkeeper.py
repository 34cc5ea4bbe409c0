"""Whom the door lets in right now: the list of peers, in memory, at most 2 seconds old.

Spec: federation.md P-2, P-6, L-1, L-7.
"""

import asyncio
import logging
from collections.abc import Callable
from datetime import datetime
from functools import lru_cache

from fedi import clock
from fedi.config import Settings
from fedi.errors import Forbidden, Invalid, where
from fedi.model.event import Event, Kind
from fedi.model.peer import Mode
from fedi.net import host_of
from fedi.policy import admit
from fedi.policy.directory import Directory
from fedi.policy.verdict import Verdict
from fedi.store import Database, outside

EVERY = 2.0  # seconds

log = logging.getLogger("fedi.inbox")


class Doorkeeper:
    """Until the first reading, nobody is let in."""

    def __init__(self, db: Database, settings: Settings, changed: Callable[[], None]) -> None:
        self._db, self._changed = db, changed
        self._directory = Directory(Mode.CLOSED, [])
        self._wake = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._unsubscribe: Callable[[], None] | None = None
        self.host_of_key = lru_cache(16_384)(_named_by(settings.dev_peers))
        self.own_host = settings.host

    async def start(self) -> None:
        await self._look()
        self._unsubscribe = self._db.bus.subscribe(self._hear)
        self._task = asyncio.create_task(self._keep_looking(), name="doorkeeper")

    async def stop(self) -> None:
        if self._unsubscribe:
            self._unsubscribe()
        if self._task:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    def asks(self, host: str, now: datetime) -> Verdict:
        """May this host send us anything, or be fetched from?"""
        return admit.host(self._directory.standing(host, now))

    def allows(self, host: str) -> bool:
        """For `net.Client`: asked again at each hop of a fetch."""
        return host != self.own_host and self.asks(host, clock.now()).allow

    def _hear(self, event: Event) -> None:
        if event.kind is Kind.POLICY:
            self._wake.set()

    async def _keep_looking(self) -> None:
        while True:
            try:
                async with asyncio.timeout(EVERY):
                    await self._wake.wait()
                self._changed()
            except TimeoutError:
                pass
            self._wake.clear()
            try:
                await self._look()
            except Exception as error:
                log.error("could not read the peers: %s", where(error))  # noqa: TRY400 - no text

    async def _look(self) -> None:
        async with self._db.reading() as conn:
            self._directory = await outside.directory(conn)


def _named_by(dev_peers: tuple[str, ...]) -> Callable[[str], str]:
    def host_of_key(key_id: str) -> str:
        """The host that a key id names.  Raises Forbidden for one in disguise.

        Another spelling of an allowed host (a final dot, capitals) is no name of that host's keys:
        ids are compared byte for byte, so it could only be a trick.
        """
        try:
            host = host_of(key_id, dev_peers)
        except Invalid as error:
            raise Forbidden from error
        rest = key_id.partition("://")[2]
        if not rest.startswith(host) or rest[len(host) : len(host) + 1] not in ("/", "?", "#"):
            raise Forbidden
        return host

    return host_of_key
