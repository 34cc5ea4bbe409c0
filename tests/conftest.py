"""Fixtures: one embedded PostgreSQL a run, a migrated database for each test that asks for one."""

import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import asyncpg
import pytest

from fedi.store import embedded
from fedi.store.embedded import Cluster
from fedi.store.migrate import migrate
from tests.house import Builder, House

TEMPLATE = "fedi_template"


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    """Ours, or nobody's: the run starts it and deletes it."""
    data = Path(tempfile.mkdtemp(prefix="fedi-tests-"))
    (data / "var").mkdir()
    running = embedded.start(data / "var", serving=True)
    yield running
    running.stop()
    embedded.remove(data / "var")
    shutil.rmtree(data)


@pytest.fixture(scope="session")
def template(cluster: Cluster) -> str:
    """A migrated database that the tests' own ones are copied from: cheaper than migrating each."""
    import asyncio  # noqa: PLC0415 - fixtures of the session have no loop yet

    async def make() -> None:
        await embedded.ensure_database(cluster.admin_url, TEMPLATE)
        await migrate(cluster.url(TEMPLATE), outside_password=None)

    asyncio.run(make())
    return TEMPLATE


@pytest.fixture
async def builder(cluster: Cluster, template: str, tmp_path: Path) -> AsyncIterator[Builder]:
    """Builds organisations and takes them down again."""
    made = Builder(cluster, template, tmp_path)
    try:
        yield made
    finally:
        await made.close()


@pytest.fixture
async def house(builder: Builder) -> House:
    """One organisation, `acme.localhost`, with its server running on loopback."""
    return await builder.house("acme.localhost")


@pytest.fixture
async def conn(builder: Builder) -> AsyncIterator["asyncpg.Connection[asyncpg.Record]"]:
    """A plain connection to a database with the schema and nothing else."""
    place = await builder.database("plain")
    connection = await asyncpg.connect(place.url)
    try:
        yield connection
    finally:
        await connection.close()
