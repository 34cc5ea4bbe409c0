"""How many deliveries a core signs, sends and writes down, and what queueing a popular post costs.

Counted in CPU seconds of fedi and its PostgreSQL together; the receiving server is another process
and not counted.  Connections are open already, as between servers that talk all day.
"""

import asyncio
import multiprocessing
import shutil
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import psutil
import uvloop
from aiohttp import web

from fedi import clock, config, ids
from fedi.actions import instance, people, statuses
from fedi.model.account import Account, Kind
from fedi.model.reach import Reach, Visibility
from fedi.model.status import Draft
from fedi.net import Client, Guard
from fedi.outbox.deliver import Courier
from fedi.store import Conn, Database, embedded, open_pool, secrets
from fedi.store.bus import Bus
from fedi.store.embedded import Cluster
from fedi.store.migrate import migrate
from fedi.store.outside import Site

SETTINGS = config.load({"FEDI_URL": "http://acme.localhost:8001"})
SITE = Site(SETTINGS.origin, SETTINGS.domain)
HOSTS, POSTS = 100, 40  # to deliver
FOLLOWERS, MANY_HOSTS = 10_000, 1_000  # to queue for
GOAL = 1_500  # deliveries per CPU second
TEXT = "<p>" + "An honest post has about five hundred characters. " * 10 + "</p>"


def run() -> dict[str, Any]:
    """Measure both; prints a line for each, and returns the numbers."""
    receiving, port = _receiver()
    data = Path(tempfile.mkdtemp(prefix="fedi-bench-"))
    cluster = embedded.start(data / "var")
    try:
        found = uvloop.run(_measure(cluster, port))
    finally:
        receiving.terminate()
        cluster.stop()
        embedded.remove(data / "var")
        shutil.rmtree(data)
    print(
        f"deliveries: {found['per_cpu_second']:,.0f} per CPU second (goal {GOAL:,}),"
        f" {found['per_second']:,.0f}/s by the clock; each {found['fedi_us']:.0f} µs of fedi"
        f" + {found['postgres_us']:.0f} µs of PostgreSQL"
    )
    print(
        f"queueing a post for {FOLLOWERS:,} followers on {MANY_HOSTS:,} servers:"
        f" {found['queue_statements']} statements, {found['queue_ms']:.0f} ms,"
        f" {found['queue_cpu_ms']:.0f} ms of CPU"
    )
    return found


async def _measure(cluster: Cluster, port: int) -> dict[str, Any]:
    async with _office(cluster) as (db, client):
        async with db.transaction() as conn:
            author, _ = await people.create(conn, SETTINGS, username="acme", kind=Kind.COMPANY)
            star, _ = await people.create(conn, SETTINGS, username="star", kind=Kind.COMPANY)
            await _follow(conn, author, port, followers=HOSTS, hosts=HOSTS)
            await _follow(conn, star, port, followers=FOLLOWERS, hosts=MANY_HOSTS)
        await _deliver(db, client, author, 4)  # opens the connections
        delivered = await _deliver(db, client, author, POSTS)
        return delivered | await _queue(db, star)


async def _deliver(db: Database, client: Client, author: Account, posts: int) -> dict[str, Any]:
    for _ in range(posts):
        async with db.transaction() as conn:
            await statuses.post(conn, SITE, _draft(author), hold=0)
    before, began = _cpu(), time.monotonic()
    stop = asyncio.Event()
    working = asyncio.create_task(Courier(db, client).run(stop))
    while await _left(db):
        await asyncio.sleep(0.1)
    spent, seconds = [a - b for a, b in zip(_cpu(), before, strict=True)], time.monotonic() - began
    stop.set()
    await working
    count = posts * HOSTS
    return {
        "deliveries": count,
        "per_cpu_second": count / sum(spent),
        "per_second": count / seconds,
        "fedi_us": spent[0] / count * 1e6,
        "postgres_us": spent[1] / count * 1e6,
    }


