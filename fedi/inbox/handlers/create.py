"""Receive a Create: a remote actor wrote a post.

Spec:   federation.md section 7 (Create), O-1, P-8, W-1 to W-4.
Writes: statuses and what hangs on them, home_entries, notifications.
"""

from collections.abc import Sequence

from fedi.actions import arrivals
from fedi.inbox.handlers import notes
from fedi.inbox.handlers.arrived import Arrived
from fedi.store import Conn
from fedi.store.outside import Site


async def handle(conn: Conn, _site: Site, batch: Sequence[Arrived]) -> None:
    found = [notes.arrival(one) for one in batch]
    await arrivals.keep(conn, [one for one in found if one is not None])
