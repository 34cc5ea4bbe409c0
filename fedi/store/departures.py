"""SQL for what left for good: tombstones, and everything of an actor that deleted itself.

A deleted id never comes back (X-6, P-8), not even when its Create arrives after its Delete.
"""

from collections.abc import Sequence
from datetime import datetime

from fedi.store import Conn


async def remember(conn: Conn, uri: str, *, owner_uri: str, at: datetime) -> None:
    """A Delete of something never seen."""
    await conn.execute(
        """
        INSERT INTO tombstones (uri, owner_uri, at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING
        """,
        uri,
        owner_uri,
        at,
    )


async def among(conn: Conn, uris: Sequence[str]) -> set[tuple[str, str]]:
    """The (uri, owner) of those that were deleted."""
    rows = await conn.fetch("SELECT uri, owner_uri FROM tombstones WHERE uri = ANY($1)", uris)
    return {(row["uri"], row["owner_uri"]) for row in rows}


async def purge_account(conn: Conn, account_id: int, uri: str, *, at: datetime) -> list[int]:
    """Remove a remote actor with all it said and did.  The ids of its statuses that are gone."""
    for statement in _PURGE:
        await conn.execute(statement, account_id)
    rows = await conn.fetch("DELETE FROM statuses WHERE author_id = $1 RETURNING id", account_id)
    await conn.execute("DELETE FROM accounts WHERE id = $1 AND domain IS NOT NULL", account_id)
    await remember(conn, uri, owner_uri=uri, at=at)
    return [row["id"] for row in rows]


_PURGE = (
    """
    UPDATE accounts SET following_count = greatest(0, following_count - 1)
     WHERE id IN (SELECT follower_id FROM follows WHERE followed_id = $1 AND accepted)
    """,
    """
    UPDATE accounts SET followers_count = greatest(0, followers_count - 1)
     WHERE id IN (SELECT followed_id FROM follows WHERE follower_id = $1 AND accepted)
    """,
    """
    UPDATE status_stats SET favourites = greatest(0, favourites - 1)
     WHERE status_id IN (SELECT status_id FROM favourites WHERE account_id = $1)
    """,
    """
    UPDATE status_stats SET replies = greatest(0, replies - t.answers),
           reblogs = greatest(0, reblogs - t.boosts)
      FROM (SELECT coalesce(in_reply_to_id, reblog_of_id) AS id,
                   count(in_reply_to_id)::int AS answers, count(reblog_of_id)::int AS boosts
              FROM statuses WHERE author_id = $1 GROUP BY 1) AS t
     WHERE status_id = t.id
    """,
    """
    DELETE FROM home_entries WHERE status_id IN (
        SELECT s.id FROM statuses s LEFT JOIN statuses o ON o.id = s.reblog_of_id
         WHERE s.author_id = $1 OR o.author_id = $1)
    """,
)
