"""An office with a database of its own, and loopback servers for it to write to."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from datetime import UTC, datetime

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from fedi import clock
from fedi.actions import instance
from fedi.net import Client, Guard
from fedi.store import Database, open_pool, secrets
from fedi.store.bus import Bus
from tests.house import Builder
from tests.outbox.office import SETTINGS, Office, Peers


@pytest.fixture(autouse=True)
def real_time() -> Iterator[None]:
    """Whatever a test did to the clock ends with it."""
    yield
    clock.start_at(datetime.now(UTC))


@pytest.fixture
async def remote(aiohttp_server: Callable[..., Awaitable[TestServer]]) -> Peers:
    made = Peers()
    app = web.Application()
    app.router.add_post("/{path:.*}", made.serve)
    made.port = (await aiohttp_server(app)).port or 0
    return made


@pytest.fixture
async def office(builder: Builder, remote: Peers) -> AsyncIterator[Office]:
    place = await builder.database("office")
    pool = await open_pool(place.url, size=4)
    async with pool.acquire() as conn, conn.transaction():
        await instance.ensure(conn, SETTINGS)
        key = await secrets.of(conn, "bus")
    bus = Bus(place.url, key)
    await bus.start()
    async with Client(SETTINGS.origin, Guard(["*.localhost"])) as client:
        yield Office(Database(pool, bus), client, remote)
    await bus.stop()
    await pool.close()
