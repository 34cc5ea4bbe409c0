"""How the viewer stands to others: Mastodon's Relationship.  Every boolean is there."""

from collections.abc import Sequence
from typing import TypedDict

from fedi.api.entities.moments import moment_or_none
from fedi.api.view import View
from fedi.store import Conn, relations
from fedi.store.relations import Relation


class RelationshipEntity(TypedDict):
    id: str
    following: bool
    showing_reblogs: bool
    notifying: bool
    languages: list[str] | None
    followed_by: bool
    blocking: bool
    blocked_by: bool
    muting: bool
    muting_notifications: bool
    muting_expires_at: str | None
    requested: bool
    requested_by: bool
    domain_blocking: bool
    endorsed: bool
    note: str


async def render(conn: Conn, view: View, account_ids: Sequence[int]) -> list[RelationshipEntity]:
    """For a viewer who is signed in; in the order asked, unknown ids left out."""
    viewer_id = view.viewer.id or 0
    found = await relations.of(conn, viewer_id, account_ids, now=view.now)
    return [_entity(relation) for relation in found]


def _entity(relation: Relation) -> RelationshipEntity:
    return {
        "id": str(relation.id),
        "following": relation.following,
        "showing_reblogs": relation.showing_reblogs,
        "notifying": relation.notifying,
        "languages": None,
        "followed_by": relation.followed_by,
        "blocking": relation.blocking,
        "blocked_by": relation.blocked_by,
        "muting": relation.muting,
        "muting_notifications": relation.muting_notifications,
        "muting_expires_at": moment_or_none(relation.muting_expires_at),
        "requested": relation.requested,
        "requested_by": relation.requested_by,
        "domain_blocking": False,
        "endorsed": False,
        "note": relation.note,
    }
