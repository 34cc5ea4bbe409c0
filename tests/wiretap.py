"""A tap on the line between two servers: it passes every byte on, and remembers it."""

import asyncio
from contextlib import suppress


class Tap:
    """Listens on `port`, connects to `target`, keeps what went each way."""

    def __init__(self, port: int, target: int) -> None:
        self._port, self._target = port, target
        self.towards = bytearray()
        self.back = bytearray()
        self._server: asyncio.Server | None = None
        self._open: set[asyncio.Task[None]] = set()

    async def start(self) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self._port)

    async def stop(self) -> None:
        """Once both servers have let go of the line."""
        assert self._server is not None
        self._server.close()
        for task in tuple(self._open):
            task.cancel()
        await asyncio.gather(*self._open, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(self._between(reader, writer))
        self._open.add(task)
        task.add_done_callback(self._open.discard)

    async def _between(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_connection("127.0.0.1", self._target)
        try:
            await asyncio.gather(
                self._pass(reader, back, self.towards), self._pass(there, writer, self.back)
            )
        finally:
            for end in (writer, back):
                end.close()
                with suppress(OSError):
                    await end.wait_closed()

    async def _pass(
        self, source: asyncio.StreamReader, sink: asyncio.StreamWriter, heard: bytearray
    ) -> None:
        with suppress(OSError):
            while data := await source.read(1 << 16):
                heard += data
                sink.write(data)
                await sink.drain()
            sink.close()
