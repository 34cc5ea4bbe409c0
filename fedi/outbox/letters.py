"""Write down a deed for other servers and hand it to the door: who hears of what (X-1).

Sends: Create, Update, Delete, Announce, Like, Follow, Accept, Reject, Undo.
"""

from collections.abc import Iterable

import orjson

from fedi import ids
from fedi.activitypub import render
from fedi.activitypub.render import Post
from fedi.activitypub.vocab import Document
from fedi.model.account import Account
from fedi.model.reach import Reach, Visibility
from fedi.model.status import Status
from fedi.outbox.publish import publish
from fedi.policy.release import Parcel, Refused
from fedi.store import Conn, accounts, deliveries, outside, statuses
from fedi.store.deliveries import Recipient
from fedi.store.outside import Site


async def send_status(conn: Conn, site: Site, status: Status) -> list[Refused]:
    """Create, or Announce for a boost.  Nothing at all unless the outside may know of it."""
    post = await outside.post(conn, site, status_id=status.id)
    if post is None:
        return []
    recipients = await _recipients(conn, status)
    document = await _announce(conn, post) if status.reblog_of_id else render.create(post)
    return await _send(conn, document, status, recipients)


async def send_update(conn: Conn, site: Site, status: Status) -> list[Refused]:
    post = await outside.post(conn, site, status_id=status.id)
    if post is None:
        return []
    recipients = await _recipients(conn, status) + await deliveries.had(conn, status.uri)
    return await _send(conn, render.update(post), status, recipients)


async def send_delete(conn: Conn, site: Site, status: Status) -> None:
    """Before the row goes.  What was never tried is dropped; whoever may have it is told."""
    post = await outside.post(conn, site, status_id=status.id)
    await deliveries.cancel_unsent(conn, status.uri)
    if post is None:
        return
    document = render.delete(post)
    if status.reblog_of_id:
        document = render.undo(await _announce(conn, post))
    recipients = await _recipients(conn, status) + await deliveries.had(conn, status.uri)
    await _send(conn, document, status, recipients)


async def send_like(
    conn: Conn, by: Account, status: Status, author: Account, *, uri: str, undo: bool = False
) -> None:
    document = render.like(uri, actor=by.uri, target=status.uri, author=author.uri)
    await send_to(conn, render.undo(document) if undo else document, by, author)


async def send_follow(
    conn: Conn, by: Account, target: Account, *, uri: str, undo: bool = False
) -> None:
    document = render.follow(uri, actor=by.uri, target=target.uri)
    await send_to(conn, render.undo(document) if undo else document, by, target)


async def send_accept(conn: Conn, by: Account, follower: Account, *, follow_uri: str) -> None:
    uri = f"{by.uri}#accepts/{ids.token()}"
    document = render.accept(uri, follow_uri=follow_uri, follower=follower.uri, target=by.uri)
    await send_to(conn, document, by, follower)


async def send_reject(conn: Conn, by: Account, follower: Account, *, follow_uri: str) -> None:
    uri = f"{by.uri}#rejects/{ids.token()}"
    document = render.reject(uri, follow_uri=follow_uri, follower=follower.uri, target=by.uri)
    await send_to(conn, document, by, follower)


async def send_to(conn: Conn, document: Document, by: Account, target: Account) -> None:
    """A deed between two accounts: only the target's server hears of it, on its personal inbox.

    Names that server in the reach, so that it goes to any peer and to no other.
    """
    if target.domain is None or not by.is_local:
        return
    inbox = Recipient(target.domain, target.inbox)
    parcel = Parcel(
        id=document["id"],
        type=document["type"],
        object_uri=_thread_of(document),
        reach=Reach.PUBLIC,
        reach_domains=None,
        author_id=by.id,
        author_outside=by.exists_outside,
    )
    await publish(conn, parcel, orjson.dumps(document), [inbox])


async def _send(
    conn: Conn, document: Document, status: Status, recipients: Iterable[Recipient]
) -> list[Refused]:
    author = await accounts.by_id(conn, status.author_id)
    domains = None if status.reach_domains is None else tuple(status.reach_domains)
    parcel = Parcel(
        id=document["id"],
        type=document["type"],
        object_uri=status.uri,
        reach=status.reach,
        reach_domains=domains,
        author_id=author.id,
        author_outside=author.exists_outside,
    )
    return await publish(conn, parcel, orjson.dumps(document), recipients, status_id=status.id)


async def _recipients(conn: Conn, status: Status) -> list[Recipient]:
    """Followers unless it is direct, people it names, and whom it answers or boosts (X-1)."""
    found: list[Recipient] = []
    if status.visibility is not Visibility.DIRECT:
        found += await deliveries.followers_of(conn, status.author_id)
    return found + await deliveries.named_in(conn, status.id, status.visibility.open)


async def _announce(conn: Conn, post: Post) -> Document:
    status = post.status
    boosted = (await statuses.by_ids(conn, [status.reblog_of_id or 0]))[status.reblog_of_id or 0]
    author = await accounts.by_id(conn, boosted.author_id)
    return render.announce(
        status.uri,
        actor=post.author_uri,
        followers=post.followers_uri,
        target=boosted.uri,
        author=author.uri,
        published=status.created_at,
    )


def _thread_of(document: Document) -> str:
    """X-6: an Undo waits for what it undoes, an Accept for nothing."""
    inner = document["object"]
    return str(inner["id"] if document["type"] == "Undo" else document["id"])
