"""Receive an Accept: a remote actor lets an account of ours follow it.

Spec:   federation.md section 7 (Accept); Pixelfed CVE-2025-30741: nothing else accepts a follow.
Writes: follows, home_entries.
"""

from collections.abc import Sequence

from fedi.actions import follows as acts
from fedi.inbox.handlers import asked
from fedi.inbox.handlers.arrived import Arrived
from fedi.store import Conn
from fedi.store.outside import Site


async def handle(conn: Conn, _site: Site, batch: Sequence[Arrived]) -> None:
    for one in batch:
        follower = await asked.follower(conn, one)
        if follower is not None:
            await acts.accept(conn, follower, one.sender)
