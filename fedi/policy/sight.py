"""May this viewer see that status?  The pure twin of the SQL constant VISIBLE_TO.

tests/policy/test_sight.py compares the two over every combination.
"""

from dataclasses import dataclass

from fedi.model.reach import Visibility
from fedi.model.status import Release, Status
from fedi.model.viewer import Class, Viewer


@dataclass(frozen=True, slots=True, kw_only=True)
class Ties:
    """How the viewer stands to the status and its author."""

    on_desk: bool = False
    follows_author: bool = False
    is_addressed: bool = False
    is_blocked: bool = False
    author_suspended: bool = False


def may_see(status: Status, viewer: Viewer, ties: Ties) -> bool:
    if viewer.id is not None and status.author_id == viewer.id:
        return True
    if status.release is Release.WAITING:
        return ties.on_desk
    if not _stands(status, viewer) or ties.is_blocked or ties.author_suspended:
        return False
    by_right = status.visibility.open and status.reach.rank >= viewer.floor.rank
    following = status.visibility is Visibility.PRIVATE and status.local and ties.follows_author
    return by_right or ties.is_addressed or following


def _stands(status: Status, viewer: Viewer) -> bool:
    if viewer.kind is Class.ANONYMOUS:
        return status.local and status.release is Release.RELEASED
    return status.release in (Release.HELD, Release.RELEASED)
