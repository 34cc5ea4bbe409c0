"""Say something, change it, take it back: one consequence for our people and for other servers'.

Writes: statuses and what hangs on them, homes, notifications, counters.
Sends:  Create, Update, Delete, when the outside may know of it and once the hold is over.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from fedi import clock
from fedi.actions.notices import notify
from fedi.model.account import Account
from fedi.model.event import Event, Kind
from fedi.model.reach import Reach, Visibility
from fedi.model.status import Draft, Release, Status
from fedi.outbox import letters
from fedi.store import Conn, accounts, announce, counts, notifications, statuses, timelines
from fedi.store.notifications import Notice
from fedi.store.outside import Site

SHORT_HOLD = timedelta(seconds=5)  # of a Direct


async def add(conn: Conn, drafts: Sequence[Draft]) -> set[int]:
    """Store what arrived or was written, with its consequences inside.  The ids that were new."""
    new = await statuses.add(conn, drafts)
    fresh = [draft for draft in drafts if draft.id in new]
    if not fresh:
        return new
    await counts.authored(conn, fresh)
    await _count_parents(conn, fresh)
    visible = [draft for draft in fresh if draft.release is not Release.WAITING]
    await timelines.write_homes(conn, visible)
    await notify(conn, [notice for draft in visible for notice in _notices(draft)])
    for draft in visible:
        announce(conn, Event(Kind.STATUS, draft.id))
    return new


async def post(conn: Conn, site: Site, draft: Draft, *, hold: int) -> Status:
    """What one of ours says.  Outside-bound posts wait `hold` seconds; 0 sends at once."""
    await add(conn, [held(draft, hold)])
    status = (await statuses.by_ids(conn, [draft.id]))[draft.id]
    if status.release is Release.RELEASED:
        await letters.send_status(conn, site, status)
    return status


async def release(conn: Conn, site: Site, status: Status) -> None:
    """The hold is over: from now on the outside may know of it, and is told."""
    now = clock.now()
    author = await accounts.by_id(conn, status.author_id)
    if author.suspended_at is not None or status.reach.rank > author.max_reach.rank:
        await statuses.set_release(conn, status.id, Release.REFUSED)
        return
    await statuses.set_release(conn, status.id, Release.RELEASED, published=now)
    await letters.send_status(conn, site, status)
    announce(conn, Event(Kind.EDIT, status.id))


async def edit(conn: Conn, before: Status, after: Draft, *, at: datetime) -> Status:
    """Another text for the same post; who may see it never changes."""
    await statuses.edit(conn, before, after, at=at)
    known = await statuses.mentioned(conn, before.id)
    named = [one for one in after.mentions if one not in known]
    await notify(conn, [Notice(one, "mention", before.author_id, before.id) for one in named])
    boosters = await statuses.boosters(conn, before.id)
    await notify(conn, [Notice(one, "update", before.author_id, before.id) for one in boosters])
    announce(conn, Event(Kind.EDIT, before.id))
    return (await statuses.by_ids(conn, [before.id]))[before.id]


async def edit_own(conn: Conn, site: Site, before: Status, after: Draft) -> Status:
    """Still held: the Create itself changes and the hold starts again.  Else Update follows."""
    now = clock.now()
    status = await edit(conn, before, after, at=now)
    if status.release is Release.HELD:
        await statuses.hold_until(conn, status.id, after.held_until or now)
    else:
        await letters.send_update(conn, site, status)
    return status


async def remove(conn: Conn, site: Site, status: Status, by: Account) -> None:
    """Take back a post or a boost.  Whoever was told of it is told that it is gone."""
    if by.is_local:
        await letters.send_delete(conn, site, status)
    homes = await timelines.homes_with(conn, status.id)
    await counts.forget(conn, status)
    await statuses.delete(conn, status, owner_uri=by.uri, at=clock.now())
    announce(conn, Event(Kind.DELETE, status.id, tuple(homes)))
    announce(conn, Event(Kind.MEDIA))


async def boost(conn: Conn, site: Site, draft: Draft, *, hold: int = 0) -> Status:
    """`draft.reblog_of_id` is boosted by its author.  Doing it twice is doing it once."""
    stands = await statuses.boost_by(conn, draft.author_id, draft.reblog_of_id or 0)
    if stands is not None:
        return stands
    status = await post(conn, site, draft, hold=hold)
    boosted = (await statuses.by_ids(conn, [status.reblog_of_id or 0]))[status.reblog_of_id or 0]
    await notify(conn, [Notice(boosted.author_id, "reblog", status.author_id, boosted.id)])
    return status


async def unboost(conn: Conn, site: Site, by: Account, status: Status) -> None:
    stands = await statuses.boost_by(conn, by.id, status.id)
    if stands is None:
        return
    await remove(conn, site, stands, by)
    await notifications.withdraw(conn, Notice(status.author_id, "reblog", by.id, status.id))


def held(draft: Draft, hold: int) -> Draft:
    """With the hold that its reach asks for."""
    if draft.reach is Reach.INTERNAL or not hold or draft.release is Release.WAITING:
        return draft
    wait = timedelta(seconds=hold)
    if draft.visibility is Visibility.DIRECT:
        wait = min(wait, SHORT_HOLD)
    return draft.but(release=Release.HELD, held_until=clock.now() + wait)


def _notices(draft: Draft) -> list[Notice]:
    if draft.reblog_of_id:
        return []
    return [Notice(one, "mention", draft.author_id, draft.id) for one in draft.mentions]


async def _count_parents(conn: Conn, drafts: Sequence[Draft]) -> None:
    parents = [draft.in_reply_to_id for draft in drafts if draft.in_reply_to_id]
    boosted = [draft.reblog_of_id for draft in drafts if draft.reblog_of_id]
    if parents:
        await counts.replies(conn, parents, 1)
    if boosted:
        await counts.reblogs(conn, boosted, 1)
