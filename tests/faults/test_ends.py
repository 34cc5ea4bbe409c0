"""The database dies under a server, and a server is told to stop: both without harm."""

import asyncio

import orjson
import psutil

from tests.faults.served import Machine, Serve
from tests.house import until

BEGUN, REST = b'{"status": "@internal ', b'the end"}'


async def test_a_server_whose_database_is_killed_brings_it_back_by_itself(machine: Machine) -> None:
    acme = machine.server()
    await acme.start()
    await acme.company("acme", "alice")
    before = await acme.say("@internal before", who="acme")
    dead = acme.postmaster()
    assert await acme.readiness() == 200, "the control"
    dead.kill()

    await until(lambda: _answers(acme, 503))
    await until(lambda: _answers(acme, 200), 20)
    assert acme.postmaster().pid != dead.pid
    path = f"/api/v1/statuses/{before['id']}"
    assert (await acme.get(path, who="acme"))["uri"] == before["uri"]
    after = await acme.say("@internal after", who="acme")
    home = await acme.get("/api/v1/timelines/home", who="acme")
    assert [one["id"] for one in home] == [after["id"], before["id"]]


async def test_sigterm_lets_a_request_under_way_end_and_leaves_no_process(machine: Machine) -> None:
    acme = machine.server()
    await acme.start()
    await acme.company("acme", "alice")
    assert acme.process is not None
    family = psutil.Process(acme.process.pid).children(recursive=True)
    assert "postgres" in {one.name() for one in family}, "the control: there is one to end"
    reader, writer = await _half_a_post(acme)
    acme.process.terminate()
    await until(lambda: _stopping(acme))
    await until(lambda: _refuses(acme))
    writer.write(REST)
    answer = await reader.read()
    writer.close()

    assert answer.startswith(b"HTTP/1.1 200 "), answer
    assert await acme.stop() == 0
    assert not [one for one in family if _lives(one)]
    await acme.start()
    home = await acme.get("/api/v1/timelines/home", who="acme")
    said = orjson.loads(answer.partition(b"\r\n\r\n")[2])
    assert [one["id"] for one in home] == [said["id"]]


async def _answers(server: Serve, status: int) -> bool:
    return await server.readiness() == status


async def _half_a_post(server: Serve) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """A client that has sent `BEGUN` of its body, and not yet `REST`."""
    reader, writer = await asyncio.open_connection(*server.address)
    head = (
        f"POST /api/v1/statuses HTTP/1.1\r\nHost: {server.host}\r\n"
        f"Authorization: Bearer {server.tokens['acme']}\r\nConnection: close\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(BEGUN + REST)}\r\n\r\n"
    )
    writer.write(head.encode() + BEGUN)
    await writer.drain()
    await asyncio.sleep(0.3)  # until the handler waits for the rest
    return reader, writer


def _lives(process: psutil.Process) -> bool:
    """What has ended may still wait for this machine's init to notice."""
    return process.is_running() and process.status() != psutil.STATUS_ZOMBIE


async def _stopping(server: Serve) -> bool:
    return '"stopping' in server.log


async def _refuses(server: Serve) -> bool:
    """Nobody new is let in."""
    try:
        _, writer = await asyncio.open_connection(*server.address)
    except ConnectionRefusedError:
        return True
    writer.close()
    return False
