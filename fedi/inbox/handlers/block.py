"""Receive a Block: a remote actor wants nothing to do with an account of ours.

Spec:   federation.md section 7 (Block).
Writes: blocks, follows, home_entries, notifications.
"""

from collections.abc import Sequence

from fedi.actions import blocks as acts
from fedi.inbox.handlers.arrived import Arrived
from fedi.store import Conn, accounts
from fedi.store.outside import Site


async def handle(conn: Conn, _site: Site, batch: Sequence[Arrived]) -> None:
    ours = await accounts.by_uris(conn, {one.activity.object_id or "" for one in batch})
    for one in batch:
        blocked = ours.get(one.activity.object_id or "")
        if blocked is not None and blocked.exists_outside:
            await acts.block(conn, one.sender, blocked, uri=one.activity.id)
