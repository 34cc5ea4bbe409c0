"""`fedi serve`: run this organisation in the foreground until SIGTERM or Ctrl-C, then drain.

With several workers, the first process owns the database and watches over the others.
"""

import asyncio
import logging
import multiprocessing
import os
import signal
import sys
import time
from contextlib import suppress
from dataclasses import replace
from multiprocessing.connection import wait
from multiprocessing.process import BaseProcess
from pathlib import Path
from types import FrameType
from typing import Annotated, Literal

import typer
import uvloop

from fedi import config
from fedi.cli import logs
from fedi.cli.say import Json
from fedi.cli.serving import serving, settle
from fedi.config import Settings
from fedi.errors import FediError, Invalid
from fedi.store import embedded, place
from fedi.store.embedded import Cluster
from fedi.store.place import Place

Role = Literal["all", "inside", "outside", "worker"]
CANNOT_START = 78  # a worker that would only fail again
PATIENCE = 40  # seconds for a worker to drain, then it is killed
WATCH = 1.0  # seconds between looks at the database and the workers

log = logging.getLogger("fedi")


def command(
    role: Annotated[Role, typer.Option(help="Which part of fedi this process is.")] = "all",
    migrate: Annotated[
        bool, typer.Option("--migrate/--no-migrate", help="Bring the database up to date first.")
    ] = True,
    as_json: Json = False,
) -> None:
    """Run this organisation in the foreground; SIGTERM and Ctrl-C drain.  Example: fedi serve"""
    settings = config.load(os.environ)
    run(replace(settings, log_format="json") if as_json else settings, role, migrate=migrate)


def run(settings: Settings, role: Role, *, migrate: bool) -> None:
    """Returns when told to stop and everything under way is done.  Raises FediError."""
    logs.configure(settings)
    _refuse(settings, role)
    _warn(settings)
    cluster = _cluster(settings, role)
    try:
        where = asyncio.run(_where(settings, cluster, role, migrate=migrate))
        if role != "outside" and where.outside_url is None:
            log.warning(
                "the outside doors have no login of their own: they run on one that can read"
                " everything. `fedi migrate --print-roles` prints what a DBA must run"
            )
        if settings.workers > 1:
            _Watch(settings, where, role, cluster).run()
        else:
            uvloop.run(_serve(settings, where, role, cluster=cluster))
    finally:
        if cluster is not None:
            cluster.stop()


def _refuse(settings: Settings, role: str) -> None:
    if role == "outside" and settings.database_url_outside is None:
        raise Invalid(
            "The outside role runs on the restricted login only: set FEDI_DATABASE_URL_OUTSIDE"
            " (`fedi migrate --print-roles` on the inside host prints how to make it)"
        )
    if settings.workers > 1 and isinstance(settings.listen, Path):
        raise Invalid("Several workers cannot share a unix socket: set FEDI_BIND to address:port")


def _warn(settings: Settings) -> None:
    used = {
        "FEDI_DEV_PEERS": settings.dev_peers,
        "FEDI_DEV_ROUTES": settings.dev_routes,
        "FEDI_DEV_CLOCK": settings.dev_clock,
    }
    for name in (name for name, value in used.items() if value):
        log.warning("%s IS SET: FOR DEVELOPMENT ONLY, PROTECTIONS ARE OFF", name)
    if not settings.rate_limits:
        log.warning("FEDI_RATE_LIMITS is off: nothing slows down an attacker")


def _cluster(settings: Settings, role: str) -> Cluster | None:
    """From the main thread and before any loop: PostgreSQL dies with the thread that started it."""
    if settings.database_url is not None or role == "outside":
        return None
    settings.data.mkdir(parents=True, exist_ok=True)
    return embedded.start(settings.data, serving=True)


async def _where(settings: Settings, cluster: Cluster | None, role: str, *, migrate: bool) -> Place:
    if role == "outside":  # holds no other login, so that nobody who breaks in finds one
        return Place("", settings.database_url_outside)
    if not migrate:
        return place.known(settings, cluster)
    return await place.prepare(settings, cluster)


async def _serve(
    settings: Settings,
    where: Place,
    role: str,
    *,
    cluster: Cluster | None = None,
    parent: int | None = None,
) -> None:
    """Until a signal.  `parent`: the process without which this worker makes no sense."""
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    try:
        running = serving(settings, where, role=role, reuse_port=parent is not None)
        async with running as served:
            settle()
            log.info("ready on port %s", served.port)
            await _until(stop, cluster, parent)
            log.info("stopping: finishing what is under way")
    except OSError as error:
        raise _explained(settings, error) from error


async def _until(stop: asyncio.Event, cluster: Cluster | None, parent: int | None) -> None:
    while not stop.is_set() and parent in (None, os.getppid()):
        if cluster is not None:
            cluster.revive()
        with suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), WATCH)


def _explained(settings: Settings, error: OSError) -> FediError:
    return Invalid(
        f"Cannot listen on {settings.bind}: {error.strerror or error}. Is another fedi running?"
        " FEDI_BIND chooses another address"
    )


def _work(settings: Settings, where: Place, role: str, parent: int) -> None:
    """A worker process, from its first line to its last."""
    logs.configure(settings)
    try:
        uvloop.run(_serve(settings, where, role, parent=parent))
    except FediError as error:
        log.error("%s", error.say)  # noqa: TRY400 - it says what to change
        sys.exit(CANNOT_START)


class _Watch:
    """The first of several processes: keeps the database and the workers alive until a signal."""

    def __init__(
        self, settings: Settings, where: Place, role: str, cluster: Cluster | None
    ) -> None:
        self._work = (settings, where, role, os.getpid())
        self._count = settings.workers
        self._cluster = cluster
        self._stopping = False
        self._workers: list[BaseProcess] = []

    def run(self) -> None:
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._stop)
        try:
            self._workers = [self._start() for _ in range(self._count)]
            while not self._stopping:
                self._look()
                wait([worker.sentinel for worker in self._workers], timeout=WATCH)
        finally:
            self._end()

    def _stop(self, _: int, __: FrameType | None) -> None:
        self._stopping = True

    def _look(self) -> None:
        if self._cluster is not None:
            self._cluster.revive()
        for at, worker in enumerate(self._workers):
            if worker.is_alive() or self._stopping:
                continue
            if worker.exitcode == CANNOT_START:
                raise Invalid("A worker could not start: see above")
            log.error("worker %s ended with %s: starting another", worker.pid, worker.exitcode)
            time.sleep(WATCH)
            self._workers[at] = self._start()

    def _start(self) -> BaseProcess:
        worker = multiprocessing.get_context("spawn").Process(target=_work, args=self._work)
        worker.start()
        return worker

    def _end(self) -> None:
        alive = [worker for worker in self._workers if worker.is_alive()]
        for worker in alive:
            worker.terminate()
        end = time.monotonic() + PATIENCE
        for worker in alive:
            worker.join(max(0.0, end - time.monotonic()))
            if worker.is_alive():
                log.error("worker %s did not drain in time", worker.pid)
                worker.kill()
                worker.join()
