"""SQL for follows: who receives whose posts."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from fedi import ids
from fedi.store import Conn, Row


@dataclass(frozen=True, slots=True, kw_only=True)
class Follow:
    follower_id: int
    followed_id: int
    uri: str
    accepted: bool


COLUMNS = "follower_id, followed_id, uri, accepted"


async def add(conn: Conn, follow: Follow, *, at: datetime) -> bool:
    """Record the follow or its wish.  False when it stood already; then only its URI is renewed."""
    new: bool = await conn.fetchval(
        """
        INSERT INTO follows (follower_id, followed_id, id, uri, accepted, created_at)
        VALUES ($1, $2, $3, $4, $5, $6)
        ON CONFLICT (follower_id, followed_id) DO UPDATE SET uri = excluded.uri
        RETURNING xmax = 0
        """,
        follow.follower_id,
        follow.followed_id,
        ids.new(),
        follow.uri,
        follow.accepted,
        at,
    )
    if new and follow.accepted:
        await _count(conn, follow.follower_id, follow.followed_id, 1)
    return new


async def find(conn: Conn, follower_id: int, followed_id: int) -> Follow | None:
    return _follow(
        await conn.fetchrow(
            f"SELECT {COLUMNS} FROM follows WHERE follower_id = $1 AND followed_id = $2",
            follower_id,
            followed_id,
        )
    )


async def find_by_uri(conn: Conn, uri: str) -> Follow | None:
    return _follow(await conn.fetchrow(f"SELECT {COLUMNS} FROM follows WHERE uri = $1", uri))


async def accept(conn: Conn, follower_id: int, followed_id: int) -> bool:
    """False when it was accepted already, or never asked for."""
    tag = await conn.execute(
        """
        UPDATE follows SET accepted = true
         WHERE follower_id = $1 AND followed_id = $2 AND NOT accepted
        """,
        follower_id,
        followed_id,
    )
    if tag == "UPDATE 0":
        return False
    await _count(conn, follower_id, followed_id, 1)
    return True


async def remove(conn: Conn, follower_id: int, followed_id: int) -> Follow | None:
    """What stood, or None."""
    gone = _follow(
        await conn.fetchrow(
            f"""
            DELETE FROM follows WHERE follower_id = $1 AND followed_id = $2 RETURNING {COLUMNS}
            """,
            follower_id,
            followed_id,
        )
    )
    if gone is not None and gone.accepted:
        await _count(conn, follower_id, followed_id, -1)
    return gone


async def prefer(
    conn: Conn, follower_id: int, followed_id: int, *, reblogs: bool | None, notify: bool | None
) -> None:
    await conn.execute(
        """
        UPDATE follows SET show_reblogs = coalesce($3, show_reblogs), notify = coalesce($4, notify)
         WHERE follower_id = $1 AND followed_id = $2
        """,
        follower_id,
        followed_id,
        reblogs,
        notify,
    )


async def inside_followers(conn: Conn, followed_id: int) -> list[int]:
    """Accounts of ours whose follow or wish to follow is carried by `@reader`."""
    rows = await conn.fetch(
        """
        SELECT follower_id FROM follows JOIN accounts a ON a.id = follower_id
         WHERE followed_id = $1 AND a.domain IS NULL AND a.default_reach = 'internal'
        """,
        followed_id,
    )
    return [row["follower_id"] for row in rows]


async def own_followers(conn: Conn, author_ids: Sequence[int]) -> dict[int, list[int]]:
    """{author: accounts of ours that follow it as themselves}: W-2, who may read private posts."""
    rows = await conn.fetch(
        """
        SELECT followed_id, array_agg(follower_id) AS followers
          FROM follows JOIN accounts a ON a.id = follower_id
         WHERE followed_id = ANY($1) AND accepted AND a.domain IS NULL
           AND a.default_reach > 'internal'
         GROUP BY followed_id
        """,
        author_ids,
    )
    return {row["followed_id"]: row["followers"] for row in rows}


async def followed_here(conn: Conn, author_ids: Sequence[int]) -> set[int]:
    """Those of `author_ids` that somebody of ours follows, whoever it is."""
    rows = await conn.fetch(
        """
        SELECT DISTINCT followed_id FROM follows JOIN accounts a ON a.id = follower_id
         WHERE followed_id = ANY($1) AND accepted AND a.domain IS NULL
        """,
        author_ids,
    )
    return {row["followed_id"] for row in rows}


async def _count(conn: Conn, follower_id: int, followed_id: int, by: int) -> None:
    await conn.execute(
        """
        UPDATE accounts
           SET following_count = greatest(0, following_count + (id = $1)::int * $3),
               followers_count = greatest(0, followers_count + (id = $2)::int * $3)
         WHERE id IN ($1, $2)
        """,
        follower_id,
        followed_id,
        by,
    )


def _follow(row: Row | None) -> Follow | None:
    return None if row is None else Follow(**row)
