"""Receive a Delete: a remote actor takes back a post, or goes away altogether.

Spec:   federation.md section 7 (Delete), X-6, A-2, S-17.
Writes: statuses, tombstones, home_entries, accounts.
"""

from collections.abc import Sequence

from fedi.actions import statuses as acts
from fedi.activitypub.vocab import same_host
from fedi.inbox.handlers.arrived import Arrived
from fedi.model.event import Event, Kind
from fedi.store import Conn, announce, departures, statuses
from fedi.store.outside import Site


async def handle(conn: Conn, site: Site, batch: Sequence[Arrived]) -> None:
    for one in batch:
        uri = one.activity.object_id
        if uri == one.sender.uri:
            await _actor(conn, one)
        elif uri is not None and same_host(uri, one.sender.uri):
            await _post(conn, site, one, uri)


async def _post(conn: Conn, site: Site, one: Arrived, uri: str) -> None:
    status = (await statuses.by_uris(conn, [uri])).get(uri)
    if status is None:
        # its Create may still come, and must not bring it back.
        await departures.remember(conn, uri, owner_uri=one.sender.uri, at=one.received_at)
    elif status.author_id == one.sender.id:
        await acts.remove(conn, site, status, one.sender)


async def _actor(conn: Conn, one: Arrived) -> None:
    gone = await departures.purge_account(conn, one.sender.id, one.sender.uri, at=one.received_at)
    for status_id in gone:
        announce(conn, Event(Kind.DELETE, status_id))
