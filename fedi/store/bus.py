"""Tell all processes what was committed: kinds and ids, gathered for a few milliseconds.

One connection per process, outside the writers' transactions: NOTIFY inside them halves the write
rate.  Payloads are sealed, because every login of the database may LISTEN and ids of internal
posts must tell the outside login nothing.  A lost wake-up delays and never loses: workers poll.
"""

import asyncio
import logging
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Any

import asyncpg
import msgspec
from cryptography.fernet import Fernet, InvalidToken

from fedi.model.event import Event

Listener = Callable[[Event], None]

CHANNEL = "fedi"
GATHER = 0.005  # seconds
BATCH = 100  # events in one payload
LONGEST = 7_900  # bytes that NOTIFY carries
RECIPIENTS = 150  # ids in one event, for the same reason
RETRY = 1.0  # seconds

log = logging.getLogger("fedi.bus")


class Bus:
    def __init__(self, url: str, key: bytes) -> None:
        """`key`: 32 bytes in url-safe base64, the same in every process of the instance."""
        self._url = url
        self._seal = Fernet(key)
        self._listeners: list[Listener] = []
        self._queue: asyncio.Queue[Event] = asyncio.Queue()
        self._task: asyncio.Task[None] | None = None
        self.connected = asyncio.Event()

    @classmethod
    def deaf(cls) -> "Bus":
        """For the outside role: it holds no key, hears nothing, and what it says goes nowhere."""
        return cls("", Fernet.generate_key())

    def publish(self, events: Iterable[Event]) -> None:
        if not self._url:
            return
        for event in events:
            for part in _parts(event):
                self._queue.put_nowait(part)

    def subscribe(self, listener: Listener) -> Callable[[], None]:
        """`listener` hears every event, this process's own included; returns the way out."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    async def start(self) -> None:
        self._task = asyncio.create_task(self._run(), name="bus")
        await self.connected.wait()

    async def stop(self) -> None:
        if self._task is None:
            return
        self._task.cancel()
        with suppress(asyncio.CancelledError):
            await self._task

    async def flush(self, conn: Any) -> None:
        """Send what waits, on `conn`: for a command that ends in a moment and never starts it."""
        while not self._queue.empty():
            await self._send(conn, self._queue.get_nowait())

    async def _run(self) -> None:
        while True:
            try:
                await self._converse()
            except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
                log.warning("bus lost its connection: %s", type(error).__name__)
                self.connected.clear()
                await asyncio.sleep(RETRY)

    async def _converse(self) -> None:
        conn = await asyncpg.connect(self._url)
        try:
            await conn.add_listener(CHANNEL, self._hear)
            self.connected.set()
            while True:
                await self._send(conn, await self._queue.get())
        finally:
            await conn.close(timeout=5)

    async def _send(self, conn: "asyncpg.Connection[asyncpg.Record]", first: Event) -> None:
        await asyncio.sleep(GATHER)
        events = [first]
        while len(events) < BATCH and not self._queue.empty():
            events.append(self._queue.get_nowait())
        for payload in self._payloads(events):
            await conn.execute("SELECT pg_notify($1, $2)", CHANNEL, payload)

    def _payloads(self, events: list[Event]) -> list[str]:
        sealed = self._seal.encrypt(msgspec.msgpack.encode(events)).decode()
        if len(sealed) < LONGEST or len(events) == 1:
            return [sealed]
        half = len(events) // 2
        return self._payloads(events[:half]) + self._payloads(events[half:])

    def _hear(self, _conn: object, _pid: int, _channel: str, payload: object) -> None:
        try:
            events = msgspec.msgpack.decode(self._seal.decrypt(str(payload)), type=list[Event])
        except (InvalidToken, msgspec.DecodeError):
            log.warning("bus heard something that is not ours")
            return
        for event in events:
            for listener in tuple(self._listeners):
                listener(event)


def _parts(event: Event) -> list[Event]:
    if len(event.to) <= RECIPIENTS:
        return [event]
    cuts = range(0, len(event.to), RECIPIENTS)
    return [Event(event.kind, event.id, event.to[at : at + RECIPIENTS]) for at in cuts]
