"""CPU seconds of fedi and of its PostgreSQL, and a throw-away organisation to spend them."""

import shutil
import tempfile
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
import uvloop

from fedi import config
from fedi.cli.serving import settle
from fedi.config import Settings
from fedi.store import embedded, place
from fedi.store.embedded import Cluster
from fedi.store.place import Place

Body = Callable[[Settings, Place], Awaitable[Any]]


@dataclass(frozen=True, slots=True)
class Spent:
    """CPU seconds."""

    fedi: float
    postgres: float

    def __sub__(self, other: "Spent") -> "Spent":
        return Spent(self.fedi - other.fedi, self.postgres - other.postgres)

    def of(self, count: int) -> dict[str, float]:
        """Per operation and per second of one core that carries both."""
        return {
            "per_cpu_second": count / (self.fedi + self.postgres),
            "fedi_us": self.fedi / count * 1e6,
            "postgres_us": self.postgres / count * 1e6,
        }


def spent() -> Spent:
    """Of this process and of the PostgreSQL below it; other children are load, not counted."""
    own = psutil.Process()
    servers = [child for child in own.children(recursive=True) if child.name() == "postgres"]
    return Spent(_seconds(own), sum(map(_seconds, servers)))


def with_organisation(body: Body) -> Any:
    """Run `body` on uvloop against an empty, migrated organisation, fsync on, and delete it."""
    with _cluster() as (cluster, data):
        settings = config.load(
            {
                "FEDI_DATA": str(data),
                "FEDI_URL": "http://acme.localhost:8001",
                "FEDI_BIND": "127.0.0.1:0",
                "FEDI_DEV_PEERS": "*.localhost",
                "FEDI_OUTBOX_HOLD": "0",
                "FEDI_RATE_LIMITS": "off",
            }
        )
        return uvloop.run(_prepared(body, settings, cluster))


async def _prepared(body: Body, settings: Settings, cluster: Cluster) -> Any:
    settle()  # as `fedi serve` does
    return await body(settings, await place.prepare(settings, cluster))


@contextmanager
def _cluster() -> Iterator[tuple[Cluster, Path]]:
    folder = Path(tempfile.mkdtemp(prefix="fedi-bench-"))
    data = folder / "var"
    data.mkdir()
    cluster = embedded.start(data)
    try:
        yield cluster, data
    finally:
        cluster.stop()
        embedded.remove(data)
        shutil.rmtree(folder)


def _seconds(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)
