"""One world for each vector, in one database that is emptied between them."""

import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from fedi.store import embedded
from fedi.store.embedded import Cluster
from fedi.store.migrate import migrate
from fedi.store.place import Place
from tests.wire.elsewhere import Elsewhere
from tests.wire.world import World, open_world

NAME = "wire"


@pytest.fixture(scope="session")
def wire_cluster() -> Iterator[Cluster]:
    parent = Path(tempfile.mkdtemp(prefix="fedi-test-"))
    (parent / "var").mkdir()
    running = embedded.start(parent / "var")
    yield running
    running.stop()
    embedded.remove(parent / "var")
    shutil.rmtree(parent)


@pytest.fixture(scope="session")
def place(wire_cluster: Cluster) -> Place:
    import asyncio  # noqa: PLC0415 - fixtures of the session have no loop yet

    async def make() -> None:
        await embedded.ensure_database(wire_cluster.admin_url, NAME)
        password = wire_cluster.outside_password(NAME)
        await migrate(wire_cluster.url(NAME), outside_password=password)

    asyncio.run(make())
    return Place(wire_cluster.url(NAME), wire_cluster.outside_url(NAME))


@pytest.fixture
async def world(place: Place, tmp_path: Path) -> AsyncIterator[World]:
    elsewhere = Elsewhere()
    route = await elsewhere.start()
    async with AsyncExitStack() as stack:
        stack.push_async_callback(elsewhere.stop)
        yield await open_world(stack, place, elsewhere, route, tmp_path)
