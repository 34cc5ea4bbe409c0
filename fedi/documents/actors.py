"""Our accounts as other servers see them, and the server itself.

Spec: federation.md section 2, A-1, A-2, A-3.
"""

import re
from typing import Final

from aiohttp import web

from fedi.activitypub import render
from fedi.activitypub.render import Picture
from fedi.auth.app import LINKS, OUTSIDE, SETTINGS
from fedi.documents import answers
from fedi.documents.asking import GONE, Asking, Offer
from fedi.media.files import TYPES
from fedi.media.links import Portrait
from fedi.model.account import Account
from fedi.model.peer import Mode
from fedi.policy.fetch import Document
from fedi.store import Conn, outside, outside_pages

TOKEN: Final = re.compile(r"[A-Za-z0-9_-]{1,64}")
USERNAME: Final = re.compile(r"[A-Za-z0-9_](?:[A-Za-z0-9_.-]{0,253}[A-Za-z0-9_])?")


async def by_id(asking: Asking, conn: Conn) -> Offer | None:
    account = await account_of(asking, conn)
    if account is None:
        gone = await _tombstone(asking, conn)
        return Offer(GONE, None) if gone else None
    return await offer(asking, conn, account)


async def by_name(asking: Asking, conn: Conn) -> Offer | None:
    """The profile's address, asked for as a document: the same actor."""
    account = await account_named(conn, asking.request.match_info["name"])
    return await offer(asking, conn, account) if account else None


async def offer(asking: Asking, conn: Conn, account: Account) -> Offer | None:
    key = await outside.key_of(conn, account.id)
    if key is None:
        return None
    document = render.actor(
        account,
        domain=asking.site.domain,
        public_key_pem=key[1],
        icon=_picture(asking.request, account, "avatar"),
        image=_picture(asking.request, account, "header"),
    )
    return Offer(terms(account), document, [account.uri])


def terms(account: Account) -> Document:
    """An account for partners is theirs alone; they find it before anybody there follows it."""
    return Document(account_id=account.id, reach=account.max_reach, addressed=True)


async def account_of(asking: Asking, conn: Conn) -> Account | None:
    """Whose document, or whose collection, the path names."""
    token = asking.request.match_info.get("token")
    if token is None:
        return await outside.account_by_uri(conn, f"{asking.site.origin}/ap/actor")
    if not TOKEN.fullmatch(token):
        return None
    return await outside.account_by_uri(conn, f"{asking.site.origin}/ap/actors/{token}")


async def account_named(conn: Conn, name: str) -> Account | None:
    return await outside.account_by_name(conn, name) if USERNAME.fullmatch(name) else None


async def instance_actor(request: web.Request) -> web.Response:
    """A-3: unsigned in every mode that talks at all, or two careful servers could never begin."""
    settings = request.app[SETTINGS]
    async with request.app[OUTSIDE].reading() as conn:
        directory = await outside.directory(conn)
        speaker = await outside_pages.speaker(conn)
    if directory.mode is Mode.CLOSED or speaker is None:
        return answers.refusal(404)
    document = render.instance_actor(
        speaker.uri,
        host=settings.host,
        inbox=f"{settings.origin}/inbox",
        public_key_pem=speaker.public_pem,
    )
    return answers.document(document, kept=True)


async def _tombstone(asking: Asking, conn: Conn) -> bool:
    token = asking.request.match_info.get("token", "")
    return bool(TOKEN.fullmatch(token)) and await outside.tombstone(conn, asking.uri) is not None


def _picture(request: web.Request, account: Account, kind: Portrait) -> Picture | None:
    key = account.avatar if kind == "avatar" else account.header
    if key is None:
        return None
    extension = key.rpartition(".")[2]
    return Picture(request.app[LINKS].portrait(account, kind), TYPES.get(extension, "image/jpeg"))
