"""Every endpoint that all of the six big clients need is there, with a handler of its own."""

import re
from pathlib import Path

import pytest
from aiohttp.test_utils import make_mocked_request

from fedi.app import make_app
from tests.house import House

ROWS = [line.split("\t") for line in (Path(__file__).parent / "tier1.tsv").read_text().splitlines()]


def test_there_are_thirty_three() -> None:
    assert len(ROWS) == 33


@pytest.fixture
async def handlers(house: House) -> dict[tuple[str, str], str]:
    app = make_app(house.served.parts)
    found = {}
    for method, path in ROWS:
        request = make_mocked_request(method, re.sub(r":\w+", "1", path))
        matched = await app.router.resolve(request)
        resource = matched.route.resource
        found[method, path] = resource.canonical if resource else "nothing"
    return found


async def test_each_is_routed_to_itself(handlers: dict[tuple[str, str], str]) -> None:
    for (_, path), canonical in handlers.items():
        assert canonical == re.sub(r":(\w+)", r"{\1}", path)
