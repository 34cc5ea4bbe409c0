"""`fedi demo`: two organisations on this machine, a story between them, then yours to try."""

import asyncio
import shutil
import signal
import socket
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager, suppress
from pathlib import Path
from typing import Annotated

import typer
import uvloop

from fedi import config
from fedi.cli import cast, logs, stranger
from fedi.cli.say import Json, say
from fedi.cli.serving import Served, serving
from fedi.cli.story import Story
from fedi.cli.telling import Telling, document
from fedi.config import Settings
from fedi.errors import Invalid, Unavailable
from fedi.net import Client, Guard
from fedi.store import embedded, place
from fedi.store.embedded import Cluster

HOLD = 1  # seconds that a post for the outside waits: long enough to be seen waiting
LAST_PORT = 65_533
PEERS = "*.localhost"
NAMES = ("acme", "globex", "initech")


def command(
    leave: Annotated[
        bool, typer.Option("--exit", help="Stop after the story; 0 only if all of it was observed.")
    ] = False,
    data: Annotated[Path | None, typer.Option(help="Keep the data in this directory.")] = None,
    port: Annotated[
        int, typer.Option(min=1024, max=LAST_PORT, help="The first of three ports.")
    ] = 8001,
    as_json: Json = False,
) -> None:
    """Two organisations and a story, on this machine.  Example: fedi demo --exit"""
    hosts = [f"{name}.localhost:{port + at}" for at, name in enumerate(NAMES)]
    _check_ports(port)
    telling = Telling(quiet=as_json)
    telling.opening()
    with _folder(data) as folder:
        settings = [_settings(folder, host) for host in hosts[:2]]
        logs.configure(settings[0])
        with _cluster(folder, keep=data is not None) as cluster:
            play = _play(settings, hosts[2], cluster, telling, stay=not leave, as_json=as_json)
            if not uvloop.run(play) and leave:
                raise Unavailable("Not everything in the story was observed: see above")


async def _play(
    settings: list[Settings],
    unwanted: str,
    cluster: Cluster,
    telling: Telling,
    *,
    stay: bool,
    as_json: bool,
) -> bool:
    """Whether all of the story was observed.  A signal ends it at any point."""
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    async with _stage(settings, unwanted, cluster, telling) as story:
        playing = asyncio.create_task(story.play())
        await _first(playing, stop)
        telling.pause()
        if stop.is_set():
            return False
        if as_json:
            say(document(story), as_json=True)
        telling.ending(story, stay=stay)
        while stay and not stop.is_set():
            cluster.revive()
            with suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), 1)
        telling.curtain()
        return story.true


@asynccontextmanager
async def _stage(
    settings: list[Settings], unwanted: str, cluster: Cluster, telling: Telling
) -> AsyncIterator[Story]:
    """Both organisations and the stranger, running; all ended in order afterwards."""
    async with AsyncExitStack() as stack:
        served: list[Served] = []
        for one in settings:
            where = await place.prepare(one, cluster)
            served.append(await stack.enter_async_context(serving(one, where)))
        client = Client("http://demo.localhost", Guard([PEERS]))
        await stack.enter_async_context(client)
        yield Story(
            await cast.acme(served[0], client, settings[1].host),
            await cast.globex(served[1], client, settings[0].host),
            await stack.enter_async_context(stranger.knocking(client, unwanted)),
            telling,
        )


async def _first(playing: "asyncio.Task[None]", stop: asyncio.Event) -> None:
    """Until the story is over or a signal comes, which ends it."""
    stopped = asyncio.create_task(stop.wait())
    await asyncio.wait([playing, stopped], return_when=asyncio.FIRST_COMPLETED)
    stopped.cancel()
    if playing.done():
        playing.result()
        return
    playing.cancel()
    await asyncio.gather(playing, return_exceptions=True)


def _settings(folder: Path, host: str) -> Settings:
    """One organisation of the demo; nothing of the caller's environment."""
    data = folder / host.partition(".")[0]
    data.mkdir(parents=True, exist_ok=True)
    return config.load(
        {
            "FEDI_DATA": str(data),
            "FEDI_URL": f"http://{host}",
            "FEDI_BIND": f"127.0.0.1:{host.partition(':')[2]}",
            "FEDI_DEV_PEERS": PEERS,
            "FEDI_OUTBOX_HOLD": str(HOLD),
            "FEDI_RATE_LIMITS": "off",
            "FEDI_LOG": "text,error",
        }
    )


def _check_ports(first: int) -> None:
    for port in range(first, first + len(NAMES)):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError as error:
                raise Invalid(
                    f"Port {port} is taken. Is another demo running?"
                    f" `fedi demo --port {first + 100}` uses other ones."
                ) from error


@contextmanager
def _folder(data: Path | None) -> Iterator[Path]:
    if data is not None:
        data.mkdir(parents=True, exist_ok=True)
        yield data.absolute()
        return
    folder = Path(tempfile.mkdtemp(prefix="fedi-demo-"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _cluster(folder: Path, *, keep: bool) -> Iterator[Cluster]:
    """One PostgreSQL for both, ended however the demo ends."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # until the loop has its own handler
    database = folder / "database"
    database.mkdir(exist_ok=True)
    cluster = embedded.start(database, serving=True)
    try:
        yield cluster
    finally:
        cluster.stop()
        if not keep:
            embedded.remove(database)