async def _queue(db: Database, star: Account) -> dict[str, Any]:
    """The median of five posts, each committed."""
    taken, spent, queries = [], [], 0
    for _ in range(5):
        before, began, seen = _cpu(), time.monotonic(), list[str]()
        async with db.transaction() as conn:
            with conn.query_logger(lambda one, seen=seen: seen.append(one.query)):
                await statuses.post(conn, SITE, _draft(star), hold=0)
        taken.append((time.monotonic() - began) * 1000)
        spent.append((sum(_cpu()) - sum(before)) * 1000)
        queries = len(seen)
    return {
        "queue_statements": queries,
        "queue_ms": sorted(taken)[2],
        "queue_cpu_ms": sorted(spent)[2],
    }


@asynccontextmanager
async def _office(cluster: Cluster) -> AsyncIterator[tuple[Database, Client]]:
    await embedded.ensure_database(cluster.admin_url, "bench")
    url = cluster.url("bench")
    await migrate(url, outside_password=None)
    pool = await open_pool(url)
    async with pool.acquire() as conn, conn.transaction():
        await instance.ensure(conn, SETTINGS)
        bus = Bus(url, await secrets.of(conn, "bus"))
    await bus.start()
    async with Client(SETTINGS.origin, Guard(["*.localhost"])) as client:
        yield Database(pool, bus), client
    await bus.stop()
    await pool.close()


def _draft(author: Account) -> Draft:
    number = ids.new()
    uri = f"{SITE.origin}/ap/objects/{number}"
    return Draft(
        id=number,
        uri=uri,
        url=uri,
        author_id=author.id,
        local=True,
        visibility=Visibility.PUBLIC,
        reach=Reach.PUBLIC,
        content=TEXT,
        source=TEXT,
        created_at=clock.now(),
    )


async def _follow(conn: Conn, author: Account, port: int, *, followers: int, hosts: int) -> None:
    await conn.execute(
        """
        WITH host AS (SELECT h, format('h%s.localhost:%s', h, $1::int) AS name
                        FROM generate_series(1, $3::int) h),
             peer AS (INSERT INTO peers (domain, trust, created_at, changed_at)
                      SELECT name, 'partner', $5, $5 FROM host ON CONFLICT DO NOTHING),
             fan AS (INSERT INTO accounts (id, uri, username, domain, inbox, shared_inbox,
                                           created_at)
                     SELECT $3::int * 100000 + n, format('http://%s/u/%s/%s', name, $3, n),
                            format('u%s_%s', $3, n), name, format('http://%s/u/%s/inbox', name, n),
                            format('http://%s/inbox', name), $5
                       FROM generate_series(1, $2::int) n JOIN host ON h = n % $3::int + 1
                     RETURNING id, uri)
        INSERT INTO follows (follower_id, followed_id, id, uri, accepted, created_at)
        SELECT id, $4, id, uri || '#f', true, $5 FROM fan
        """,
        port,
        followers,
        hosts,
        author.id,
        clock.now(),
    )
    await conn.execute("ANALYZE accounts, follows, peers")


async def _left(db: Database) -> bool:
    async with db.reading() as conn:
        return bool(await conn.fetchval("SELECT EXISTS (SELECT FROM deliveries)"))


def _cpu() -> list[float]:
    """CPU seconds of this process, and of PostgreSQL below it."""
    own = psutil.Process()
    servers = [child for child in own.children(recursive=True) if child.name() == "postgres"]
    return [_seconds(own), sum(map(_seconds, servers))]


def _seconds(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)


def _receiver() -> tuple[multiprocessing.process.BaseProcess, int]:
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe()
    process = context.Process(target=_receive, args=(there,), daemon=True)
    process.start()
    return process, here.recv()


def _receive(there: Connection) -> None:
    async def serve() -> None:
        app = web.Application()
        app.router.add_post("/{path:.*}", _take)
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        there.send(runner.addresses[0][1])
        await asyncio.Event().wait()

    asyncio.run(serve())


async def _take(request: web.Request) -> web.Response:
    await request.read()
    return web.Response(status=202)


if __name__ == "__main__":
    run()
