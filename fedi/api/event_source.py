"""Server-sent events: the other way to listen, for clients that speak plain HTTP.

Spec: docs.joinmastodon.org/methods/streaming ("Establishing a HTTP connection")
"""

import asyncio
from contextlib import suppress

import orjson
from aiohttp import WSMessage, web

HEARTBEAT = 15.0  # seconds; a comment, by which a vanished client is noticed


class EventSource:
    """One open response, used by a Socket as if it were a WebSocket that never says anything."""

    def __init__(self) -> None:
        self._response = web.StreamResponse(
            headers={"Content-Type": "text/event-stream", "Cache-Control": "private, no-store"}
        )
        self._ended = asyncio.Event()

    @property
    def response(self) -> web.StreamResponse:
        return self._response

    async def prepare(self, request: web.Request) -> None:
        await self._response.prepare(request)
        await self._response.write(b":)\n")

    async def send_str(self, frame: str) -> None:
        """`frame` is what a WebSocket would carry; an error frame has no event."""
        message = orjson.loads(frame)
        event, payload = message.get("event", "error"), message.get("payload", "")
        await self._response.write(f"event: {event}\ndata: {payload}\n\n".encode())

    async def close(self, *, code: int = 1000) -> bool:
        """`code` means nothing here: the response ends."""
        self._ended.set()
        with suppress(ConnectionError, RuntimeError):
            await self._response.write_eof()
        return bool(code)

    def __aiter__(self) -> "EventSource":
        return self

    async def __anext__(self) -> WSMessage:
        """Nothing ever comes from the client; ends when either side does."""
        while not self._ended.is_set():
            with suppress(TimeoutError):
                await asyncio.wait_for(self._ended.wait(), HEARTBEAT)
                break
            with suppress(ConnectionError):
                await self._response.write(b":thump\n")
                continue
            break
        raise StopAsyncIteration
