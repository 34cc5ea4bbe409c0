"""`fedi serve` as processes of their own, each on its own data directory, and ways to end them."""

import asyncio
import json
import shutil
import signal
import sys
import tempfile
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
import asyncpg
import psutil

from fedi import config
from fedi.store import embedded
from fedi.store.place import Place, database_name
from tests.cli.command import MAIN, Ran, clean_environ, run
from tests.house import free_port, until

STARTING = 25  # seconds, on a machine that is busy


@dataclass(slots=True)
class Serve:
    """One organisation, whose server is started and killed as often as a test wants."""

    data: Path
    session: aiohttp.ClientSession
    environ: dict[str, str]
    host: str
    process: asyncio.subprocess.Process | None = None
    tokens: dict[str, str] = field(default_factory=dict)

    @property
    def origin(self) -> str:
        return f"http://{self.host}"

    @property
    def base(self) -> str:
        return f"http://{self.environ['FEDI_BIND']}"

    @property
    def address(self) -> tuple[str, int]:
        host, _, port = self.environ["FEDI_BIND"].rpartition(":")
        return host, int(port)

    @property
    def log(self) -> str:
        return (self.data / "stderr").read_text()

    async def start(self, *words: str, wait: bool = True, **more: str) -> None:
        """Until it is ready; `more` replaces settings for this start only."""
        with (self.data / "stderr").open("ab") as log:
            self.process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-c",
                MAIN,
                "serve",
                *words,
                env={**clean_environ(), **self.environ, **more},
                stdout=log,
                stderr=log,
            )
        if wait:
            await self.ready()

    async def ready(self) -> None:
        async def is_ready() -> bool:
            assert self.process is not None
            assert self.process.returncode is None, self.log
            return await self.readiness() == 200

        await until(is_ready, STARTING)

    async def readiness(self) -> int:
        """The status of /readyz; 0: nobody listens."""
        with suppress(aiohttp.ClientError):
            return (await self.call("GET", "/readyz"))[0]
        return 0

    async def kill(self, *, database_too: bool = False) -> None:
        """As if the power went out for this process; `database_too`: and for its PostgreSQL."""
        assert self.process is not None
        victims = [psutil.Process(self.process.pid)]
        if database_too:
            victims.append(self.postmaster())
        for victim in victims:
            victim.kill()
        await self.process.wait()

    async def stop(self) -> int:
        """SIGTERM; the exit code."""
        assert self.process is not None
        with suppress(ProcessLookupError):
            self.process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(STARTING):
            return await self.process.wait()

    def postmaster(self) -> psutil.Process:
        assert self.process is not None
        children = psutil.Process(self.process.pid).children()
        (found,) = [child for child in children if child.name() == "postgres"]
        return found

    async def fedi(self, *words: str) -> Any:
        """The JSON of a command that must succeed, typed on this server's machine."""
        ran: Ran = await run(*words, "--json", **self.environ)
        assert ran.code == 0, ran
        return ran.json

    async def company(self, name: str, human: str) -> None:
        """A company account, `human` who acts for it, and a token for both."""
        await self.fedi("account", "create", human)
        await self.fedi("account", "create", name, "--kind", "company")
        await self.fedi("account", "grant", name, human, "editor")
        await self.token(name, "--as", name, human=human)

    async def token(self, name: str, *words: str, human: str | None = None) -> None:
        made = await self.fedi("token", "create", human or name, *words)
        self.tokens[name] = made["access_token"]

    async def call(
        self, method: str, path: str, *, who: str | None = None, **more: Any
    ) -> tuple[int, Any]:
        """The status, and the body if it is JSON."""
        headers = {"Host": self.host, **more.pop("headers", {})}
        if who is not None:
            headers["Authorization"] = f"Bearer {self.tokens[who]}"
        url = self.base + path.removeprefix(self.origin)
        async with self.session.request(method, url, headers=headers, **more) as answer:
            raw = await answer.read()
            return answer.status, json.loads(raw) if answer.content_type.endswith("json") else raw

    async def get(self, path: str, *, who: str | None = None, **more: Any) -> Any:
        status, body = await self.call("GET", path, who=who, **more)
        assert status == 200, (path, status, body)
        return body

    async def say(self, text: str, *, who: str) -> Any:
        status, body = await self.call("POST", "/api/v1/statuses", who=who, json={"status": text})
        assert status == 200, (status, body)
        return body

    def database_url(self) -> str:
        """Of its owner; asks the running server's files."""
        if url := self.environ.get("FEDI_DATABASE_URL"):
            return url
        cluster = embedded.start(self.data)
        try:
            assert not cluster.owned, "the server should run"
            return cluster.url(database_name(config.load(self.environ)))
        finally:
            cluster.stop()

    async def fetch(self, sql: str, *values: object) -> list[Any]:
        conn = await asyncpg.connect(self.database_url())
        try:
            return [dict(row) for row in await conn.fetch(sql, *values)]
        finally:
            await conn.close()


class Machine:
    """Makes servers, and leaves nothing of them."""

    def __init__(self, session: aiohttp.ClientSession) -> None:
        self._session = session
        self._made: list[Serve] = []

    def server(
        self, *, database: Place | None = None, like: Serve | None = None, **environ: str
    ) -> Serve:
        """Not started yet.  `like`: another process of that organisation, on a port of its own."""
        data = Path(tempfile.mkdtemp(prefix="fedi-faults-"))
        port = free_port()
        host = like.host if like else f"acme.localhost:{port}"
        variables = {
            "FEDI_DATA": str(data),
            "FEDI_URL": f"http://{host}",
            "FEDI_BIND": f"127.0.0.1:{port}",
            "FEDI_DEV_PEERS": "*.localhost",
            "FEDI_OUTBOX_HOLD": "0",
            "FEDI_RATE_LIMITS": "off",
            "FEDI_LOG": "json",
            **(_urls(database) if database else {}),
            **environ,
        }
        made = Serve(data, self._session, variables, host, tokens=like.tokens if like else {})
        self._made.append(made)
        return made

    async def close(self) -> None:
        for made in self._made:
            if made.process is not None and made.process.returncode is None:
                await made.kill()
        for made in self._made:
            embedded.remove(made.data)
            shutil.rmtree(made.data)


def _urls(place: Place) -> dict[str, str]:
    return {"FEDI_DATABASE_URL": place.url, "FEDI_DATABASE_URL_OUTSIDE": place.outside_url or ""}
