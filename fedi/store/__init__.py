"""All SQL.  One module per table family; functions named after what they answer."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, TypeAlias, cast

import asyncpg
import orjson
from asyncpg.pool import PoolConnectionProxy

from fedi.model.event import Event
from fedi.store.bus import Bus

Conn: TypeAlias = "asyncpg.Connection[asyncpg.Record] | PoolConnectionProxy[asyncpg.Record]"
Row: TypeAlias = asyncpg.Record


if TYPE_CHECKING:
    _Base = asyncpg.Connection[asyncpg.Record]
else:
    _Base = asyncpg.Connection


class Connection(_Base):
    """A connection that remembers what to tell others once its transaction has committed."""

    __slots__ = ("after_commit",)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.after_commit: list[Event] = []

    def get_reset_query(self) -> str:
        """None, when it goes back to the pool: it would cost each request a round trip.

        Open transactions end all the same, and no SQL here changes a session that is shared.
        """
        return ""


class Database:
    """A pool and the bus beside it: what a door opens its transactions on."""

    def __init__(self, pool: "asyncpg.Pool[asyncpg.Record]", bus: Bus) -> None:
        self.pool = pool
        self.bus = bus

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Conn]:
        """One transaction; what it announced is published after the commit, or never."""
        async with self.pool.acquire() as conn:
            pending = _pending(conn)
            pending.clear()
            async with conn.transaction():
                yield conn
            self.bus.publish(pending)
            pending.clear()

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[Conn]:
        """A connection for questions only."""
        async with self.pool.acquire() as conn:
            yield conn


async def open_pool(url: str, *, size: int = 10) -> "asyncpg.Pool[asyncpg.Record]":
    return await asyncpg.create_pool(
        url,
        min_size=1,
        max_size=size,
        connection_class=Connection,
        init=_teach_json,
        server_settings={"application_name": "fedi", "timezone": "UTC"},
        max_inactive_connection_lifetime=60,
    )


def announce(conn: Conn, event: Event) -> None:
    """Tell other processes of `event` if, and after, this transaction commits."""
    _pending(conn).append(event)


def _pending(conn: Conn) -> list[Event]:
    return cast("Connection", conn).after_commit


async def _teach_json(conn: Conn) -> None:
    await conn.set_type_codec(
        "jsonb",
        schema="pg_catalog",
        encoder=lambda value: orjson.dumps(value).decode(),
        decoder=orjson.loads,
    )
