"""What a signed activity costs until it is safely stored, and then until it is in a timeline.

The sender is another process, which signed everything beforehand and is not counted.
"""

import asyncio
import multiprocessing
from multiprocessing.connection import Connection
from typing import Any

import aiohttp
import orjson
import uvloop
from msgspec.structs import replace

from bench.meter import spent, with_organisation
from fedi import clock
from fedi.actions import people
from fedi.actions.people import local_account
from fedi.activitypub import keys, signatures
from fedi.cli.serving import Served, serving
from fedi.config import Settings
from fedi.inbox.worker import Applier
from fedi.model.account import Kind
from fedi.model.peer import Peer
from fedi.model.reach import Reach
from fedi.store import accounts, follows, peers
from fedi.store.follows import Follow
from fedi.store.place import Place

PEER = "far.localhost:9"
ACTORS, MESSAGES, AT_ONCE = 50, 6_000, 64
ACCEPT_GOAL, APPLY_GOAL = 3_000, 1_500
PUBLIC = "https://www.w3.org/ns/activitystreams#Public"
TEXT = "<p>" + "An honest post has about five hundred characters. " * 10 + "</p>"


def run() -> dict[str, Any]:
    found: dict[str, Any] = with_organisation(_measure)
    for what, goal in (("accept", ACCEPT_GOAL), ("apply", APPLY_GOAL)):
        one = found[what]
        print(
            f"{what}: {one['per_cpu_second']:,.0f} activities per CPU second (goal {goal:,});"
            f" each {one['fedi_us']:.0f} µs of fedi + {one['postgres_us']:.0f} µs of PostgreSQL"
        )
    return found


async def _measure(settings: Settings, place: Place) -> dict[str, Any]:
    private_pem = await _people(settings, place)
    async with serving(settings, place, role="inside"):
        pass  # what a first start makes
    async with serving(settings, place, role="outside") as served:
        accepted = await _accept(served, private_pem)
    async with serving(settings, place, role="inside") as served:
        return {"accept": accepted, "apply": await _apply(settings, served)}


async def _accept(served: Served, private_pem: str) -> dict[str, float]:
    sender, link = _sender(served.port, private_pem)
    await asyncio.to_thread(link.recv)  # all is signed
    before = spent()
    link.send("go")
    refused = await asyncio.to_thread(link.recv)
    cost = spent() - before
    sender.join()
    if refused:
        raise RuntimeError(f"{refused} of {MESSAGES} were refused")
    return cost.of(MESSAGES)


async def _apply(settings: Settings, served: Served) -> dict[str, float]:
    db = served.parts.db
    assert db is not None
    before = spent()
    await Applier(db, settings, served.parts.client).settled()
    cost = spent() - before
    async with db.reading() as conn:
        shown = await conn.fetchval("SELECT count(*) FROM home_entries")
    if shown != MESSAGES:
        raise RuntimeError(f"{shown} of {MESSAGES} are in the timeline")
    return cost.of(MESSAGES)


async def _people(settings: Settings, place: Place) -> str:
    """One reader of ours follows all senders of a partner; their keys are known."""
    private_pem, public_pem = keys.generate()
    now = clock.now()
    async with serving(settings, place, role="inside") as served:
        assert served.parts.db is not None
        async with served.parts.db.transaction() as conn:
            await peers.put(conn, Peer(domain=PEER), at=now)
            reader, _ = await people.create(
                conn,
                settings,
                username="reader1",
                max_reach=Reach.PUBLIC,
                default_reach=Reach.PUBLIC,
            )
            for number in range(ACTORS):
                uri = _actor(number)
                draft = local_account(settings, f"actor{number}", Kind.EMPLOYEE, uri, now)
                actor = await accounts.save_remote(
                    conn, replace(draft, domain=PEER, max_reach=Reach.PUBLIC), fetched_at=now
                )
                await accounts.add_key(conn, f"{uri}#main-key", actor.id, public_pem, at=now)
                follow = Follow(
                    follower_id=reader.id, followed_id=actor.id, uri=f"{uri}#f", accepted=True
                )
                await follows.add(conn, follow, at=now)
    return private_pem


def _sender(port: int, private_pem: str) -> tuple[multiprocessing.process.BaseProcess, Connection]:
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe()
    process = context.Process(target=_send_all, args=(there, port, private_pem), daemon=True)
    process.start()
    return process, here


def _send_all(link: Connection, port: int, private_pem: str) -> None:
    requests = [_signed(number, private_pem) for number in range(MESSAGES)]
    link.send("ready")
    link.recv()
    link.send(uvloop.run(_post(port, requests)))


async def _post(port: int, requests: list[tuple[dict[str, str], bytes]]) -> int:
    """How many were refused."""
    waiting = iter(requests)
    refused = 0

    async def one_line(session: aiohttp.ClientSession) -> None:
        nonlocal refused
        for headers, body in waiting:
            async with session.post(
                f"http://127.0.0.1:{port}/inbox", headers=headers, data=body
            ) as answer:
                refused += answer.status != 202

    connector = aiohttp.TCPConnector(limit=AT_ONCE)
    async with aiohttp.ClientSession(connector=connector) as session:
        await asyncio.gather(*[one_line(session) for _ in range(AT_ONCE)])
    return refused


def _signed(number: int, private_pem: str) -> tuple[dict[str, str], bytes]:
    actor = _actor(number % ACTORS)
    body = orjson.dumps(_create(actor, number))
    headers = signatures.sign_post(
        f"{actor}#main-key", private_pem, "http://acme.localhost:8001/inbox", body, now=clock.now()
    )
    return headers | {"Host": "acme.localhost:8001"}, body


def _create(actor: str, number: int) -> dict[str, Any]:
    note = f"{actor}/notes/{number}"
    when = clock.now().strftime("%Y-%m-%dT%H:%M:%SZ")
    addressed = {"to": [PUBLIC], "cc": [f"{actor}/followers"]}
    return {
        "@context": ["https://www.w3.org/ns/activitystreams", {"sensitive": "as:sensitive"}],
        "id": f"{note}/activity",
        "type": "Create",
        "actor": actor,
        "published": when,
        **addressed,
        "object": {
            "id": note,
            "type": "Note",
            "attributedTo": actor,
            "published": when,
            "content": TEXT,
            "contentMap": {"en": TEXT},
            "sensitive": False,
            "url": note,
            "tag": [],
            "attachment": [],
            **addressed,
        },
    }


def _actor(number: int) -> str:
    return f"http://{PEER}/users/actor{number}"


if __name__ == "__main__":
    run()
