"""An organisation without doors, and servers on loopback that check every signature they get."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import orjson
from aiohttp import web
from msgspec.structs import replace

from fedi import clock, config, ids
from fedi.actions import people, statuses
from fedi.activitypub import signatures
from fedi.errors import BadSignature
from fedi.model.account import Account, Kind
from fedi.model.peer import Peer, Trust
from fedi.model.reach import Reach, Visibility
from fedi.model.status import Draft, Status
from fedi.net import Client
from fedi.outbox.deliver import Courier
from fedi.store import Conn, Database, accounts, follows, peers
from fedi.store import statuses as stored
from fedi.store.follows import Follow
from fedi.store.outside import Site
from tests.house import until

SETTINGS = config.load({"FEDI_URL": "http://acme.localhost:8001"})


@dataclass(frozen=True, slots=True)
class Received:
    """One POST.  `signed`: its signature was that of its actor, and for exactly these bytes."""

    host: str
    path: str
    body: bytes
    signed: bool

    @property
    def kind(self) -> str:
        return str(orjson.loads(self.body)["type"])

    @property
    def thing(self) -> str:
        """The id of what it is about."""
        inner = orjson.loads(self.body)["object"]
        return str(inner if isinstance(inner, str) else inner["id"])


@dataclass(slots=True)
class Peers:
    """All names under `.localhost`, on one port.  `answer` decides what they say."""

    public_keys: dict[str, str] = field(default_factory=dict)  # key id to PEM
    answer: Callable[[Received], Awaitable[web.Response]] | None = None
    got: list[Received] = field(default_factory=list)
    port: int = 0

    def named(self, name: str) -> str:
        return f"{name}.localhost:{self.port}"

    def from_host(self, host: str) -> list[Received]:
        return [one for one in self.got if one.host == host]

    async def serve(self, request: web.Request) -> web.Response:
        body = await request.read()
        path = request.raw_path
        one = Received(request.host, path, body, self._signed(request, body))
        self.got.append(one)
        return web.Response(status=202) if self.answer is None else await self.answer(one)

    def _signed(self, request: web.Request, body: bytes) -> bool:
        headers = {name.lower(): request.headers.getall(name) for name in request.headers}
        try:
            presented = signatures.read("POST", request.raw_path, headers)
            signatures.check(
                presented,
                self.public_keys[presented.key_id],
                method="POST",
                path=request.raw_path,
                headers=headers,
                body=body,
                now=clock.now(),
                hosts={request.host},
            )
        except (BadSignature, KeyError):
            return False
        actor: str = orjson.loads(body)["actor"]
        return presented.key_id.partition("#")[0] == actor


@dataclass(slots=True)
class Office:
    db: Database
    client: Client
    peers: Peers
    site: Site = field(default_factory=lambda: Site(SETTINGS.origin, SETTINGS.domain))

    async def author(self, name: str = "acme") -> Account:
        async with self.db.transaction() as conn:
            made, _ = await people.create(conn, SETTINGS, username=name, kind=Kind.COMPANY)
            key_id, pem = await self._public_key(conn, made.id)
        self.peers.public_keys[key_id] = pem
        return made

    async def _public_key(self, conn: Any, account_id: int) -> tuple[str, str]:
        row = await conn.fetchrow(
            "SELECT key_id, public_pem FROM account_keys WHERE account_id = $1", account_id
        )
        return row["key_id"], row["public_pem"]

    async def allow(self, host: str, **more: Any) -> None:
        async with self.db.transaction() as conn:
            peer = Peer(domain=host, trust=Trust.PARTNER, **more)
            await peers.put(conn, peer, at=clock.now())

    async def remove_peer(self, host: str) -> None:
        async with self.db.transaction() as conn:
            await peers.remove(conn, host)

    async def follower(self, of: Account, host: str, name: str, inbox: str = "/inbox") -> Account:
        """Somebody on `host` follows; a server that shares its inbox unless told otherwise."""
        origin = f"http://{host}"
        theirs = replace(
            of,
            id=ids.new(),
            uri=f"{origin}/users/{name}",
            username=name,
            domain=host,
            inbox=f"{origin}/users/{name}/inbox" if inbox == "/inbox" else f"{origin}{inbox}",
            shared_inbox=f"{origin}/inbox" if inbox == "/inbox" else None,
        )
        async with self.db.transaction() as conn:
            stands = await accounts.save_remote(conn, theirs, fetched_at=clock.now())
            follow = Follow(
                follower_id=stands.id, followed_id=of.id, uri=f"{theirs.uri}#f", accepted=True
            )
            await follows.add(conn, follow, at=clock.now())
        return stands

    async def say(self, author: Account, text: str, reach: Reach = Reach.PUBLIC) -> Status:
        async with self.db.transaction() as conn:
            return await self.say_on(conn, author, text, reach)

    async def say_on(
        self, conn: Conn, author: Account, text: str, reach: Reach = Reach.PUBLIC
    ) -> Status:
        return await statuses.post(conn, self.site, self._draft(author, text, reach), hold=0)

    async def edit(self, status: Status, author: Account, text: str) -> None:
        draft = self._draft(author, text, status.reach).but(id=status.id, uri=status.uri)
        async with self.db.transaction() as conn:
            await statuses.edit_own(conn, self.site, status, draft)

    async def take_back(self, status: Status, author: Account) -> None:
        async with self.db.transaction() as conn:
            now = (await stored.by_ids(conn, [status.id]))[status.id]
            await statuses.remove(conn, self.site, now, author)

    def _draft(self, author: Account, text: str, reach: Reach) -> Draft:
        number = ids.new()
        return Draft(
            id=number,
            uri=f"{self.site.origin}/ap/objects/{number}",
            url=f"{self.site.origin}/@{author.username}/{number}",
            author_id=author.id,
            local=True,
            visibility=Visibility.PUBLIC,
            reach=reach,
            content=f"<p>{text}</p>",
            source=text,
            created_at=clock.now(),
        )

    async def rows(self, sql: str, *values: object) -> list[Any]:
        async with self.db.reading() as conn:
            return [dict(row) for row in await conn.fetch(sql, *values)]

    @asynccontextmanager
    async def courier(self) -> AsyncIterator[Courier]:
        """One that is at work inside the block, and stops in order."""
        made, stop = Courier(self.db, self.client), asyncio.Event()
        task = asyncio.create_task(made.run(stop))
        try:
            yield made
        finally:
            stop.set()
            await task

    async def deliver(self) -> None:
        """Let a courier work until nothing is due."""
        async with self.courier():
            await until(self._idle)

    async def _idle(self) -> bool:
        """Nothing is due, and nothing in anybody's hands."""
        busy = """
            SELECT FROM delivery_hosts
             WHERE due_at <= $1 AND (open_until IS NULL OR open_until <= $1)
            """
        return not await self.rows(busy, clock.now())


def later(**by: float) -> datetime:
    """Let time pass."""
    moment = clock.now() + timedelta(**by)
    clock.start_at(moment)
    return moment


@asynccontextmanager
async def killed(office: Office) -> AsyncIterator[None]:
    """A courier at work inside the block that ends without a chance to write anything down."""
    task = asyncio.create_task(Courier(office.db, office.client).run(asyncio.Event()))
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
