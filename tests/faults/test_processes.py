"""Several processes of one organisation on one database: as one, and each with what it may."""

import asyncio
from collections.abc import AsyncIterator
from itertools import count

import asyncpg
import pytest

from fedi.store import embedded
from fedi.store.embedded import Cluster
from fedi.store.migrate import _steps
from fedi.store.place import Place
from tests.faults.neighbours import Neighbours
from tests.faults.served import Machine, Serve
from tests.house import until

HOSTS = ("one", "two", "three")
_numbers = count(1)


@pytest.fixture
async def database(cluster: Cluster) -> AsyncIterator[Place]:
    """An empty one, in a PostgreSQL that is not the servers' own."""
    name = f"fedi_processes_{next(_numbers)}"
    await embedded.ensure_database(cluster.admin_url, name)
    yield Place(cluster.url(name), cluster.outside_url(name))
    admin = await asyncpg.connect(cluster.admin_url)
    await admin.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
    await admin.execute(f'DROP ROLE IF EXISTS "fedi_outside_{name}"')
    await admin.close()


async def test_two_servers_of_one_organisation_work_as_one(
    database: Place, machine: Machine, neighbours: Neighbours
) -> None:
    first = machine.server(database=database)
    second = machine.server(database=database, like=first)
    await asyncio.gather(first.start(), second.start())  # both want to migrate
    versions = await first.fetch("SELECT version FROM schema_migrations ORDER BY version")
    assert [row["version"] for row in versions] == [step.version for step in _steps(None)]

    await first.company("acme", "alice")
    press = (await second.get("/api/v1/accounts/verify_credentials", who="acme"))["uri"]
    for number, server in enumerate((first, second)):
        assert await neighbours.write(server, "one", press, number) == 403, "the control"
    await first.fedi("peer", "allow", neighbours.domain, "--subdomains", "--trust", "partner")
    async with asyncio.timeout(2):
        for number, server in enumerate((first, second)):
            while await neighbours.write(server, "one", press, number) != 202:
                await asyncio.sleep(0.05)

    for name in HOSTS:
        await neighbours.follow(first, name, press)
    posts = [
        first.say(f"@public {n}", who="acme") if n % 2 else second.say(f"@public {n}", who="acme")
        for n in range(12)
    ]
    uris = [post["uri"] for post in await asyncio.gather(*posts)]
    await until(lambda: _all_sent(first))
    for name in HOSTS:
        got = neighbours.got[neighbours.named(name)]
        assert [list(got[uri].values()) for uri in uris] == [[1]] * len(uris), name


async def test_the_outside_doors_stand_alone_with_a_login_that_reads_nothing_internal(
    database: Place, machine: Machine, neighbours: Neighbours
) -> None:
    worker = machine.server(database=database)
    await worker.start("--role", "worker")
    await worker.company("acme", "alice")
    await worker.fedi("peer", "allow", neighbours.domain, "--subdomains", "--trust", "partner")
    outside = machine.server(database=Place("", database.outside_url), like=worker)
    await outside.start("--role", "outside")

    finger = f"/.well-known/webfinger?resource=acct:acme@{outside.host}"
    (press,) = [link["href"] for link in (await outside.get(finger))["links"] if _is_self(link)]
    actor = await neighbours.read(outside, "one", press)
    assert (actor["id"], actor["preferredUsername"]) == (press, "acme")
    hidden = f"/.well-known/webfinger?resource=acct:alice@{outside.host}"
    assert (await outside.call("GET", hidden))[0] == 404, "she is inside only"
    assert (await outside.call("GET", "/api/v1/timelines/home", who="acme"))[0] == 404
    assert (await worker.call("GET", finger))[0] == 404, "the control: another process answered"

    assert await neighbours.write(outside, "one", press, 1) == 202
    await until(lambda: _knows(worker, neighbours.uri("one", 1)))
    await neighbours.follow(outside, "two", press)


def _is_self(link: dict[str, str]) -> bool:
    return link["rel"] == "self"


async def _all_sent(server: Serve) -> bool:
    return not await server.fetch("SELECT 1 FROM deliveries")


async def _knows(server: Serve, uri: str) -> bool:
    return bool(await server.fetch("SELECT 1 FROM statuses WHERE uri = $1", uri))
