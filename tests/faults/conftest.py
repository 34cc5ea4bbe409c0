"""A machine to run servers on, and other servers around it."""

from collections.abc import AsyncIterator

import aiohttp
import pytest

from tests.faults.neighbours import Neighbours
from tests.faults.served import Machine


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as made:
        yield made


@pytest.fixture
async def machine(session: aiohttp.ClientSession) -> AsyncIterator[Machine]:
    made = Machine(session)
    try:
        yield made
    finally:
        await made.close()


@pytest.fixture
async def neighbours(session: aiohttp.ClientSession) -> AsyncIterator[Neighbours]:
    made = Neighbours(session)
    runner = await made.start()
    try:
        yield made
    finally:
        await runner.cleanup()
