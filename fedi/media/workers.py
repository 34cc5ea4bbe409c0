"""Processes that decode strangers' pictures, so that a decoder's hole or hunger stays in there.

Spec: security.md section 5.  A worker has 1 GB, 20 s of CPU a picture, no right to write a file,
and is replaced after some pictures, when it dies and when it takes too long.
"""

import asyncio
import multiprocessing
import os
import resource
import signal
import threading
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress
from multiprocessing.connection import wait
from typing import TypeVar, TypeVarTuple

from fedi import errors
from fedi.media.image import Kind, Prepared
from fedi.media.image import prepare as prepare_here

T = TypeVar("T")
Ts = TypeVarTuple("Ts")

MEMORY = 1024**3
CPU_SECONDS = 20
_WALL_SECONDS = 60  # on a machine with other things to do
TASKS_PER_WORKER = 100
_TOO_MUCH = "This picture cannot be read: it takes too much time or memory"


class Pool:
    """At most `size` worker processes.  None runs before the first picture comes."""

    def __init__(self, size: int, wall_seconds: float) -> None:
        self.wall_seconds = wall_seconds
        self.free = asyncio.Semaphore(size)
        self.idle: list[_Worker] = []
        self.stopped = False


class _Worker:
    """One process behind an executor of one: when it breaks, nobody else's picture is lost."""

    def __init__(self) -> None:
        self.executor = ProcessPoolExecutor(
            1, multiprocessing.get_context("spawn"), initializer=_confine
        )
        self.pid = 0
        self.tasks = 0


def start(size: int = 2, *, wall_seconds: float = _WALL_SECONDS) -> Pool:
    """A pool for the running event loop; see `stop`."""
    return Pool(size, wall_seconds)


async def stop(pool: Pool) -> None:
    """End every idle worker and wait for it; a busy one ends after its picture."""
    pool.stopped = True
    while pool.idle:
        await asyncio.to_thread(pool.idle.pop().executor.shutdown)


async def prepare(pool: Pool, data: bytes, kind: Kind = "attachment") -> Prepared:
    """`image.prepare` in a worker.  Raises Invalid as it does, and when the worker dies of it."""
    return await run(pool, prepare_here, data, kind)


async def run(pool: Pool, work: Callable[[*Ts], T], *args: *Ts) -> T:
    """Do `work`, an importable function, in a worker.  Raises what it raises.

    Raises Invalid when the worker dies or is over its time, Unavailable when the pool is stopped.
    """
    async with pool.free:
        if pool.stopped:
            raise errors.Unavailable
        worker = pool.idle.pop() if pool.idle else _Worker()
        sound = False
        try:
            outcome = await _ask(worker, pool.wall_seconds, work, *args)
            sound = True
        except (BrokenProcessPool, TimeoutError):
            raise errors.Invalid(_TOO_MUCH) from None
        finally:  # also when the caller is cancelled: the worker is still at it
            _put_back(pool, worker) if sound else _discard(worker)
    if isinstance(outcome, Exception):
        raise outcome
    return outcome


async def _ask(
    worker: _Worker, wall_seconds: float, work: Callable[[*Ts], T], *args: *Ts
) -> T | Exception:
    loop = asyncio.get_running_loop()
    async with asyncio.timeout(wall_seconds):
        worker.pid = worker.pid or await loop.run_in_executor(worker.executor, os.getpid)
        worker.tasks += 1
        return await loop.run_in_executor(worker.executor, _attempt, work, *args)


def _attempt(work: Callable[[*Ts], T], *args: *Ts) -> T | Exception:
    """In the worker.  The kernel counts CPU time since the process began, so the limit moves."""
    used = int(time.process_time())
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    resource.setrlimit(resource.RLIMIT_CPU, (used + CPU_SECONDS, hard))
    try:
        return work(*args)
    except Exception as refusal:  # returned, not raised: to tell it from the worker's own failure
        return refusal


def _confine() -> None:
    """In the worker, once.  Ctrl-C is the server's to answer; it asks us to end."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    for limit, value in (
        (resource.RLIMIT_AS, MEMORY),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(limit, (value, value))
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    """A server that was killed cannot end its workers; they would wait for ever."""
    parent = multiprocessing.parent_process()
    if parent:
        wait([parent.sentinel])
        os._exit(1)


def _put_back(pool: Pool, worker: _Worker) -> None:
    if pool.stopped or worker.tasks >= TASKS_PER_WORKER:
        worker.executor.shutdown(wait=False)
    else:
        pool.idle.append(worker)


def _discard(worker: _Worker) -> None:
    if worker.pid:
        with suppress(ProcessLookupError):
            os.kill(worker.pid, signal.SIGKILL)
    worker.executor.shutdown(wait=False, cancel_futures=True)
