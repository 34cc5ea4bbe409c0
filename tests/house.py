"""Organisations for tests: a real server on loopback, people in it, and clients that speak HTTP."""

import asyncio
import itertools
import socket
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
import asyncpg

from fedi import clock, config, ids
from fedi.actions import people
from fedi.auth.hashes import hash_of
from fedi.cli.serving import Served, serving
from fedi.model.account import Account, DeskRole, Kind, Role
from fedi.model.peer import Direction, Mode, Peer, Trust
from fedi.model.reach import Reach
from fedi.model.token import Application, Token
from fedi.store import Database, desk, migrate, peers, tokens
from fedi.store.embedded import Cluster
from fedi.store.place import Place

SCOPES = ["read", "write", "follow", "push"]
_numbers = itertools.count(1)


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    body: Any
    headers: Mapping[str, str]


@dataclass(slots=True)
class Person:
    """Somebody with a token and a client."""

    house: "House"
    account: Account
    secret: str

    async def call(self, method: str, path: str, **more: Any) -> Answer:
        headers = {"Authorization": f"Bearer {self.secret}", **more.pop("headers", {})}
        return await self.house.call(method, path, headers=headers, **more)

    async def get(self, path: str, **more: Any) -> Any:
        answer = await self.call("GET", path, **more)
        assert answer.status == 200, (path, answer)
        return answer.body

    async def post(self, path: str, body: Any = None, **more: Any) -> Any:
        answer = await self.call("POST", path, json=body or {}, **more)
        assert answer.status == 200, (path, answer)
        return answer.body

    async def say(self, text: str, **more: Any) -> Any:
        """Post `text` and return the Status entity."""
        return await self.post("/api/v1/statuses", {"status": text, **more})

    async def home(self) -> list[Any]:
        found: list[Any] = await self.get("/api/v1/timelines/home")
        return found


@dataclass(slots=True)
class House:
    """A running organisation."""

    served: Served
    place: Place
    session: aiohttp.ClientSession
    people: dict[str, Person] = field(default_factory=dict)

    @property
    def db(self) -> Database:
        assert self.served.parts.db is not None
        return self.served.parts.db

    @property
    def origin(self) -> str:
        return self.served.settings.origin

    @property
    def domain(self) -> str:
        return self.served.settings.domain

    @property
    def base(self) -> str:
        return f"http://127.0.0.1:{self.served.port}"

    async def call(self, method: str, path: str, **more: Any) -> Answer:
        headers = {"Host": self.served.settings.host, **more.pop("headers", {})}
        url = path if path.startswith("http") else self.base + path
        url = url.replace(self.origin, self.base)
        async with self.session.request(
            method, url, headers=headers, allow_redirects=False, **more
        ) as response:
            raw = await response.read()
            kind = response.content_type
            body = await response.json() if kind.endswith("json") and raw else raw
            return Answer(response.status, body, response.headers)

    async def person(self, name: str, **more: Any) -> Person:
        """A new account with a token; by default an employee who is inside only."""
        more.setdefault("kind", Kind.EMPLOYEE)
        async with self.db.transaction() as conn:
            account, _ = await people.create(
                conn,
                self.served.settings,
                username=name,
                kind=more["kind"],
                email=more.get("email"),
                password=more.get("password"),
                display_name=more.get("display_name", name.title()),
                role=more.get("role", Role.EMPLOYEE),
                max_reach=more.get("max_reach"),
                default_reach=more.get("default_reach"),
                locked=more.get("locked", False),
            )
        return await self.sign_in(account)

    async def outgoing(self, name: str, **more: Any) -> Person:
        """An outside persona: acts and is followed as itself, like a plain Mastodon account."""
        return await self.person(name, max_reach=Reach.PUBLIC, default_reach=Reach.PUBLIC, **more)

    async def company(self, name: str, human: Person, role: DeskRole = DeskRole.EDITOR) -> Person:
        """A company account, acted for by `human`."""
        company = await self.person(name, kind=Kind.COMPANY)
        async with self.db.transaction() as conn:
            await desk.grant(conn, company.account.id, human.account.id, role, at=clock.now())
        return await self.sign_in(company.account, human=human.account)

    async def sign_in(
        self, account: Account, *, human: Account | None = None, scopes: list[str] | None = None
    ) -> Person:
        secret = ids.token(32)
        now = clock.now()
        application = Application(
            id=ids.new(),
            client_id=ids.token(),
            name="Tusky",
            website=None,
            redirect_uris=["urn:ietf:wg:oauth:2.0:oob"],
            scopes=scopes or SCOPES,
            created_at=now,
        )
        token = Token(
            id=ids.new(),
            application_id=application.id,
            account_id=account.id,
            human_id=(human or account).id,
            scopes=scopes or SCOPES,
            created_at=now,
        )
        async with self.db.transaction() as conn:
            await tokens.add_application(conn, application, secret_hash=hash_of("secret"))
            await tokens.add(conn, token, hash_=hash_of(secret))
        person = Person(self, account, secret)
        self.people[account.username] = person
        return person

    async def allow(self, domain: str, trust: Trust = Trust.PARTNER, **more: Any) -> None:
        peer = Peer(
            domain=domain,
            trust=trust,
            slug=more.get("slug", domain.partition(".")[0]),
            direction=more.get("direction", Direction.BOTH),
            accounts=more.get("accounts"),
            paused=more.get("paused", False),
            expires_at=more.get("expires_at"),
        )
        async with self.db.transaction() as conn:
            await peers.put(conn, peer, at=clock.now())

    async def set_mode(self, mode: Mode) -> None:
        async with self.db.transaction() as conn:
            await peers.set_mode(conn, mode, at=clock.now())

    async def fetch(self, sql: str, *values: object) -> list[Any]:
        """What the database holds, for assertions about what must not be shown."""
        async with self.db.reading() as conn:
            return [dict(row) for row in await conn.fetch(sql, *values)]


