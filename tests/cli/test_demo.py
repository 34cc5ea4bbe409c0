"""`fedi demo --exit`: the whole story over real HTTP, and honest about what it did not see."""

import asyncio
import signal
import socket
from pathlib import Path

import orjson
import pytest

from tests.cli.command import run, start
from tests.house import free_port


def ports() -> int:
    """The first of three that are free."""
    while True:
        first = free_port()
        try:
            for port in (first + 1, first + 2):
                with socket.socket() as probe:
                    probe.bind(("127.0.0.1", port))
        except (OSError, OverflowError):
            continue
        return first


@pytest.mark.timeout(300)
async def test_the_story_is_true_and_leaves_nothing_behind(tmp_path: Path) -> None:
    first = str(ports())
    ran = await run("demo", "--exit", "--json", "--port", first, TMPDIR=str(tmp_path))
    assert ran.code == 0, ran
    story = ran.json
    assert [claim["name"] for claim in story["claims"] if not claim["ok"]] == []
    assert (story["ok"], story["internal_left"]) == (True, 0)
    seen = {line["post"]: (line["globex"], line["anybody"]) for line in story["who_saw_what"]}
    assert seen == {
        "alice, inside": (False, False),
        "@acme, everyone": (True, True),
        "@acme, partners": (True, False),
        "bob, side comment": (False, False),
    }
    rules = {line["post"]: line["to_globex"]["rule"] for line in story["who_saw_what"]}
    assert (rules["alice, inside"], rules["@acme, partners"]) == ("reach_internal", "allowed")
    assert {one["name"] for one in story["sign_in"]} == {"alice", "bob", "gus"}
    assert list(tmp_path.iterdir()) == []


@pytest.mark.timeout(300)
async def test_it_stays_until_it_is_told_to_stop_and_keeps_data_when_asked(tmp_path: Path) -> None:
    words = ("--json", "--port", str(ports()), "--data", str(tmp_path / "kept"))
    process = await start("demo", *words)
    assert process.stdout is not None
    async with asyncio.timeout(200):
        line = await process.stdout.readline()
    assert orjson.loads(line)["ok"] is True
    process.send_signal(signal.SIGINT)
    async with asyncio.timeout(60):
        _, err = await process.communicate()
    assert (process.returncode, err) == (0, b"")
    again = await run("demo", "--exit", *words)
    assert again.code == 0, again
    assert (tmp_path / "kept" / "database").exists()


async def test_a_port_that_is_taken_is_named() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        ran = await run("demo", "--exit", "--port", str(min(port, 65_533)))
    assert ran.code == 1
    assert "is taken" in ran.err
    assert "--port" in ran.err
