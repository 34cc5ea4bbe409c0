"""What a page of forty of the home timeline costs, with a million posts stored and 300 follows.

Asked for through HTTP with a token, by another process that is not counted.
"""

import asyncio
import multiprocessing
import time
from multiprocessing.connection import Connection
from typing import Any

import aiohttp
import uvloop

from bench.meter import spent, with_organisation
from fedi import clock, ids
from fedi.actions import people
from fedi.auth.hashes import hash_of
from fedi.cli.serving import Served, serving
from fedi.config import Settings
from fedi.model.account import Account
from fedi.model.token import Application, Token
from fedi.store import Conn, tokens
from fedi.store.place import Place

STORED, FOLLOWED, AUTHORS = 1_000_000, 300, 3_000
PAGES, POSTS = 400, 300
GOAL_MS = 2.0

FILL = """
    WITH made AS (
        INSERT INTO accounts (id, uri, username, inbox, display_name, url, max_reach,
                              default_reach, created_at, followers_uri)
        SELECT n, 'http://acme.localhost:8001/ap/actors/a' || n, 'author' || n, 'http://x/' || n,
               'Author ' || n, 'http://acme.localhost:8001/@author' || n, 'internal', 'internal',
               $2, 'http://acme.localhost:8001/ap/actors/a' || n || '/followers'
          FROM generate_series(1, $1::int) n RETURNING id),
    said AS (
        INSERT INTO statuses (id, uri, author_id, local, conversation_id, visibility, reach,
                              release, content, source, created_at)
        SELECT $3::bigint + n::bigint * 4096, 'http://acme.localhost:8001/ap/objects/' || n,
               1 + n % $1::int, true, $3::bigint + n::bigint * 4096, 'public', 'internal',
               'released', '<p>' || repeat('An honest post. ', 12) || n || '</p>',
               'An honest post', $2
          FROM generate_series(1, $4::int) n RETURNING id, author_id),
    counted AS (INSERT INTO status_stats (status_id) SELECT id FROM said),
    follow AS (
        INSERT INTO follows (follower_id, followed_id, id, uri, accepted, created_at)
        SELECT $5, n, n, 'urn:f' || n, true, $2 FROM generate_series(1, $6::int) n)
    INSERT INTO home_entries (account_id, status_id, via_id)
    SELECT $5, id, author_id FROM said WHERE author_id <= $6
"""


def run(*, stored: int = STORED) -> dict[str, Any]:
    found: dict[str, Any] = with_organisation(
        lambda settings, place: _measure(settings, place, stored)
    )
    page, post = found["home"], found["post"]
    print(
        f"home of 40, {stored:,} posts stored, {FOLLOWED} follows: {page['cpu_ms']:.2f} ms of CPU"
        f" (goal {GOAL_MS} ms): {page['fedi_us']:.0f} µs of fedi"
        f" + {page['postgres_us']:.0f} µs of PostgreSQL; p50 {page['p50_ms']:.1f} ms by the clock"
    )
    print(
        f"posting for {FOLLOWED} followers: p50 {post['p50_ms']:.1f} ms,"
        f" p95 {post['p95_ms']:.1f} ms, {post['cpu_ms']:.2f} ms of CPU"
    )
    return found


async def _measure(settings: Settings, place: Place, stored: int) -> dict[str, Any]:
    async with serving(settings, place) as served:
        reader, secret = await _reader(settings, served)
        db = served.parts.db
        assert db is not None
        async with db.transaction() as conn:
            await _fill(conn, reader, stored)
        home = await _ask(served, secret, "GET", "/api/v1/timelines/home?limit=40", PAGES)
        post = await _ask(served, secret, "POST", "/api/v1/statuses", POSTS)
        return {"home": home, "post": post}


async def _fill(conn: Conn, reader: Account, stored: int) -> None:
    first = ids.new() - stored * 4096 - 1
    await conn.execute(FILL, AUTHORS, clock.now(), first, stored, reader.id, FOLLOWED, timeout=600)
    await conn.execute(
        """
        INSERT INTO follows (follower_id, followed_id, id, uri, accepted, created_at)
        SELECT n, $1, 1000 + n, 'urn:b' || n, true, $2 FROM generate_series(1, $3::int) n
        """,
        reader.id,
        clock.now(),
        FOLLOWED,
    )
    for table in ("accounts", "statuses", "follows", "home_entries", "status_stats"):
        await conn.execute(f"ANALYZE {table}")


async def _reader(settings: Settings, served: Served) -> tuple[Account, str]:
    db, secret, now = served.parts.db, ids.token(32), clock.now()
    assert db is not None
    application = Application(
        id=ids.new(),
        client_id=ids.token(),
        name="bench",
        website=None,
        redirect_uris=["urn:ietf:wg:oauth:2.0:oob"],
        scopes=["read", "write"],
        created_at=now,
    )
    async with db.transaction() as conn:
        account, _ = await people.create(conn, settings, username="reader1")
        token = Token(
            id=ids.new(),
            application_id=application.id,
            account_id=account.id,
            human_id=account.id,
            scopes=["read", "write"],
            created_at=now,
        )
        await tokens.add_application(conn, application, secret_hash=hash_of("x"))
        await tokens.add(conn, token, hash_=hash_of(secret))
    return account, secret


async def _ask(served: Served, secret: str, method: str, path: str, times: int) -> dict[str, float]:
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe()
    url = f"http://127.0.0.1:{served.port}{path}"
    client = context.Process(target=_client, args=(there, method, url, secret, times), daemon=True)
    client.start()
    await asyncio.to_thread(here.recv)  # it is warm
    before = spent()
    here.send("go")
    taken: list[float] = await asyncio.to_thread(here.recv)
    cost = (spent() - before).of(times)
    client.join()
    taken.sort()
    return cost | {
        "cpu_ms": (cost["fedi_us"] + cost["postgres_us"]) / 1000,
        "p50_ms": taken[times // 2] * 1000,
        "p95_ms": taken[int(times * 0.95)] * 1000,
    }


def _client(link: Connection, method: str, url: str, secret: str, times: int) -> None:
    async def ask() -> None:
        headers = {"Authorization": f"Bearer {secret}", "Host": "acme.localhost:8001"}
        async with aiohttp.ClientSession(headers=headers) as session:
            await _several(session, method, url, 30)
            link.send("warm")
            await asyncio.to_thread(link.recv)
            link.send(await _several(session, method, url, times))

    uvloop.run(ask())


async def _several(
    session: aiohttp.ClientSession, method: str, url: str, times: int
) -> list[float]:
    taken = []
    for number in range(times):
        began = time.monotonic()
        sent = {"status": f"honest post {number}"} if method == "POST" else None
        async with session.request(method, url, json=sent) as answer:
            await answer.read()
            if answer.status != 200:
                raise RuntimeError(f"{answer.status} from {url}")
        taken.append(time.monotonic() - began)
    return taken


if __name__ == "__main__":
    run()
