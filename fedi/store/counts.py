"""SQL that counts: apart from what is counted, so that counting does not rewrite texts."""

from collections.abc import Sequence

from fedi.model.status import Draft, Status
from fedi.store import Conn


async def replies(conn: Conn, parent_ids: Sequence[int], by: int) -> None:
    await _count(conn, "replies", parent_ids, by)


async def reblogs(conn: Conn, status_ids: Sequence[int], by: int) -> None:
    await _count(conn, "reblogs", status_ids, by)


async def favourites(conn: Conn, status_ids: Sequence[int], by: int) -> None:
    await _count(conn, "favourites", status_ids, by)


async def authored(conn: Conn, drafts: Sequence[Draft]) -> None:
    """How much each author has said, and on which day last."""
    await conn.execute(
        """
        UPDATE accounts SET statuses_count = statuses_count + t.n,
               last_status_at = greatest(last_status_at, t.day)
          FROM (SELECT author_id, count(*)::int AS n, max(at)::date AS day
                  FROM unnest($1::bigint[], $2::timestamptz[]) AS d (author_id, at)
                 GROUP BY author_id) AS t
         WHERE accounts.id = t.author_id
        """,
        [d.author_id for d in drafts],
        [d.created_at for d in drafts],
    )


async def forget(conn: Conn, status: Status) -> None:
    """Before it goes: its author, its parent and what it boosts count one less."""
    await conn.execute(
        "UPDATE accounts SET statuses_count = greatest(0, statuses_count - 1) WHERE id = $1",
        status.author_id,
    )
    if status.in_reply_to_id:
        await replies(conn, [status.in_reply_to_id], -1)
    if status.reblog_of_id:
        await reblogs(conn, [status.reblog_of_id], -1)


async def _count(conn: Conn, column: str, status_ids: Sequence[int], by: int) -> None:
    await conn.execute(
        f"""
        UPDATE status_stats SET {column} = greatest(0, {column} + n * $2)
          FROM (SELECT id, count(*)::int AS n FROM unnest($1::bigint[]) AS id GROUP BY id) AS t
         WHERE status_id = t.id
        """,
        status_ids,
        by,
    )
