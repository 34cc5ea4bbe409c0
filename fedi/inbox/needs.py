"""Which strangers and posts must be brought home before an activity can be applied.

Asked in the database only.  What concerns nobody here is not fetched for, so that nobody can make
us read the whole network.

Spec: federation.md K-4, O-1, section 7 (Announce, Update); security.md section 2 (budgets).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from fedi.activitypub import vocab
from fedi.activitypub.shapes import read_actor
from fedi.activitypub.vocab import ACTIVITIES, ACTORS, Activity
from fedi.errors import Malformed
from fedi.model.account import Account
from fedi.store import Conn, follows, statuses
from fedi.store.outside import Site


@dataclass(slots=True)
class Needs:
    actors: set[str] = field(default_factory=set)
    posts: set[str] = field(default_factory=set)

    def __bool__(self) -> bool:
        return bool(self.actors or self.posts)


async def needs_of(
    conn: Conn, site: Site, activities: Sequence[Activity], senders: Mapping[str, Account]
) -> list[Needs]:
    """One for each activity, empty for most."""
    if not activities:
        return []
    ids = {account.id for account in senders.values()}
    followed = await follows.followed_here(conn, sorted(ids)) if ids else set()
    wanted = [_named(site, one, senders.get(one.actor), followed) for one in activities]
    posts = {uri for need in wanted for uri in need.posts}
    known = await statuses.by_uris(conn, posts) if posts else {}
    for need in wanted:
        need.posts -= known.keys()
    return wanted


def _named(site: Site, activity: Activity, sender: Account | None, followed: set[int]) -> Needs:
    if sender is None:
        return Needs(actors={activity.actor})
    match activity.type:
        case "Announce" if sender.id in followed:
            return Needs(posts=_elsewhere(site, _boosted(activity)))
        case "Create" | "Update" if sender.id in followed or _names_us(site, activity):
            return Needs(actors=_renamed(activity, sender), posts=_elsewhere(site, _asks(activity)))
        case "Update":
            return Needs(actors=_renamed(activity, sender))
        case _:
            return Needs()


def _boosted(activity: Activity) -> str | None:
    """Groups wrap whole activities (G-1); those are not posts."""
    embed = activity.embed
    wraps = embed is not None and vocab.type_of(embed, ACTIVITIES) is not None
    return None if wraps else activity.object_id


def _asks(activity: Activity) -> str | None:
    """What the post answers; or the post itself where only its id came."""
    if activity.embed is not None:
        return vocab.id_of(activity.embed.get("inReplyTo"))
    return activity.object_id if vocab.same_host(activity.object_id, activity.actor) else None


def _renamed(activity: Activity, sender: Account) -> set[str]:
    """D-7: a profile under another handle is believed only once the handle leads back."""
    embed = activity.embed
    if embed is None or activity.object_id != sender.uri or not vocab.type_of(embed, ACTORS):
        return set()
    try:
        actor = read_actor(embed)
    except Malformed:
        return set()
    name = (actor.webfinger or actor.username).partition("@")[0]
    return set() if name == sender.username else {sender.uri}


def _names_us(site: Site, activity: Activity) -> bool:
    return any(uri.startswith(f"{site.origin}/") for uri in (*activity.to, *activity.cc))


def _elsewhere(site: Site, uri: str | None) -> set[str]:
    return set() if uri is None or uri.startswith(f"{site.origin}/") else {uri}
