"""Which actor stands behind a handle; in `closed`, and for who exists inside only: nobody.

Spec: federation.md D-1 to D-5, L-5; RFC 7033, RFC 6415.
"""

import re
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

import orjson
from aiohttp import web

from fedi.activitypub import render
from fedi.activitypub.vocab import Document
from fedi.auth.app import OUTSIDE, SETTINGS
from fedi.config import Settings
from fedi.documents import answers
from fedi.documents.actors import TOKEN, USERNAME
from fedi.model.account import Account, Kind
from fedi.model.peer import Mode
from fedi.store import Conn, outside, outside_pages

LONGEST = 2048
_HANDLE = re.compile(r"(?:acct:)?@?([^@/\s]+)@([^@/\s]+)", re.IGNORECASE)
_PROFILE = re.compile(r"/@([^/]+)/?")
_BAD_REQUEST, _NOT_FOUND, _GONE = (
    orjson.dumps({"error": text}) for text in ("Bad Request", "Not Found", "Gone")
)


@dataclass(frozen=True, slots=True)
class Named:
    """What a resource names: an actor by its id, or by its name.  Both None: nothing of ours."""

    uri: str | None = None
    username: str | None = None
    server: bool = False


async def webfinger(request: web.Request) -> web.Response:
    settings = request.app[SETTINGS]
    named = read(request.query.get("resource", ""), settings)
    if named is None:
        return _json(_BAD_REQUEST, 400)
    async with request.app[OUTSIDE].reading() as conn:
        mode = (await outside.directory(conn)).mode
        found = await _find(conn, settings, named)
        deleted = named.uri and await outside.tombstone(conn, named.uri) is not None
    if mode is Mode.CLOSED or (found is None and not deleted):
        return _json(_NOT_FOUND, 404)
    return _json(_GONE, 410) if found is None else _jrd(found)


async def host_meta(request: web.Request) -> web.Response:
    """XML unless JSON is asked for by name."""
    if "application/json" in request.headers.get("Accept", ""):
        return await host_meta_json(request)
    return web.Response(
        text=render.host_meta_xml(request.app[SETTINGS].origin),
        content_type="application/xrd+xml",
        charset="utf-8",
        headers=answers.OPEN,
    )


async def host_meta_json(request: web.Request) -> web.Response:
    return _json(orjson.dumps(render.host_meta(request.app[SETTINGS].origin)), 200)


def read(resource: str, settings: Settings) -> Named | None:
    """None: it cannot be read (400).

    >>> read("no handle", None)
    """
    text = _decoded(resource).strip()
    if not text or len(text) > LONGEST or not text.isprintable():
        return None
    if text.lower().startswith(("http://", "https://")):
        return _address(text, settings)
    handle = _HANDLE.fullmatch(text)
    if handle is None:
        return None
    if handle[2].lower().rstrip(".") not in {settings.domain.lower(), settings.host.lower()}:
        return Named()
    return _name(handle[1], settings)


def _decoded(resource: str) -> str:
    """Some send it encoded twice; a handle holds no percent sign of its own."""
    return unquote(resource) if "%" in resource else resource


def _address(text: str, settings: Settings) -> Named | None:
    try:
        parts = urlsplit(text)
    except ValueError:
        return None
    if parts.netloc.lower() not in {settings.domain.lower(), settings.host.lower()}:
        return Named()
    if parts.path in ("", "/"):
        return Named(server=True)
    profile = _PROFILE.fullmatch(unquote(parts.path))
    if profile is not None:
        return _name(profile[1], settings)
    kind, _, token = parts.path.rpartition("/")
    if kind in ("/ap/actors", "/ap") and TOKEN.fullmatch(token):
        return Named(uri=f"{settings.origin}{parts.path}")
    return Named()


def _name(name: str, settings: Settings) -> Named:
    own = {settings.host.lower(), settings.domain.lower()}
    if name.lower() in own | {one.partition(":")[0] for one in own}:
        return Named(server=True)
    return Named(username=name if USERNAME.fullmatch(name) else None)


async def _find(conn: Conn, settings: Settings, named: Named) -> Document | None:
    speaker = await outside_pages.speaker(conn)
    server = speaker.uri if speaker else None
    if server is not None and (named.server or named.uri == server):
        return _of_server(settings, server)
    account = None
    if named.uri is not None:
        account = await outside.account_by_uri(conn, named.uri)
    elif named.username is not None:
        account = await outside.account_by_name(conn, named.username)
    if account is None:
        return None
    return _of_server(settings, server) if account.uri == server else _of(settings, account)


def _of(settings: Settings, account: Account) -> Document:
    return render.webfinger(
        f"{account.username}@{settings.domain}",
        actor_uri=account.uri,
        origin=settings.origin,
        profile_url=account.url,
        other_handles=[f"{account.username}@{settings.host}"],
        is_person=account.kind is not Kind.SERVICE,
    )


def _of_server(settings: Settings, uri: str) -> Document:
    name = settings.host.partition(":")[0]
    return render.webfinger(
        f"{name}@{settings.host}",
        actor_uri=uri,
        origin=settings.origin,
        other_handles=[f"{settings.domain}@{settings.domain}"],
        is_person=False,
    )


def _jrd(document: Document) -> web.Response:
    return web.Response(
        body=orjson.dumps(document),
        content_type="application/jrd+json",
        headers={**answers.OPEN, "Cache-Control": "public, max-age=60"},
    )


def _json(body: bytes, status: int) -> web.Response:
    return web.Response(
        status=status, body=body, content_type="application/json", headers=answers.OPEN
    )
