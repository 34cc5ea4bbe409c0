"""Files as colleagues' apps load them: without a token, by an address made for one viewer.

Each request asks whether the post still stands and the viewer may still see it; the answer is
believed for less than a minute, so files die with their post and with whoever leaves.
Spec: product.md "Nothing else leaks" (media); federation.md L-6.
"""

import hmac
import re
import time
from collections import OrderedDict
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

from aiohttp import web
from aiohttp.typedefs import Handler

from fedi import clock
from fedi.actions.pictures import Pictures
from fedi.auth.app import CLIENT, DATABASE, LINKS, SETTINGS, WORKERS
from fedi.errors import FediError, NotFound
from fedi.media import files
from fedi.media.links import ANYBODY, Portrait, version_of
from fedi.model.event import Event, Kind
from fedi.model.peer import Mode
from fedi.store import Database, accounts, media, peers
from fedi.store.media import Media

BELIEVED_SECONDS, BELIEVED_MOST = 50.0, 50_000
KEPT = "private, max-age=86400"  # in the viewer's own app; shared caches keep nothing
_MAC = re.compile(r"[A-Za-z0-9_-]{1,64}")
_WEEK = re.compile(r"[0-9]{4}w[0-9]{2}")
_NUMBER = re.compile(r"[0-9]{1,19}")
_LARGEST = 2**63 - 1


class Sight:
    """What viewers may see of files, as it was asked a moment ago."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._known: OrderedDict[tuple[int, int], tuple[float, Media | None]] = OrderedDict()

    def hear(self, event: Event) -> None:
        if event.kind in (Kind.MEDIA, Kind.DELETE, Kind.REVOKED):
            self._known.clear()

    def forget(self) -> None:
        self._known.clear()

    async def file(self, viewer: int, media_id: int) -> Media | None:
        held = self._known.get((viewer, media_id))
        if held is not None and held[0] > time.monotonic():
            return held[1]
        until = time.monotonic() + BELIEVED_SECONDS
        async with self._db.reading() as conn:
            found = await media.shown_to(conn, viewer or None, media_id)
        self._known[viewer, media_id] = (until, found)
        if len(self._known) > BELIEVED_MOST:
            self._known.popitem(last=False)
        return found


SIGHT: web.AppKey[Sight] = web.AppKey("sight", Sight)
PICTURES: web.AppKey[Pictures] = web.AppKey("pictures", Pictures)


def add_routes(app: web.Application) -> None:
    """`app` must carry SETTINGS, DATABASE, CLIENT, LINKS and WORKERS."""
    app[SIGHT] = Sight(app[DATABASE])
    app[PICTURES] = Pictures(app[DATABASE], app[CLIENT], app[WORKERS], app[SETTINGS].data)
    app.cleanup_ctx.append(_running)
    app.router.add_get("/media/{week}/{viewer}/{mac}/{id}/{variant}", _safely(attachment))
    app.router.add_get("/media/accounts/{id}/{kind}/{version}", _safely(portrait))


async def attachment(request: web.Request) -> Path:
    """A file of a post, or of an upload that only its owner sees."""
    viewer, media_id = _numbers(request, "viewer", "id")
    found = request.match_info
    week, mac, variant = found["week"], found["mac"], found["variant"]
    well_formed = _WEEK.fullmatch(week) and _MAC.fullmatch(mac)
    if not well_formed or variant not in ("original", "small"):
        raise NotFound
    now = clock.now()
    if not request.app[LINKS].check(week, viewer, mac, media_id, variant, now=now):
        raise NotFound
    if viewer == ANYBODY:
        await _require_open(request)
    file = await request.app[SIGHT].file(viewer, media_id)
    if file is None:
        raise NotFound
    if file.file is None:
        request.app[SIGHT].forget()
    return await request.app[PICTURES].attachment(file, small=variant == "small")


async def portrait(request: web.Request) -> Path:
    """An avatar or header; its name cannot be guessed, and a new picture gets a new one."""
    (account_id,) = _numbers(request, "id")
    kind = _kind(request.match_info["kind"])
    async with request.app[DATABASE].reading() as conn:
        account = await accounts.find(conn, account_id)
    if account is None or account.suspended_at is not None:
        raise NotFound
    own = account.avatar if kind == "avatar" else account.header
    remote = account.avatar_remote if kind == "avatar" else account.header_remote
    if own is not None:
        _require_same(own, request)
        path = files.shelf(request.app[SETTINGS].data).find(own)
        if path is None:
            raise NotFound
        return path
    if remote is None:
        raise NotFound
    _require_same(version_of(remote), request)
    return await request.app[PICTURES].portrait(remote, kind)


async def _require_open(request: web.Request) -> None:
    """Strangers load what public pages show, so it closes with them."""
    async with request.app[DATABASE].reading() as conn:
        closed = await peers.mode(conn) is Mode.CLOSED
    if closed or not request.app[SETTINGS].public_pages:
        raise NotFound


async def _running(app: web.Application) -> AsyncIterator[None]:
    unsubscribe = app[DATABASE].bus.subscribe(app[SIGHT].hear)
    yield
    unsubscribe()
    await app[PICTURES].stop()


Finder = Callable[[web.Request], Awaitable[Path]]


def _safely(find: Finder) -> Handler:
    """Hidden, deleted, refused and broken are one answer; never a way to the other server."""

    async def serve(request: web.Request) -> web.StreamResponse:
        try:
            path = await find(request)
        except FediError:
            headers = {"Cache-Control": "no-store"}
            return web.Response(status=404, text="Not Found\n", headers=headers)
        return web.FileResponse(path, headers=_headers(files.type_of(path)))

    return serve


def _headers(content_type: str) -> dict[str, str]:
    return {
        "Content-Type": content_type,
        "Cache-Control": KEPT,
        "Content-Security-Policy": "default-src 'none'; sandbox",
        "X-Content-Type-Options": "nosniff",
        "Cross-Origin-Resource-Policy": "cross-origin",
        "Referrer-Policy": "no-referrer",
    }


def _numbers(request: web.Request, *names: str) -> list[int]:
    texts = [request.match_info[name] for name in names]
    if not all(_NUMBER.fullmatch(text) and int(text) <= _LARGEST for text in texts):
        raise NotFound
    return [int(text) for text in texts]


def _kind(text: str) -> Portrait:
    match text:
        case "avatar" | "header":
            return text
        case _:
            raise NotFound


def _require_same(right: str, request: web.Request) -> None:
    sent = request.match_info["version"]
    if not hmac.compare_digest(right.encode(), sent.encode(errors="replace")):
        raise NotFound
