"""Worker processes: what happens in there stays in there."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from fedi import errors
from fedi.media import workers


@pytest.fixture
async def pool() -> AsyncIterator[workers.Pool]:
    made = workers.start(1, wall_seconds=30)
    yield made
    await workers.stop(made)


def photo() -> bytes:
    out = BytesIO()
    Image.new("RGB", (80, 60), "navy").save(out, "JPEG")
    return out.getvalue()


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def take_memory() -> int:
    return len(bytearray(2 * workers.MEMORY))


def write_a_file(folder: str) -> None:
    (Path(folder) / "planted").write_bytes(b"x")


def burn(seconds: int) -> None:
    workers.CPU_SECONDS = seconds
    workers._attempt(_spin)


def _spin() -> None:
    while True:
        pass


async def test_a_picture_is_prepared_in_another_process(pool: workers.Pool) -> None:
    assert await workers.run(pool, os.getpid) != os.getpid()
    made = await workers.prepare(pool, photo(), "attachment")
    assert (made.width, made.height, made.content_type) == (80, 60, "image/jpeg")


async def test_a_refusal_comes_back_as_it_is_and_the_worker_stays(pool: workers.Pool) -> None:
    before = await workers.run(pool, os.getpid)
    with pytest.raises(errors.Invalid, match="only JPEG"):
        await workers.prepare(pool, b"<svg/>")
    assert await workers.run(pool, os.getpid) == before


async def test_a_worker_that_dies_costs_one_picture_only(pool: workers.Pool) -> None:
    with pytest.raises(errors.Invalid, match="too much time or memory"):
        await workers.run(pool, die)
    assert (await workers.prepare(pool, photo())).width == 80


async def test_a_worker_over_its_time_is_killed_and_replaced() -> None:
    pool = workers.start(1, wall_seconds=30)
    first = await workers.run(pool, os.getpid)
    pool.wall_seconds = 0.3
    with pytest.raises(errors.Invalid, match="too much time"):
        await workers.run(pool, time.sleep, 60)
    pool.wall_seconds = 30
    assert await workers.run(pool, os.getpid) != first
    assert not alive(first)
    await workers.stop(pool)


async def test_a_worker_that_burns_the_processor_is_ended_by_the_kernel(pool: workers.Pool) -> None:
    with pytest.raises(errors.Invalid, match="too much time"):
        await workers.run(pool, burn, 1)
    assert (await workers.prepare(pool, photo())).width == 80


async def test_memory_has_a_limit(pool: workers.Pool) -> None:
    with pytest.raises(MemoryError):
        await workers.run(pool, take_memory)


async def test_a_worker_cannot_write_files(pool: workers.Pool, tmp_path: Path) -> None:
    with pytest.raises(OSError, match="too large"):
        await workers.run(pool, write_a_file, str(tmp_path))
    planted = tmp_path / "planted"
    assert not planted.exists() or planted.stat().st_size == 0


async def test_a_large_picture_with_transparency_fits_into_the_memory(pool: workers.Pool) -> None:
    out = BytesIO()
    Image.new("RGBA", (7680, 4320), (9, 9, 9, 99)).save(out, "PNG", compress_level=1)
    assert (await workers.prepare(pool, out.getvalue())).height == 2160


async def test_whoever_stops_waiting_does_not_block_the_next(pool: workers.Pool) -> None:
    await workers.run(pool, os.getpid)
    waiting = asyncio.create_task(workers.run(pool, time.sleep, 60))
    await asyncio.sleep(0.2)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert (await workers.prepare(pool, photo())).width == 80


async def test_a_worker_is_replaced_after_some_pictures(
    pool: workers.Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workers, "TASKS_PER_WORKER", 2)
    pids = [await workers.run(pool, os.getpid) for _ in range(4)]
    assert pids[0] == pids[1] != pids[2] == pids[3]


async def test_no_more_than_size_work_at_once_and_all_are_served() -> None:
    pool = workers.start(2)
    made = await asyncio.gather(*(workers.prepare(pool, photo()) for _ in range(6)))
    assert len(made) == 6
    assert len(pool.idle) <= 2
    pids = [worker.pid for worker in pool.idle]
    await workers.stop(pool)
    assert not any(map(alive, pids))
    with pytest.raises(errors.Unavailable):
        await workers.prepare(pool, photo())


SERVER = """
import asyncio, os, signal
from fedi.media import workers

async def serve():
    print(await workers.run(workers.start(1), os.getpid), flush=True)
    signal.pause()

if __name__ == "__main__":
    asyncio.run(serve())
"""


def test_a_server_that_was_killed_leaves_no_worker_behind(tmp_path: Path) -> None:
    script = tmp_path / "server.py"
    script.write_text(SERVER)
    root = str(Path(workers.__file__).parents[2])
    with subprocess.Popen(
        [sys.executable, script],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=os.environ | {"PYTHONPATH": root},
    ) as server:
        assert server.stdout is not None
        worker = int(server.stdout.readline())
        assert alive(worker)
        server.kill()
    deadline = time.monotonic() + 10
    while alive(worker) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not alive(worker)


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False
