"""One open socket: what its client listens to, and what waits to be sent to it.

Nothing that a client does or leaves undone keeps the others waiting: frames wait here, and a client
that does not read them is dropped.
"""

import asyncio
import logging
from collections import OrderedDict
from contextlib import suppress
from dataclasses import dataclass, field

import msgspec
import orjson
from aiohttp import WSCloseCode, WSMsgType, web

from fedi.api.channels import Channel, channel
from fedi.api.event_source import EventSource
from fedi.errors import FediError, Invalid, WrongScope, where
from fedi.model.account import Account
from fedi.model.token import Token
from fedi.store.hearers import Topic
from fedi.store.tokens import Bearer

MOST_WAITING = 1 << 20  # bytes; a client that lets more pile up does not read
MOST_CHANNELS = 100
REMEMBERED = 500  # statuses whose deletion a public stream is told of
PATIENCE = 5.0  # seconds for the last words

log = logging.getLogger("fedi.streaming")


class Control(msgspec.Struct):
    """What a client sends: {"type": "subscribe", "stream": "hashtag", "tag": "fedi"}"""

    type: str = ""
    stream: str = ""
    tag: str = ""


@dataclass(slots=True)
class Message:
    """One event.  `payload` None: none is sent; else a string, JSON in itself where it is one."""

    event: str
    payload: str | None = None
    _frames: dict[Channel, str] = field(default_factory=dict)

    def on(self, one: Channel) -> str:
        """The frame, made once however many listen."""
        frame = self._frames.get(one)
        if frame is None:
            parts = {"stream": one.label, "event": self.event}
            if self.payload is not None:
                parts["payload"] = self.payload
            frame = self._frames[one] = orjson.dumps(parts).decode()
        return frame


class Socket:
    """`token` and `account` are looked up anew while it is open: rights end before it does."""

    def __init__(
        self,
        ws: web.WebSocketResponse | EventSource,
        transport: asyncio.Transport | None,
        hash_: bytes,
        token: Token,
        account: Account,
    ) -> None:
        self.hash, self.token, self.account = hash_, token, account
        self.channels: set[Channel] = set()
        self._ws, self._transport = ws, transport
        self._frames: asyncio.Queue[str | None] = asyncio.Queue()
        self._waiting = 0  # bytes in `_frames`
        self._ended: WSCloseCode | None = None
        self._told: OrderedDict[int, set[Channel]] = OrderedDict()

    def renew(self, held: Bearer | None) -> None:
        """`held`: whom the token stands for now.  None ends the socket."""
        if held is None or held.account is None:
            self.end(WSCloseCode.POLICY_VIOLATION)
        else:
            self.token, self.account = held.token, held.account

    def may(self, scope: str) -> bool:
        return self.token.allows(scope)

    def subscribe(self, one: Channel) -> None:
        """Raises WrongScope, or Invalid when it is too much."""
        if not self.may(one.scope):
            raise WrongScope
        if len(self.channels) >= MOST_CHANNELS and one not in self.channels:
            raise Invalid("Too many streams")
        self.channels.add(one)

    def tell(self, message: Message, one: Channel) -> None:
        self._send(message.on(one))

    def hears(self, topic: Topic) -> bool:
        """Whether one of its public streams carries it."""
        return any(one.carries(topic) for one in self.channels)

    def tell_of(self, topic: Topic, message: Message, *, home: Channel | None) -> None:
        """On every stream that has it.  Remembered: whoever was shown a post hears of its end."""
        if home is not None and home in self.channels:
            self.tell(message, home)
        public = {one for one in self.channels if one.carries(topic)}
        for one in public:
            self.tell(message, one)
        if public:
            self._told.setdefault(topic.status.id, set()).update(public)
        if len(self._told) > REMEMBERED:
            self._told.popitem(last=False)

    def forget(self, status_id: int) -> set[Channel]:
        """The public streams where it was shown, if lately."""
        return self._told.pop(status_id, set())

    def refuse(self, refusal: FediError) -> None:
        """The socket stays: IceCubes asks for streams that nobody has."""
        status = 401 if isinstance(refusal, WrongScope) else 400
        self._send(orjson.dumps({"error": refusal.say, "status": status}).decode())

    def end(self, code: WSCloseCode) -> None:
        """Nothing is sent any more but the good-bye."""
        if self._ended is None:
            self._ended = code
            self._frames.put_nowait(None)

    async def converse(self) -> None:
        """Until either side ends it.  Leaves no task behind."""
        writer = asyncio.create_task(self._write(), name="socket")
        try:
            async for message in self._ws:
                if message.type is WSMsgType.TEXT and self._ended is None:
                    self._control(message.data)
        finally:
            self.end(WSCloseCode.GOING_AWAY)
            await _finish(writer)
            self._abort()

    async def _write(self) -> None:
        with suppress(ConnectionError):
            while (frame := await self._frames.get()) is not None and self._ended is None:
                await self._ws.send_str(frame)
                self._waiting -= len(frame)
        await self._ws.close(code=self._ended or WSCloseCode.GOING_AWAY)

    def _send(self, frame: str) -> None:
        if self._ended is not None:
            return
        self._waiting += len(frame)
        self._frames.put_nowait(frame)
        if self._waiting + self._unsent() > MOST_WAITING:
            self._ended = WSCloseCode.POLICY_VIOLATION
            self._abort()

    def _control(self, text: str) -> None:
        try:
            asked = msgspec.json.decode(text, type=Control)
            self._obey(asked)
        except (msgspec.DecodeError, UnicodeError, RecursionError):
            self.refuse(Invalid("A frame must be a JSON object with type and stream"))
        except FediError as refusal:
            self.refuse(refusal)

    def _obey(self, asked: Control) -> None:
        match asked.type:
            case "subscribe":
                self.subscribe(channel(asked.stream, asked.tag))
            case "unsubscribe":
                self.channels.discard(channel(asked.stream, asked.tag))
            case _:
                raise Invalid("Unknown frame type")

    def _unsent(self) -> int:
        """Bytes that the system did not take yet; none once the connection is gone."""
        if self._transport is None or self._transport.is_closing():
            return 0
        return self._transport.get_write_buffer_size()

    def _abort(self) -> None:
        """Without waiting for a client that does not read."""
        if self._transport is not None:
            self._transport.abort()


async def _finish(writer: asyncio.Task[None]) -> None:
    """Give the last words a moment, then end it."""
    _, late = await asyncio.wait([writer], timeout=PATIENCE)
    for task in late:
        task.cancel()
    for outcome in await asyncio.gather(writer, return_exceptions=True):
        if isinstance(outcome, Exception):
            log.warning("a socket ended with %s", where(outcome))
