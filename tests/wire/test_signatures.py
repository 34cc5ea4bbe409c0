"""Requests that were signed elsewhere, byte for byte, pushed through the inbox (S-1 to S-8)."""

import json
from typing import Any

import pytest

from tests.wire.elsewhere import VECTORS
from tests.wire.world import World

CASES: list[dict[str, Any]] = json.loads((VECTORS / "signatures.json").read_bytes())["cases"]
POSTS = [case for case in CASES if case["method"] == "POST"]
ANA = "https://m.partner.example/users/ana"


def _status(case: dict[str, Any]) -> int:
    """RFC 9421 is answered 401, so that its senders fall back to what we speak."""
    return 401 if case["name"].startswith("rfc9421") else int(case["expect"])


@pytest.mark.parametrize("case", POSTS, ids=lambda case: case["name"])
async def test_a_signed_request_is_taken_or_refused_as_its_signature_deserves(
    world: World, case: dict[str, Any]
) -> None:
    await world.know(ANA)
    before = await world.snapshot()
    headers = {"Content-Type": "application/activity+json", **case["headers"]}
    status = await world.send(case["path"], case["body"].encode(), headers)
    assert status == _status(case)
    after = await world.snapshot()
    assert (after["favourites"] != before["favourites"]) is (status == 202)


async def test_the_same_signature_a_second_time_is_accepted_and_does_nothing(world: World) -> None:
    await world.know(ANA)
    case = next(case for case in CASES if case["name"] == "cavage-post-valid")
    body = case["body"].encode()
    assert await world.send(case["path"], body, case["headers"]) == 202
    once = await world.snapshot()
    rows = await world.row("SELECT count(*) AS n FROM decisions WHERE allow")
    assert await world.send(case["path"], body, case["headers"]) == 202
    assert await world.snapshot() == once
    assert await world.row("SELECT count(*) AS n FROM decisions WHERE allow") == rows


async def test_a_forged_key_costs_one_refetch_and_no_more(world: World) -> None:
    """S-15."""
    await world.know(ANA)
    body = json.dumps({"type": "Like", "actor": ANA}).encode()
    for _ in range(3):
        assert await world.post(body, signer=ANA, key="evil") == 401
    assert world.elsewhere.asked.count(ANA) == 1
