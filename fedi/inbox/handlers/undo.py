"""Receive an Undo: a remote actor takes back a Follow, Like, Announce, Block or Accept.

What has not come yet is remembered for six hours, so that it does nothing when it does.

Spec:   federation.md section 7 (Undo).
Writes: follows, favourites, statuses, blocks, undone.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence

from fedi.actions import blocks, favourites, follows
from fedi.actions import statuses as acts
from fedi.activitypub import vocab
from fedi.activitypub.vocab import Document
from fedi.inbox.handlers.arrived import Arrived
from fedi.model.account import Account
from fedi.model.status import Status
from fedi.store import Conn, accounts, inbound, statuses
from fedi.store import favourites as marks
from fedi.store import follows as ties
from fedi.store.outside import Site


async def handle(conn: Conn, site: Site, batch: Sequence[Arrived]) -> None:
    for one in batch:
        embed = one.activity.embed
        if embed is not None and not _own(embed, one.sender):
            continue
        if embed is not None and await _undo(conn, site, one.sender, embed):
            continue
        if one.activity.object_id and not await _by_id(conn, site, one):
            await inbound.remember_undone(
                conn, one.sender.uri, one.activity.object_id, at=one.received_at
            )


def _own(embed: Document, sender: Account) -> bool:
    """The signer must own the original."""
    actor = embed.get("actor")
    return actor is None or vocab.id_of(actor) == sender.uri


async def _undo(conn: Conn, site: Site, sender: Account, embed: Document) -> bool:
    """Whether there was something to undo."""
    target = vocab.id_of(embed.get("object"))
    kind = vocab.type_of(embed, frozenset(_UNDO))
    if target is None or kind is None:
        return False
    return await _UNDO[kind](conn, site, sender, target)


async def _unfollow(conn: Conn, _site: Site, sender: Account, target: str) -> bool:
    followed = await accounts.find_by_uri(conn, target)
    if followed is None or await ties.find(conn, sender.id, followed.id) is None:
        return False
    await follows.cancel(conn, sender, followed)
    return True


async def _unlike(conn: Conn, _site: Site, sender: Account, target: str) -> bool:
    status = (await statuses.by_uris(conn, [target])).get(target)
    if status is None:
        return False
    return await favourites.remove(conn, sender, status)


async def _unboost(conn: Conn, site: Site, sender: Account, target: str) -> bool:
    status = (await statuses.by_uris(conn, [target])).get(target)
    if status is None or await statuses.boost_by(conn, sender.id, status.id) is None:
        return False
    await acts.unboost(conn, site, sender, status)
    return True


async def _unblock(conn: Conn, _site: Site, sender: Account, target: str) -> bool:
    blocked = await accounts.find_by_uri(conn, target)
    if blocked is None:
        return False
    await blocks.unblock(conn, sender, blocked)
    return True


async def _revoke(conn: Conn, _site: Site, sender: Account, follow_uri: str) -> bool:
    """An Accept taken back ends the follow that it had allowed."""
    follow = await ties.find_by_uri(conn, follow_uri)
    if follow is None or follow.followed_id != sender.id:
        return False
    await follows.reject(conn, await accounts.by_id(conn, follow.follower_id), sender)
    return True


_UNDO: Mapping[str, Callable[[Conn, Site, Account, str], Awaitable[bool]]] = {
    "Accept": _revoke,
    "Announce": _unboost,
    "Block": _unblock,
    "EmojiReact": _unlike,
    "Follow": _unfollow,
    "Like": _unlike,
}


async def _by_id(conn: Conn, site: Site, one: Arrived) -> bool:
    """A bare id, or an embed that tells less than its id does."""
    uri, sender = one.activity.object_id or "", one.sender
    follow = await ties.find_by_uri(conn, uri)
    if follow is not None and follow.follower_id == sender.id:
        await follows.cancel(conn, sender, await accounts.by_id(conn, follow.followed_id))
        return True
    status_id = await marks.status_of(conn, sender.id, uri)
    if status_id is not None:
        status = (await statuses.by_ids(conn, [status_id]))[status_id]
        return await favourites.remove(conn, sender, status)
    boost = (await statuses.by_uris(conn, [uri])).get(uri)
    return await _drop_boost(conn, site, sender, boost)


async def _drop_boost(conn: Conn, site: Site, sender: Account, boost: Status | None) -> bool:
    if boost is None or boost.author_id != sender.id or boost.reblog_of_id is None:
        return False
    boosted = (await statuses.by_ids(conn, [boost.reblog_of_id]))[boost.reblog_of_id]
    await acts.unboost(conn, site, sender, boosted)
    return True
