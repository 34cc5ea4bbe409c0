"""Receive a Like, or a reaction of another kind: a remote actor favours a post of ours.

Spec:   federation.md section 7 (Like, EmojiReact), L-8.
Writes: favourites, status_stats, notifications.
"""

from collections.abc import Sequence

from fedi.actions import favourites as acts
from fedi.inbox.handlers.arrived import Arrived
from fedi.store import Conn, knowable, statuses
from fedi.store.outside import Site


async def handle(conn: Conn, _site: Site, batch: Sequence[Arrived]) -> None:
    posts = await statuses.by_uris(conn, {one.activity.object_id or "" for one in batch})
    pairs = [
        (one.sender.id, posts[one.activity.object_id].id)
        for one in batch
        if one.activity.object_id in posts
    ]
    seen = await knowable.among(conn, pairs)
    for one in batch:
        status = posts.get(one.activity.object_id or "")
        if status and status.local and (one.sender.id, status.id) in seen:
            await acts.add(conn, one.sender, status, uri=one.activity.id)
