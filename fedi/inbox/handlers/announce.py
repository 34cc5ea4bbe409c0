"""Receive an Announce: a remote actor boosts a post.

The worker has brought home what it boosts: an embedded copy proves nothing.

Spec:   federation.md section 7 (Announce), O-1, W-3.
Writes: statuses, home_entries, status_stats, notifications.
"""

from collections.abc import Sequence

from fedi import ids
from fedi.actions import statuses as acts
from fedi.activitypub import addressing
from fedi.inbox.handlers.arrived import Arrived
from fedi.model.reach import Visibility
from fedi.model.status import Draft, Status
from fedi.net.hosts import split
from fedi.store import Conn, departures, follows, knowable, statuses
from fedi.store.outside import Site


async def handle(conn: Conn, site: Site, batch: Sequence[Arrived]) -> None:
    named = {one.activity.object_id or "" for one in batch}
    posts = await statuses.by_uris(conn, named | {one.activity.id for one in batch})
    known = [
        one for one in batch if one.activity.object_id in posts and one.activity.id not in posts
    ]
    pairs = [(one.sender.id, posts[one.activity.object_id or ""].id) for one in known]
    seen = await knowable.among(conn, pairs)
    followed = await follows.followed_here(conn, [one.sender.id for one in known])
    gone = await departures.among(conn, [one.activity.id for one in known])
    for one in known:
        status = posts[one.activity.object_id or ""]
        wanted = status.local or one.sender.id in followed
        deleted = (one.activity.id, one.sender.uri) in gone
        may = (one.sender.id, status.id) in seen and _may_spread(one, status)
        if wanted and may and not deleted:
            await acts.boost(conn, site, _draft(one, status))


def _may_spread(one: Arrived, status: Status) -> bool:
    """A post for some is spread by its author only, and never by strangers to all."""
    if status.reblog_of_id is not None or _visibility(one) is Visibility.DIRECT:
        return False
    return status.visibility.open or status.author_id == one.sender.id


def _visibility(one: Arrived) -> Visibility:
    followers = one.sender.followers_uri
    return addressing.visibility_of(one.activity.to, one.activity.cc, followers)


def _draft(one: Arrived, status: Status) -> Draft:
    visibility = _visibility(one) if status.visibility.open else status.visibility
    reach, domains = addressing.reach_of(visibility, split(one.sender.uri).host)
    when = min(one.activity.published or one.received_at, one.received_at)
    return Draft(
        id=ids.new(),
        uri=one.activity.id,
        url=None,
        author_id=one.sender.id,
        local=False,
        reblog_of_id=status.id,
        visibility=visibility,
        reach=reach.narrowest(status.reach),
        reach_domains=domains,
        created_at=when,
    )
