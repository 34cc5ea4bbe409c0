"""Read the small forms of sign-in and OAuth: JSON, urlencoded, multipart and the query string."""

import zlib
from collections.abc import Iterable
from urllib.parse import parse_qsl

import orjson
from aiohttp import web
from aiohttp.http import HttpProcessingError

from fedi.errors import Malformed, TooLarge

MAX_BODY = 1 << 16  # bytes
MAX_FIELDS = 50

Form = dict[str, str]


async def read(request: web.Request) -> Form:
    """Query and body; the body wins.  Raises Malformed or TooLarge."""
    return _plain(request.query.items()) | await read_body(request)


async def read_body(request: web.Request) -> Form:
    """What a form of ours sent.  Raises Malformed or TooLarge."""
    small = request.clone(client_max_size=MAX_BODY)
    try:
        match request.content_type:
            case "application/json":
                return _plain(_json(await small.read()).items())
            case "multipart/form-data":
                return _plain((await small.post()).items())
            case _:
                text = (await small.read()).decode("utf-8", "replace")
                return _plain(parse_qsl(text, keep_blank_values=True, max_num_fields=MAX_FIELDS))
    except web.HTTPRequestEntityTooLarge:
        raise TooLarge from None
    except (ValueError, AssertionError, LookupError, HttpProcessingError, zlib.error):
        raise Malformed from None


def _json(body: bytes) -> dict[str, object]:
    value = orjson.loads(body) if body.strip() else {}
    if not isinstance(value, dict):
        raise Malformed("The request body must be a JSON object")
    return value


def _plain(pairs: Iterable[tuple[str, object]]) -> Form:
    """Text and numbers only.  No PostgreSQL text holds a NUL, so none gets that far."""
    form = {name: str(value) for name, value in pairs if isinstance(value, str | int)}
    if any("\x00" in value for value in form.values()):
        raise Malformed
    return form