class Builder:
    """Makes databases and houses, and takes all of them down."""

    def __init__(self, cluster: Cluster, template: str, folder: Path) -> None:
        self._cluster = cluster
        self._template = template
        self._folder = folder
        self._stack = AsyncExitStack()
        self._databases: list[str] = []

    async def database(self, name: str) -> Place:
        """A copy of the migrated template, with its own outside login."""
        database = f"fedi_{name.partition('.')[0]}_{next(_numbers)}"
        admin = await asyncpg.connect(self._cluster.admin_url)
        try:
            await admin.execute(
                f'CREATE DATABASE "{database}" OWNER fedi TEMPLATE "{self._template}"'
            )
        finally:
            await admin.close()
        self._databases.append(database)
        password = self._cluster.outside_password(database)
        await migrate.migrate(self._cluster.url(database), outside_password=password)
        return Place(self._cluster.url(database), self._cluster.outside_url(database))

    async def house(self, host: str, *, port: int | None = None, **environ: str) -> House:
        """Start an organisation; `environ` are FEDI_* settings by their short lower-case names."""
        port = port or free_port()
        settings = config.load(
            {
                "FEDI_DATA": str(self._folder / host),
                "FEDI_URL": f"http://{host}:{port}",
                "FEDI_BIND": f"127.0.0.1:{port}",
                "FEDI_DEV_PEERS": "*.localhost",
                "FEDI_OUTBOX_HOLD": "0",
                "FEDI_RATE_LIMITS": "off",
                **{f"FEDI_{name.upper()}": value for name, value in environ.items()},
            }
        )
        settings.data.mkdir(parents=True, exist_ok=True)
        place = await self.database(host)
        session = await self._stack.enter_async_context(
            aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar())
        )
        served = await self._stack.enter_async_context(serving(settings, place))
        return House(served, place, session)

    async def close(self) -> None:
        await self._stack.aclose()
        admin = await asyncpg.connect(self._cluster.admin_url)
        try:
            for database in self._databases:
                await admin.execute(f'DROP DATABASE "{database}" WITH (FORCE)')
                await admin.execute(f'DROP ROLE IF EXISTS "fedi_outside_{database}"')
        finally:
            await admin.close()


async def until(check: Callable[[], Awaitable[Any]], seconds: float = 10) -> Any:
    """Ask again and again until `check` answers with something true."""
    async with asyncio.timeout(seconds):
        while not (found := await check()):
            await asyncio.sleep(0.02)
    return found


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
