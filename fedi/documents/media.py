"""Files that strangers and partners load: public posts' by name, partners' by an unguessable token.

Each request asks whether the post still stands, so a file dies with it.
Spec: product.md "Nothing else leaks" (media); federation.md L-6.
"""

import hmac
import re
from pathlib import Path

from aiohttp import web

from fedi.auth.app import OUTSIDE, SETTINGS
from fedi.media import files, pictures
from fedi.model.peer import Mode
from fedi.store import outside, outside_pages

SHORTLY, OWN, LONG = "public, max-age=60", "private, max-age=60", "public, max-age=86400"
_POLICY = "default-src 'none'; sandbox"
_TOKEN = re.compile(r"[A-Za-z0-9_-]{16,64}")
_NUMBER = re.compile(r"[0-9]{1,19}")


async def public(request: web.Request) -> web.StreamResponse:
    """A file of a post that everybody may read."""
    key = request.match_info["key"]
    path = files.shelf(request.app[SETTINGS].data).find(key)
    if path is None or not request.app[SETTINGS].public_pages:
        return absent()
    async with request.app[OUTSIDE].reading() as conn:
        closed = (await outside.directory(conn)).mode is Mode.CLOSED
        if closed or not await outside_pages.is_public_file(conn, key):
            return absent()
    return file(path, SHORTLY)


async def partner(request: web.Request) -> web.StreamResponse:
    """A file of a post for partners: whoever was sent the post has its address."""
    token = request.match_info["token"]
    if not _TOKEN.fullmatch(token):
        return absent()
    async with request.app[OUTSIDE].reading() as conn:
        closed = (await outside.directory(conn)).mode is Mode.CLOSED
        key = None if closed else await outside_pages.file_of(conn, token)
    path = files.shelf(request.app[SETTINGS].data).find(key) if key else None
    return file(path, OWN) if path else absent()


async def portrait(request: web.Request) -> web.StreamResponse:
    """An avatar or header of an account that exists outside: where only the outside is served."""
    found = request.match_info
    if not _NUMBER.fullmatch(found["id"]) or int(found["id"]) >= 2**63:
        return absent()
    async with request.app[OUTSIDE].reading() as conn:
        account = await outside_pages.account(conn, int(found["id"]))
    if account is None or account.suspended_at is not None:
        return absent()
    own = {"avatar": account.avatar, "header": account.header}.get(found["kind"])
    path = files.shelf(request.app[SETTINGS].data).find(own) if own else None
    if path is None or not same(own or "", found["version"]):
        return absent()
    return file(path, LONG)


async def missing(request: web.Request) -> web.Response:
    """What stands in for the avatar or header that somebody does not have."""
    drawn = {"avatar.png": pictures.missing_avatar, "header.png": pictures.missing_header}
    draw = drawn.get(request.match_info["name"])
    if draw is None:
        return absent()
    return web.Response(body=draw(), headers=headers("image/png", LONG))


def file(path: Path, cache: str) -> web.StreamResponse:
    """Range and If-None-Match included."""
    return web.FileResponse(path, headers=headers(files.type_of(path), cache))


def absent() -> web.Response:
    """Hidden, deleted and never there are one."""
    return web.Response(status=404, text="Not Found\n", headers={"Cache-Control": "no-store"})


def headers(content_type: str, cache: str) -> dict[str, str]:
    return {
        "Content-Type": content_type,
        "Cache-Control": cache,
        "Content-Security-Policy": _POLICY,
        "X-Content-Type-Options": "nosniff",
        "Cross-Origin-Resource-Policy": "cross-origin",
        "Referrer-Policy": "no-referrer",
    }


def same(right: str, sent: str) -> bool:
    return hmac.compare_digest(right.encode(), sent.encode(errors="replace"))
