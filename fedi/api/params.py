"""Read what clients send: JSON, forms, multipart and the query string, with Rails' brackets.

`poll[options][]`, `fields_attributes[0][name]` and `id[]` become lists and dicts; later sources
win over earlier ones: query, then body.
"""

import re
import zlib
from collections.abc import Iterable
from typing import Any
from urllib.parse import parse_qsl

import orjson
from aiohttp import BodyPartReader, web
from aiohttp.http import HttpProcessingError
from aiohttp.multipart import MultipartReader

from fedi.errors import Invalid, Malformed, NotFound, TooLarge

MAX_BODY = 1 << 20  # bytes; files are counted apart
MAX_FILE = 40 << 20
MAX_FORM = MAX_FILE + MAX_BODY  # of all parts of a form together
MAX_FIELDS = 1_000
MAX_DEPTH = 5
KEY = re.compile(r"[^\[\]]+|\[\]")


class Upload:
    """A file in a form."""

    __slots__ = ("content_type", "data", "name")

    def __init__(self, name: str, content_type: str, data: bytes) -> None:
        self.name, self.content_type, self.data = name, content_type, data


async def read(request: web.Request) -> dict[str, Any]:
    """Raises Malformed, TooLarge or Invalid; NotFound for a path that nothing can have."""
    if _holds_nul(request.path):
        raise NotFound
    form: dict[str, Any] = {}
    _fill(form, request.query.items())
    if request.can_read_body:
        await _read_body(request, form)
    if _holds_nul(form):
        raise Invalid("Validation failed: text cannot contain NUL characters")
    return form


async def _read_body(request: web.Request, form: dict[str, Any]) -> None:
    match request.content_type:
        case "application/json":
            form.update(await _json(request))
        case "multipart/form-data":
            _fill(form, await _multipart(request))
        case _:
            _fill(form, await _urlencoded(request))


def _holds_nul(value: object) -> bool:
    """PostgreSQL's text has no room for it, so it would be an error of ours much later."""
    waiting = [value]
    while waiting:
        one = waiting.pop()
        if isinstance(one, str) and "\x00" in one:
            return True
        if isinstance(one, dict):
            waiting += [*one.keys(), *one.values()]
        elif isinstance(one, list):
            waiting += one
    return False


async def _json(request: web.Request) -> dict[str, Any]:
    body = await _body(request)
    if not body.strip():
        return {}
    try:
        value = orjson.loads(body)
    except orjson.JSONDecodeError:
        raise Malformed("The request body is not valid JSON") from None
    if not isinstance(value, dict):
        raise Malformed("The request body must be a JSON object")
    return value


async def _body(request: web.Request) -> bytes:
    chunks, size = [], 0
    async for chunk in request.content.iter_chunked(1 << 16):
        size += len(chunk)
        if size > MAX_BODY:
            raise TooLarge
        chunks.append(chunk)
    return b"".join(chunks)


async def _urlencoded(request: web.Request) -> list[tuple[str, Any]]:
    text = (await _body(request)).decode("utf-8", "replace")
    try:
        return list(parse_qsl(text, keep_blank_values=True, max_num_fields=MAX_FIELDS))
    except ValueError:
        raise Invalid("Validation failed: too many fields") from None


async def _multipart(request: web.Request) -> list[tuple[str, Any]]:
    """All parts together are bounded too: nobody has been asked for a token yet."""
    fields: list[tuple[str, Any]] = []
    left = MAX_FORM
    try:
        reader = await request.multipart()
        while (part := await reader.next()) is not None:
            if isinstance(part, MultipartReader) or not part.name:
                raise Malformed("Nested or nameless parts are not accepted")
            value, size = await _part(part, left)
            fields.append((part.name, value))
            left -= size
            if len(fields) > MAX_FIELDS:
                raise Invalid("Validation failed: too many fields")
    except (ValueError, AssertionError, HttpProcessingError, zlib.error) as error:
        raise Malformed("The multipart body could not be read") from error
    return fields


async def _part(part: BodyPartReader, left: int) -> tuple[Any, int]:
    """The value, and how many bytes it had.  Raises TooLarge beyond `left`."""
    limit = min(left, MAX_FILE if part.filename else MAX_BODY)
    data = bytearray()
    while chunk := await part.read_chunk(1 << 16):
        data += chunk
        if len(data) > limit:
            raise TooLarge
    if part.filename:
        kind = part.headers.get("Content-Type", "application/octet-stream")
        return Upload(part.filename, kind, bytes(data)), len(data)
    return data.decode("utf-8", "replace"), len(data)


def _fill(form: dict[str, Any], pairs: Iterable[tuple[str, Any]]) -> None:
    for count, (name, value) in enumerate(pairs):
        if count >= MAX_FIELDS:
            raise Invalid("Validation failed: too many fields")
        keys = KEY.findall(name)[:MAX_DEPTH]
        if keys:
            _put(form, keys, value)


def _put(into: dict[str, Any], keys: list[str], value: Any) -> None:
    key, *rest = keys
    if not rest:
        into[key] = value
    elif rest == ["[]"]:
        held = into.setdefault(key, [])
        if isinstance(held, list):
            held.append(value)
    elif rest[0] != "[]":
        below = into.setdefault(key, {})
        if isinstance(below, dict):
            _put(below, rest, value)
