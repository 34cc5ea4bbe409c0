"""Receive an Update: a remote actor changed a post of its own, or its profile.

Who may see a post, whom it answers and whose it is never change.

Spec:   federation.md section 7 (Update), O-7, A-4, X-6, W-2.
Writes: statuses, status_revisions, status_tags, media, accounts, notifications.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from fedi.actions import arrivals
from fedi.actions import statuses as acts
from fedi.actions.arrivals import Arrival
from fedi.activitypub.shapes import read_actor
from fedi.activitypub.vocab import ACTORS, type_of
from fedi.errors import Malformed
from fedi.inbox.handlers import notes
from fedi.inbox.handlers.arrived import Arrived
from fedi.model.status import Status
from fedi.store import Conn, statuses
from fedi.store.outside import Site

CREATES = timedelta(hours=24)  # an unknown post younger than that was only overtaken


async def handle(conn: Conn, _site: Site, batch: Sequence[Arrived]) -> None:
    for one in batch:
        if type_of(one.activity.embed or {}, ACTORS):
            await _profile(conn, one)
        elif (found := notes.arrival(one)) is not None:
            await _post(conn, found)


async def _profile(conn: Conn, one: Arrived) -> None:
    """A-4: its own only, and under the handle that was proven; another handle is asked for."""
    if one.activity.object_id != one.sender.uri or one.sender.domain is None:
        return
    try:
        actor = read_actor(one.activity.embed)
    except Malformed:
        return
    name = (actor.webfinger or actor.username).partition("@")[0]
    if name == one.sender.username:
        await arrivals.save_actor(conn, actor, one.sender.domain, at=one.received_at)


async def _post(conn: Conn, found: Arrival) -> None:
    before = (await statuses.by_uris(conn, [found.note.id])).get(found.note.id)
    if before is not None:
        await _edit(conn, before, found)
    elif found.received_at - found.note.published < CREATES:
        await arrivals.keep(conn, [found])


async def _edit(conn: Conn, before: Status, found: Arrival) -> None:
    if before.author_id != found.author.id or before.local:
        return
    at = _edited_at(before, found)
    if at is None:
        return
    [ready] = await arrivals.ready(conn, [wanted(found)])
    text = (ready.draft.content, ready.draft.spoiler_text, ready.draft.sensitive)
    if found.note.updated is None and text == (
        before.content,
        before.spoiler_text,
        before.sensitive,
    ):
        return  # the counts of a poll, say
    draft = ready.draft.but(id=before.id, mentions=[], audience=[])
    await acts.edit(conn, before, draft, at=at)
    await arrivals.replace_media(conn, arrivals.Ready(draft, ready.attachments))


def _edited_at(before: Status, found: Arrival) -> datetime | None:
    """None: what we have is as new (O-7)."""
    at = found.note.updated or found.received_at
    return at if at > (before.edited_at or before.created_at) else None


def wanted(found: Arrival) -> Arrival:
    """We have the post, so its new text concerns us."""
    return Arrival(found.note, found.author, found.to, found.received_at, wanted=True)
