"""Streaming: tell open sockets what happens, each only what its account may see at that moment.

Spec: docs.joinmastodon.org/methods/streaming; security.md "Streaming"
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager

import orjson
from aiohttp import WSCloseCode, web

from fedi import clock
from fedi.api.channels import NOTIFICATIONS, USER, Channel, channel
from fedi.api.entities import notification as notification_entity
from fedi.api.entities import status as status_entity
from fedi.api.event_source import EventSource
from fedi.api.sockets import Message, Socket
from fedi.api.view import View
from fedi.auth.app import DATABASE
from fedi.auth.bearer import HEADER, by_secret
from fedi.auth.hashes import hash_of
from fedi.config import Settings
from fedi.errors import FediError, Malformed, Unauthorized, WrongScope, where
from fedi.media.links import Links
from fedi.model.account import Account
from fedi.model.event import Event, Kind
from fedi.model.status import Status
from fedi.model.viewer import insider
from fedi.store import Conn, Database, hearers, notification_pages, tokens
from fedi.store.hearers import Hearer
from fedi.store.notification_pages import Wanted
from fedi.store.tokens import Bearer

HOME, NOTIFIED = Channel(USER), Channel(NOTIFICATIONS)
HEARD = frozenset(
    {Kind.STATUS, Kind.EDIT, Kind.DELETE, Kind.NOTIFICATION, Kind.FILTERS, Kind.REVOKED}
)
MOST_BEHIND = 10_000  # events; beyond, the newest are left out: clients read pages as well
LOOK_EVERY = 5.0  # seconds: how long a right can outlive its end when a wake-up was lost
HEARTBEAT = 30.0  # seconds
CLOSING = 2.0  # seconds for a client to answer a good-bye
LONGEST_FRAME = 4_096  # bytes that a client may send at once
READ = "read:statuses|read:notifications"

log = logging.getLogger("fedi.streaming")


class Streams:
    """All sockets of this process.  Events come from the bus, are asked about, and passed on."""

    def __init__(self, db: Database, settings: Settings, links: Links) -> None:
        self._db, self._settings, self._links = db, settings, links
        self._sockets: set[Socket] = set()
        self._events: asyncio.Queue[Event] = asyncio.Queue(MOST_BEHIND)
        self._tasks: list[asyncio.Task[None]] = []
        self._leave: Callable[[], None] | None = None

    async def start(self) -> None:
        self._leave = self._db.bus.subscribe(self._hear)
        for name, body in (("streams", self._pass_on), ("stream tokens", self._look)):
            self._tasks.append(asyncio.create_task(_again(name, body), name=name))

    async def stop(self) -> None:
        if self._leave is not None:
            self._leave()
            self._leave = None
        self.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks.clear()

    def close(self) -> None:
        """Say good-bye to all: the server stops, clients come back elsewhere."""
        for socket in self._sockets:
            socket.end(WSCloseCode.GOING_AWAY)

    @contextmanager
    def joined(self, socket: Socket) -> Iterator[None]:
        self._sockets.add(socket)
        try:
            yield
        finally:
            self._sockets.discard(socket)

    def _hear(self, event: Event) -> None:
        if not self._sockets or event.kind not in HEARD:
            return
        try:
            self._events.put_nowait(event)
        except asyncio.QueueFull:
            log.warning("streams are %d events behind: one was left out", MOST_BEHIND)

    async def _pass_on(self) -> None:
        event = await self._events.get()
        match event.kind:
            case Kind.STATUS:
                await self._status(event.id, "update")
            case Kind.EDIT:
                await self._status(event.id, "status.update")
            case Kind.DELETE:
                self._gone(event)
            case Kind.NOTIFICATION:
                await self._notify(event)
            case Kind.FILTERS:
                for socket in self._of(event.to, HOME):
                    socket.tell(Message("filters_changed"), HOME)
            case Kind.REVOKED:
                await self._revoked(event)
            case _:
                pass

    async def _status(self, status_id: int, event: str) -> None:
        async with self._db.reading() as conn:
            topic = await hearers.topic(conn, status_id)
            if topic is None:
                return
            people = {socket.account.id: socket.account for socket in self._sockets}
            heard = await hearers.of(
                conn,
                status_id,
                at_home={s.account.id for s in self._sockets if HOME in s.channels},
                in_public={s.account.id for s in self._sockets if s.hears(topic)},
            )
            drawn = await self._drawn(conn, topic.status, heard, people)
        homes = {hearer.account_id for hearer in heard if hearer.home}
        told = {number: Message(event, payload) for number, payload in drawn.items()}
        for socket in tuple(self._sockets):
            if message := told.get(socket.account.id):
                socket.tell_of(topic, message, home=HOME if socket.account.id in homes else None)

    async def _drawn(
        self, conn: Conn, status: Status, heard: Iterable[Hearer], people: Mapping[int, Account]
    ) -> dict[int, str]:
        """{account: JSON}.  Drawn once for all who see the same, else once for each."""
        drawn: dict[int, str] = {}
        shared: str | None = None
        for hearer in heard:
            if hearer.plain and shared is not None:
                drawn[hearer.account_id] = shared
                continue
            view = self._view(people[hearer.account_id])
            for entity in await status_entity.render(conn, view, [status]):
                drawn[hearer.account_id] = orjson.dumps(entity).decode()
            if hearer.plain:
                shared = drawn.get(hearer.account_id)
        return drawn

    def _gone(self, event: Event) -> None:
        """An id and nothing else, to those who had it."""
        message = Message("delete", str(event.id))
        for socket in tuple(self._sockets):
            if socket.account.id in event.to and HOME in socket.channels:
                socket.tell(message, HOME)
            for one in socket.forget(event.id) & socket.channels:
                socket.tell(message, one)

    async def _notify(self, event: Event) -> None:
        listening = [*self._of(event.to, HOME), *self._of(event.to, NOTIFIED)]
        people = {s.account.id: s.account for s in listening if s.may(NOTIFIED.scope)}
        for account in people.values():
            view = self._view(account)
            async with self._db.reading() as conn:
                found = await notification_pages.find(conn, view.viewer, event.id, Wanted())
                page = [found] if found else []
                entities = await notification_entity.render(conn, view, page)
            for entity in entities:
                message = Message("notification", orjson.dumps(entity).decode())
                for one in (HOME, NOTIFIED):
                    for socket in self._of((account.id,), one):
                        if socket.may(NOTIFIED.scope):
                            socket.tell(message, one)

    async def _revoked(self, event: Event) -> None:
        if any(not {s.token.human_id, s.account.id}.isdisjoint(event.to) for s in self._sockets):
            await self._renew()

    async def _look(self) -> None:
        await asyncio.sleep(LOOK_EVERY)
        await self._renew()

    async def _renew(self) -> None:
        """One question for all: whose token is gone, or whose desk role, is sent away."""
        if not self._sockets:
            return
        asked = tuple(self._sockets)
        async with self._db.reading() as conn:
            held = await tokens.bearers(conn, [socket.hash for socket in asked])
        for socket in asked:
            socket.renew(held.get(socket.hash))

    def _of(self, account_ids: Iterable[int], one: Channel) -> list[Socket]:
        return [s for s in self._sockets if s.account.id in account_ids and one in s.channels]

    def _view(self, account: Account) -> View:
        return View(self._settings, self._links, insider(account), clock.now())


STREAMS: web.AppKey[Streams] = web.AppKey("streams", Streams)


def add_routes(app: web.Application) -> None:
    """With and without the slash: older clients add it."""
    app.router.add_get("/api/v1/streaming", _serve)
    app.router.add_get("/api/v1/streaming/", _serve)
    app.router.add_get("/api/v1/streaming/health", _health)
    app.router.add_get("/api/v1/streaming/{stream:[a-z/]+}", _serve_events)
    app.on_shutdown.append(_close)


async def _serve(request: web.Request) -> web.StreamResponse:
    secret, held = await _listener(request)
    ws = web.WebSocketResponse(
        protocols=[secret],
        heartbeat=HEARTBEAT,
        timeout=CLOSING,
        compress=False,
        max_msg_size=LONGEST_FRAME,
    )
    if not ws.can_prepare(request):
        raise Malformed("Streaming needs a WebSocket")
    await ws.prepare(request)
    socket = Socket(ws, request.transport, hash_of(secret), held.token, _person(held))
    _begin(request, socket)
    with request.app[STREAMS].joined(socket):
        await socket.converse()
    return ws


async def _serve_events(request: web.Request) -> web.StreamResponse:
    """The stream is in the path: /api/v1/streaming/public/local is `public:local`."""
    secret, held = await _listener(request)
    name = request.match_info["stream"].strip("/").replace("/", ":")
    only_media = request.query.get("only_media", "").lower() in ("true", "1")
    wanted = channel(name, request.query.get("tag", ""), only_media=only_media)
    source = EventSource()
    socket = Socket(source, request.transport, hash_of(secret), held.token, _person(held))
    socket.subscribe(wanted)
    await source.prepare(request)
    with request.app[STREAMS].joined(socket):
        await socket.converse()
    return source.response


async def _listener(request: web.Request) -> tuple[str, Bearer]:
    """Raises Unauthorized or WrongScope."""
    secret = _secret(request)
    async with request.app[DATABASE].reading() as conn:
        held = await by_secret(conn, secret)
    _person(held)
    if not held.token.allows(READ):
        raise WrongScope
    return secret, held


def _person(held: Bearer) -> Account:
    if held.account is None:
        raise Unauthorized
    return held.account


def _begin(request: web.Request, socket: Socket) -> None:
    """The stream named in the address, if any; more may be asked for in frames."""
    query = request.query
    if "stream" not in query:
        return
    only_media = query.get("only_media", "").lower() in ("true", "1")
    try:
        socket.subscribe(channel(query["stream"], query.get("tag", ""), only_media=only_media))
    except FediError as refusal:
        socket.refuse(refusal)


def _secret(request: web.Request) -> str:
    """Browsers can set no header but the protocol's.  Raises Unauthorized."""
    sent = request.headers.get("Authorization")
    if sent is None:
        offered = request.headers.get("Sec-WebSocket-Protocol", "").partition(",")[0].strip()
        sent = f"Bearer {offered or request.query.get('access_token', '')}"
    found = HEADER.fullmatch(sent.strip())
    if found is None:
        raise Unauthorized
    return found[1]


async def _health(_request: web.Request) -> web.Response:
    return web.Response(text="OK")


async def _close(app: web.Application) -> None:
    app[STREAMS].close()


async def _again(name: str, body: Callable[[], Awaitable[None]]) -> None:
    """What fails is logged without its content, and the next one is served."""
    while True:
        try:
            await body()
        except Exception as error:
            log.error("%s: unexpected %s", name, where(error))  # noqa: TRY400 - no text
            await asyncio.sleep(0.1)
