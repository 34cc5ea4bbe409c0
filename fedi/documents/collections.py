"""Outboxes, and how many follow.

Spec: federation.md K-1, K-2, K-7.
"""

import re
from base64 import urlsafe_b64decode, urlsafe_b64encode

from fedi.activitypub import render
from fedi.activitypub.vocab import Document
from fedi.documents import actors, objects
from fedi.documents.asking import Asking, Offer
from fedi.model.account import Account
from fedi.store import Conn, outside

PAGE = 20
_CURSOR = re.compile(r"[A-Za-z0-9_-]{11}")


async def outbox(asking: Asking, conn: Conn) -> Offer | None:
    """Public and unlisted posts and boosts, newest first; who asks makes no difference."""
    account = await _account(asking, conn)
    if account is None:
        return None
    uri = f"{account.uri}/outbox"
    cursor = asking.request.query.get("page")
    if cursor is None:
        total = await outside.count_posts_of(conn, account.id)
        listed = render.collection(uri, total, first=f"{uri}?page=1")
        return Offer(actors.terms(account), listed)
    return await _page(asking, conn, account, cursor)


async def followers(asking: Asking, conn: Conn) -> Offer | None:
    """A number: who follows, and whom we follow, is nobody's business."""
    return await _counted(asking, conn, "followers")


async def following(asking: Asking, conn: Conn) -> Offer | None:
    return await _counted(asking, conn, "following")


async def _counted(asking: Asking, conn: Conn, which: str) -> Offer | None:
    account = await _account(asking, conn)
    if account is None:
        return None
    counts = await outside.relation_counts(conn, account.id)
    total = counts[0] if which == "followers" else counts[1]
    return Offer(actors.terms(account), render.collection(f"{account.uri}/{which}", total))


async def _account(asking: Asking, conn: Conn) -> Account | None:
    account = await actors.account_of(asking, conn)
    return None if account is None or account.suspended_at else account


async def _page(asking: Asking, conn: Conn, account: Account, cursor: str) -> Offer | None:
    before = None
    if cursor not in ("1", "true"):
        before = _before(cursor)
        if before is None:
            return None
    posts = await outside.posts_of(conn, asking.site, account.id, before=before, limit=PAGE)
    uri = f"{account.uri}/outbox"
    more = len(posts) == PAGE
    items: list[str | Document] = [*await objects.activities(conn, posts)]
    listed = render.page(
        f"{uri}?page={cursor}",
        part_of=uri,
        items=items,
        next_page=f"{uri}?page={_cursor(posts[-1].status.id)}" if more else None,
    )
    return Offer(actors.terms(account), listed, [post.status.uri for post in posts])


def _cursor(number: int) -> str:
    return urlsafe_b64encode(number.to_bytes(8)).rstrip(b"=").decode()


def _before(cursor: str) -> int | None:
    if not _CURSOR.fullmatch(cursor):
        return None
    number = int.from_bytes(urlsafe_b64decode(f"{cursor}="))
    return number if number <= objects.MAX_ID else None
