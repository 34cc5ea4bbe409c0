"""Who may see which status, as SQL: every by-id question and every timeline contains it.

$1 is the viewer's account (NULL: nobody signed in), $2 the least reach that its class may read by
right (`Viewer.floor`).  The pure twin is policy/sight.py; a test keeps the two equal.
"""

from fedi.model.viewer import Viewer


def visible_to(status: str, viewer: str = "$1", floor: str = "$2") -> str:
    """The condition for the table alias `status`."""
    s = status
    return f"""(
        {s}.author_id = {viewer}
     OR {s}.release = 'waiting' AND EXISTS (
            SELECT FROM desk_roles WHERE company_id = {s}.author_id AND employee_id = {viewer})
     OR {s}.release IN ('held', 'released')
        AND ({viewer}::bigint IS NOT NULL OR {s}.local AND {s}.release = 'released')
        AND NOT EXISTS (
            SELECT FROM accounts WHERE id = {s}.author_id AND suspended_at IS NOT NULL)
        AND NOT EXISTS (
            SELECT FROM blocks WHERE blocker_id = {s}.author_id AND blocked_id = {viewer})
        AND (
            {s}.visibility <= 'unlisted' AND {s}.reach >= {floor}::reach
         OR EXISTS (
            SELECT FROM mentions WHERE status_id = {s}.id AND account_id = {viewer})
         OR {s}.visibility = 'private' AND {s}.local AND EXISTS (
            SELECT FROM follows
             WHERE follower_id = {viewer} AND followed_id = {s}.author_id AND accepted)))"""


VISIBLE_TO = visible_to("s")


def params(viewer: Viewer) -> tuple[int | None, str]:
    """What $1 and $2 are."""
    return viewer.id, viewer.floor.value
