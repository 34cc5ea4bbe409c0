"""One organisation, running in this process: what `serve`, `demo` and the tests start.

Starts the pools, the bus, the doors and the loops of a process role, and ends them in order.
"""

import asyncio
import gc
import logging
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from aiohttp import web

from fedi import clock
from fedi.actions import instance
from fedi.activitypub import jsonld
from fedi.api.streaming import Streams
from fedi.app import Parts, make_app
from fedi.auth.signer import Signers
from fedi.config import Settings
from fedi.inbox.intake import Intake
from fedi.inbox.worker import Applier
from fedi.media import workers as pictures
from fedi.media.links import Links
from fedi.model.event import Kind
from fedi.net import Client, Guard
from fedi.outbox.deliver import Courier
from fedi.store import Database, open_pool, secrets
from fedi.store.bus import Bus
from fedi.store.outside import Site
from fedi.store.place import Place
from fedi.worker import Loops, keeps_house, releases, wakes

POOL = 10
POOL_OUTSIDE = 6
UPLOADS = 10.0  # seconds for bodies under way
PATIENCE = 15.0  # seconds for requests under way

log = logging.getLogger("fedi")


@dataclass(frozen=True, slots=True)
class Served:
    """A running organisation."""

    settings: Settings
    parts: Parts
    site: Site
    port: int


@asynccontextmanager
async def serving(
    settings: Settings, place: Place, *, role: str = "all", reuse_port: bool = False
) -> AsyncIterator[Served]:
    """Run `settings`' organisation until the block ends; its database is prepared already."""
    jsonld.install()
    if settings.dev_clock is not None:
        clock.start_at(settings.dev_clock)
    async with AsyncExitStack() as stack:
        parts = await _parts(stack, settings, place, role)
        site = Site(settings.origin, settings.domain)
        if parts.db is not None and role in ("all", "worker"):
            await _start_loops(stack, parts, parts.db, site)
        port = await _listen(stack, parts, reuse_port=reuse_port)
        log.info("serving %s on %s as %s", settings.origin, settings.bind, role)
        yield Served(settings, parts, site, port)


def settle() -> None:
    """What stands now stands until the process ends: walking it again and again is wasted.

    A full collection stops the server for 50 ms, and a page of a timeline paid 0.2 ms for them.
    Call it once, in a process that only serves.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 20, 50)


async def _parts(stack: AsyncExitStack, settings: Settings, place: Place, role: str) -> Parts:
    client = await stack.enter_async_context(_client(settings))
    inside = role != "outside"
    bus = None
    db = None
    links = Links(bytes(32), settings.media_url or settings.origin)
    if inside:
        pool = await open_pool(place.url, size=POOL)
        stack.push_async_callback(pool.close)
        async with pool.acquire() as conn, conn.transaction():
            await instance.ensure(conn, settings)
            links = Links(await secrets.of(conn, "media"), settings.media_url or settings.origin)
            key = await secrets.of(conn, "bus")
        bus = Bus(place.url, key)
        db = Database(pool, bus)
        await bus.start()
        stack.push_async_callback(bus.stop)
    outside_pool = await open_pool(place.outside_url or place.url, size=POOL_OUTSIDE)
    stack.push_async_callback(outside_pool.close)
    outside = Database(outside_pool, bus or Bus.deaf())
    signers = Signers(outside, client, settings)
    intake = Intake(outside, settings, signers)
    await intake.start()
    stack.push_async_callback(intake.stop)
    pool_of_pictures = pictures.start()
    stack.push_async_callback(pictures.stop, pool_of_pictures)
    streams = None
    if db is not None:
        streams = Streams(db, settings, links)
        await streams.start()
        stack.push_async_callback(streams.stop)
    return Parts(
        settings=settings,
        role=role,
        db=db,
        outside=outside,
        client=client,
        links=links,
        pictures=pool_of_pictures,
        signers=signers,
        intake=intake,
        streams=streams,
    )


async def _start_loops(stack: AsyncExitStack, parts: Parts, db: Database, site: Site) -> None:
    applier = Applier(db, parts.settings, parts.client)
    courier = Courier(db, parts.client)
    loops = Loops()
    stack.push_async_callback(loops.stop)
    parts.intake.on_stored = applier.wake
    for listener in (wakes(applier.wake, Kind.INBOUND), wakes(courier.wake, Kind.DELIVERY)):
        stack.callback(db.bus.subscribe(listener))
    loops.start("inbox", applier.run, applier.wake)
    loops.start("courier", courier.run, courier.wake)
    loops.start("releases", releases(db, site))
    loops.start("housekeeping", keeps_house(db, parts.settings.data))


async def _listen(stack: AsyncExitStack, parts: Parts, *, reuse_port: bool) -> int:
    runner = web.AppRunner(
        make_app(parts), access_log=None, shutdown_timeout=PATIENCE, handler_cancellation=False
    )
    await runner.setup()
    stack.push_async_callback(_close, runner)
    listen = parts.settings.listen
    if isinstance(listen, Path):
        await web.UnixSite(runner, str(listen)).start()
        return 0
    host, port = listen
    await web.TCPSite(runner, host, port, reuse_port=reuse_port or None).start()
    address: tuple[str, int] = runner.addresses[0]
    return address[1]


async def _close(runner: web.AppRunner) -> None:
    """Let what is being sent to us come in first: aiohttp stops listening as it shuts down.

    Otherwise an upload under way would wait in vain, and end without an answer.
    """
    for site in list(runner.sites):
        await site.stop()
    time = asyncio.get_running_loop().time
    end = time() + UPLOADS
    while _receives(runner) and time() < end:  # noqa: ASYNC110 - aiohttp has no event for it
        await asyncio.sleep(0.02)
    await runner.cleanup()


def _receives(runner: web.AppRunner) -> bool:
    connections = runner.server.connections if runner.server else []
    requests = [connection._current_request for connection in connections]
    return any(request and not request.content.is_eof() for request in requests)


def _client(settings: Settings) -> Client:
    guard = Guard(settings.dev_peers, settings.dev_routes)
    return Client(settings.origin, guard, proxy=settings.egress_proxy)
