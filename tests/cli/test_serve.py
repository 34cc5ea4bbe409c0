"""`fedi serve`: starts, warns, drains on SIGTERM, and keeps content out of logs."""

import asyncio
import logging
import os
import re
import signal
from pathlib import Path

import orjson
import pytest

from fedi import config
from fedi.cli import logs
from tests.cli.command import fedi, run, start
from tests.house import Builder, House, free_port


async def environ(builder: Builder, folder: Path, **more: str) -> dict[str, str]:
    port = free_port()
    return {
        "FEDI_DATA": str(folder),
        "FEDI_URL": f"http://localhost:{port}",
        "FEDI_BIND": f"127.0.0.1:{port}",
        "FEDI_DATABASE_URL": (await builder.database("serve")).url,
        "FEDI_LOG": "json",
        **more,
    }


async def ready(process: asyncio.subprocess.Process, times: int = 1) -> list[str]:
    """The log up to the line that says so."""
    assert process.stderr is not None
    lines: list[str] = []
    async with asyncio.timeout(60):
        while sum('"ready on port' in line for line in lines) < times:
            line = (await process.stderr.readline()).decode()
            assert line, lines
            lines.append(line)
    return lines


async def drained(process: asyncio.subprocess.Process) -> int:
    process.send_signal(signal.SIGTERM)
    async with asyncio.timeout(60):
        await process.communicate()
    return process.returncode or 0


async def test_it_serves_until_sigterm_and_exits_with_0(builder: Builder, tmp_path: Path) -> None:
    variables = await environ(builder, tmp_path)
    process = await start("serve", **variables)
    lines = await ready(process)
    reader, writer = await asyncio.open_connection("127.0.0.1", int(variables["FEDI_BIND"][10:]))
    writer.write(b"GET /readyz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
    answer = await reader.read()
    writer.close()
    assert b" 200 " in answer.splitlines()[0]
    assert all(orjson.loads(line)["level"] for line in lines)
    assert await drained(process) == 0


async def test_a_worker_that_dies_is_replaced(builder: Builder, tmp_path: Path) -> None:
    variables = await environ(builder, tmp_path, FEDI_WORKERS="2")
    process = await start("serve", **variables)
    await ready(process, times=2)
    os.kill(_workers(process.pid)[0], signal.SIGKILL)
    await ready(process)
    assert len(_workers(process.pid)) == 2
    assert await drained(process) == 0


async def test_development_settings_are_warned_of_loudly(builder: Builder, tmp_path: Path) -> None:
    process = await start("serve", **await environ(builder, tmp_path, FEDI_DEV_PEERS="*.localhost"))
    lines = await ready(process)
    assert await drained(process) == 0
    warned = [line for line in map(orjson.loads, lines) if "FEDI_DEV_PEERS" in line["event"]]
    assert [line["level"] for line in warned] == ["warning"]


async def test_the_outside_role_demands_a_login_of_its_own(house: House) -> None:
    ran = await fedi(house, "serve", "--role", "outside")
    assert ran.code == 1
    assert "FEDI_DATABASE_URL_OUTSIDE" in ran.err


async def test_a_port_that_is_taken_is_named(house: House) -> None:
    ran = await fedi(house, "serve")
    assert ran.code == 1
    assert f"Cannot listen on {house.served.settings.bind}" in ran.err
    assert "Traceback" not in ran.err


async def test_a_wrong_setting_is_named_and_nothing_starts() -> None:
    ran = await run("serve", FEDI_WORKERS="many")
    assert (ran.code, ran.out) == (1, "")
    assert "FEDI_WORKERS" in ran.err
    assert (await run("serve", "--role", "upside")).code == 2


def test_an_error_is_logged_by_its_kind_and_place_and_never_by_its_words(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    logs.configure(config.load({"FEDI_DATA": str(tmp_path), "FEDI_LOG": "json"}))
    try:
        try:
            raise ValueError("the offer is 2.4 million")  # noqa: TRY301 - it is what is logged
        except ValueError:
            logging.getLogger("aiohttp.server").exception("Error handling request")
        logging.getLogger("asyncio").error("Task failed\nfuture: ValueError('2.4 million')")
    finally:
        root.handlers, root.level = handlers, level
    lines = [orjson.loads(line) for line in capsys.readouterr().err.splitlines()]
    assert "million" not in str(lines)
    assert lines[0]["event"] == "Error handling request"
    assert re.match(r"ValueError at .*test_serve\.py:\d+", lines[0]["error"])
    assert lines[1]["event"] == "Task failed"


def _workers(parent: int) -> list[int]:
    import psutil  # noqa: PLC0415 - slow to import, needed once

    children = psutil.Process(parent).children()
    return [child.pid for child in children if "spawn_main" in " ".join(child.cmdline())]
