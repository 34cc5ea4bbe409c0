"""Read the access token of a request: RFC 6750, and Mastodon's fallbacks for streaming."""

import re

from aiohttp import web

from fedi.auth.hashes import hash_of
from fedi.errors import Unauthorized
from fedi.store import Conn, tokens
from fedi.store.tokens import Bearer

HEADER = re.compile(r"Bearer +([A-Za-z0-9._~+/=-]{16,256})", re.IGNORECASE)


async def bearer(conn: Conn, request: web.Request) -> Bearer | None:
    """None when no token was sent.  Raises Unauthorized when one was, and it is not good."""
    sent = request.headers.get("Authorization")
    if sent is None:
        return None
    found = HEADER.fullmatch(sent.strip())
    if found is None:
        raise Unauthorized
    return await by_secret(conn, found[1])


async def by_secret(conn: Conn, secret: str) -> Bearer:
    """Raises Unauthorized."""
    held = await tokens.bearer(conn, hash_of(secret))
    if held is None:
        raise Unauthorized
    return held
