"""Reach the organisation's database from a command, whether or not its server runs.

Imports little, because a command that ends in a moment must answer in one.
"""

import asyncio
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import cache
from typing import TypeVar

import asyncpg

from fedi import clock, config
from fedi.actions import instance
from fedi.config import Settings
from fedi.errors import Unavailable
from fedi.store import Conn, Database, embedded, open_pool, secrets, settings_table
from fedi.store.bus import Bus
from fedi.store.embedded import Cluster
from fedi.store.migrate import pending
from fedi.store.place import Place, known, prepare

Answer = TypeVar("Answer")


def run(work: Callable[[Conn, Settings], Awaitable[Answer]]) -> Answer:
    """Do `work` in one transaction; running servers hear of it at once.  Raises FediError."""

    async def answer() -> Answer:
        async with database(settings()) as db, db.transaction() as conn:
            return await work(conn, settings())

    return asyncio.run(answer())


@cache
def settings() -> Settings:
    """Of this process.  Raises Invalid."""
    found = config.load(os.environ)
    if found.dev_clock is not None:
        clock.start_at(found.dev_clock)
    return found


def cluster_of(settings: Settings) -> Cluster | None:
    """The embedded server: started, or the one that another process runs.  None: it has its own.

    Blocks, and wants the main thread; whoever calls it calls `stop`, too.
    """
    if settings.database_url is not None:
        return None
    settings.data.mkdir(parents=True, exist_ok=True)
    return embedded.start(settings.data)


@asynccontextmanager
async def database(settings: Settings) -> AsyncIterator[Database]:
    """The organisation's database, made and migrated if it was not.

    What transactions on it announced is published when the block ends.  Raises FediError.
    """
    cluster = cluster_of(settings)
    try:
        pool, bus = await _opened(settings, cluster)
        try:
            yield Database(pool, bus)
            async with pool.acquire() as conn:
                await bus.flush(conn)
        finally:
            await pool.close()
    finally:
        if cluster is not None:
            cluster.stop()


async def _opened(
    settings: Settings, cluster: Cluster | None
) -> tuple["asyncpg.Pool[asyncpg.Record]", Bus]:
    place = known(settings, cluster)
    try:
        pool = await _ready(settings, cluster, place)
    except (OSError, asyncpg.PostgresConnectionError, asyncpg.InvalidPasswordError) as error:
        raise Unavailable(
            f"The database does not answer ({type(error).__name__}): check FEDI_DATABASE_URL,"
            " and that the database server runs."
        ) from error
    async with pool.acquire() as conn:
        if not await settings_table.has(conn, "instance_actor"):
            async with conn.transaction():
                await instance.ensure(conn, settings)
        return pool, Bus(place.url, await secrets.of(conn, "bus"))


async def _ready(
    settings: Settings, cluster: Cluster | None, place: Place
) -> "asyncpg.Pool[asyncpg.Record]":
    """A pool on a database that has every migration."""
    try:
        pool = await open_pool(place.url, size=2)
    except asyncpg.InvalidCatalogNameError:
        await prepare(settings, cluster)
        return await open_pool(place.url, size=2)
    async with pool.acquire() as conn:
        missing = await pending(conn)
    if missing:
        await prepare(settings, cluster)
    return pool
