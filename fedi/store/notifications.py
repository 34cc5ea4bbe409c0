"""SQL for notifications, as they arise.  Reading them is in notification_pages.py."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from fedi import ids
from fedi.model.event import Event, Kind
from fedi.store import Conn, announce

# Only people of ours who did not mute or block the sender, nor the thread, and whose policy does
# not drop it; what their policy holds back is stored as filtered.  One statement a batch.
ADD = """
WITH wanted AS (
    SELECT n.*, coalesce(r.accepted, false) AS let_in,
           (CASE WHEN p.account_id IS NULL OR n.kind IN ('severed_relationships', 'admin.report')
                 THEN ARRAY[]::text[] ELSE ARRAY[
                CASE WHEN NOT EXISTS (SELECT FROM follows f WHERE f.follower_id = n.account_id
                       AND f.followed_id = n.from_id AND f.accepted) THEN p.for_not_following END,
                CASE WHEN NOT EXISTS (SELECT FROM follows f WHERE f.follower_id = n.from_id
                       AND f.followed_id = n.account_id AND f.accepted)
                     THEN p.for_not_followers END,
                CASE WHEN s.created_at > $6 THEN p.for_new_accounts END,
                CASE WHEN n.kind = 'mention' AND st.visibility = 'direct'
                     THEN p.for_private_mentions END] END) AS verdicts
      FROM unnest($1::bigint[], $2::bigint[], $3::text[], $4::bigint[], $5::bigint[])
        AS n (id, account_id, kind, from_id, status_id)
      JOIN accounts a ON a.id = n.account_id AND a.domain IS NULL
      JOIN accounts s ON s.id = n.from_id
      LEFT JOIN statuses st ON st.id = n.status_id
      LEFT JOIN notification_policies p ON p.account_id = n.account_id
      LEFT JOIN notification_requests r ON r.account_id = n.account_id AND r.from_id = n.from_id
     WHERE n.account_id <> n.from_id
       AND NOT EXISTS (SELECT FROM mutes WHERE muter_id = n.account_id AND muted_id = n.from_id
                          AND notifications)
       AND NOT EXISTS (SELECT FROM blocks WHERE blocker_id = n.account_id
                          AND blocked_id = n.from_id)
       AND NOT EXISTS (SELECT FROM thread_mutes t WHERE t.account_id = n.account_id
                          AND t.conversation_id = st.conversation_id)),
added AS (
    INSERT INTO notifications (id, account_id, kind, from_id, status_id, group_key, filtered,
                               created_at)
    SELECT id, account_id, kind, from_id, status_id,
           CASE WHEN kind IN ('favourite', 'reblog') THEN kind || '-' || status_id
                WHEN kind = 'follow' THEN 'follow-' || to_char($7::timestamptz, 'YYYYMMDD')
                ELSE 'ungrouped-' || id END,
           NOT let_in AND 'filter' = ANY (verdicts), $7
      FROM wanted WHERE let_in OR NOT 'drop' = ANY (array_remove(verdicts, NULL))
    ON CONFLICT DO NOTHING
    RETURNING id, account_id, from_id, filtered),
asked AS (
    INSERT INTO notification_requests (id, account_id, from_id, created_at, updated_at)
    SELECT DISTINCT ON (account_id, from_id) id, account_id, from_id, $7::timestamptz, $7
      FROM added WHERE filtered
    ON CONFLICT (account_id, from_id) DO UPDATE SET updated_at = $7)
SELECT id, account_id FROM added WHERE NOT filtered
"""


@dataclass(frozen=True, slots=True)
class Notice:
    account_id: int  # whose
    kind: str
    from_id: int
    status_id: int | None = None


async def add(conn: Conn, notices: Sequence[Notice], *, at: datetime, new_since: datetime) -> None:
    """Notify.  Telling twice is telling once; `new_since`: accounts younger than that are new."""
    if not notices:
        return
    rows = await conn.fetch(
        ADD,
        [ids.new() for _ in notices],
        [n.account_id for n in notices],
        [n.kind for n in notices],
        [n.from_id for n in notices],
        [n.status_id for n in notices],
        new_since,
        at,
    )
    for row in rows:
        announce(conn, Event(Kind.NOTIFICATION, row["id"], (row["account_id"],)))


async def withdraw(conn: Conn, notice: Notice) -> None:
    """Take it back, with the deed it told of."""
    await conn.execute(
        """
        DELETE FROM notifications WHERE account_id = $1 AND kind = $2 AND from_id = $3
           AND status_id IS NOT DISTINCT FROM $4
        """,
        notice.account_id,
        notice.kind,
        notice.from_id,
        notice.status_id,
    )


async def withdraw_between(conn: Conn, account_id: int, from_id: int) -> None:
    """After a block: nothing of theirs stays in the list."""
    await conn.execute(
        "DELETE FROM notifications WHERE account_id = $1 AND from_id = $2", account_id, from_id
    )
