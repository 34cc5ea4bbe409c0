"""Reading an answer without letting it fill our memory.

Spec: security.md section 2 (cap after decompression, ratio at most 100:1).
"""

import zlib

import aiohttp

from fedi.net.failure import Failure

_RATIO = 100
_RATIO_FROM = 1024  # bytes; below, a ratio says nothing


async def read(answer: aiohttp.ClientResponse, max_bytes: int) -> bytes:
    """The body of `answer`, unpacked, at most `max_bytes`.  Raises Failure."""
    if (answer.content_length or 0) > max_bytes:
        raise Failure("too large")
    match answer.headers.get("Content-Encoding", "identity").strip().lower():
        case "identity" | "":
            return await _plain(answer.content, max_bytes)
        case "gzip" | "x-gzip":
            return await _unzipped(answer.content, max_bytes)
        case _:
            raise Failure("bad response")


async def _plain(stream: aiohttp.StreamReader, max_bytes: int) -> bytes:
    body = bytearray()
    async for chunk in stream.iter_any():
        body += chunk
        if len(body) > max_bytes:
            raise Failure("too large")
    return bytes(body)


async def _unzipped(stream: aiohttp.StreamReader, max_bytes: int) -> bytes:
    body, taken, unzip = bytearray(), 0, zlib.decompressobj(wbits=31)
    async for chunk in stream.iter_any():
        taken += len(chunk)
        try:
            body += unzip.decompress(chunk, max_bytes - len(body) + 1)
        except zlib.error as error:
            raise Failure("bad response") from error
        if len(body) > min(max_bytes, _RATIO * max(taken, _RATIO_FROM)):
            raise Failure("too large")
    if (taken and not unzip.eof) or unzip.unused_data:
        raise Failure("bad response")
    return bytes(body)
