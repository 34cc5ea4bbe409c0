"""SQL for how people stand to one another, as lists and as one row for each pair."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from fedi.model.account import Account
from fedi.model.viewer import Class, Viewer
from fedi.store import Conn, Row
from fedi.store.accounts import COLUMNS, account_of
from fedi.store.timelines import Page, paged

A_COLUMNS = ", ".join(f"a.{name.strip()}" for name in COLUMNS.split(","))

# What strangers may know of a follow: neither end exists inside only, and an inside persona's
# follows are inside deeds, whatever its reach.
EDGE_OUTSIDE = """(SELECT domain IS NOT NULL OR default_reach > 'internal' AND suspended_at IS NULL
                     FROM accounts WHERE id = f.follower_id)
             AND (SELECT domain IS NOT NULL OR max_reach > 'internal' AND suspended_at IS NULL
                    FROM accounts WHERE id = f.followed_id)"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Relation:
    """How one account stands to another; Mastodon's Relationship."""

    id: int
    following: bool
    showing_reblogs: bool
    notifying: bool
    requested: bool
    followed_by: bool
    requested_by: bool
    blocking: bool
    blocked_by: bool
    muting: bool
    muting_notifications: bool
    muting_expires_at: datetime | None
    note: str


@dataclass(frozen=True, slots=True)
class Figures:
    """Counts of an account, as somebody may know them."""

    statuses: int
    followers: int
    following: int
    last_status_at: date | None


@dataclass(frozen=True, slots=True)
class Listed:
    """An account in a list that is paged by ids of its own."""

    cursor: int
    account: Account
    until: datetime | None = None  # of a mute


async def of(
    conn: Conn, viewer_id: int, account_ids: Sequence[int], *, now: datetime
) -> list[Relation]:
    """In the order of `account_ids`; unknown ones are left out."""
    rows = await conn.fetch(
        """
        SELECT a.id,
               coalesce(f.accepted, false) AS following,
               coalesce(f.accepted AND f.show_reblogs, false) AS showing_reblogs,
               coalesce(f.accepted AND f.notify, false) AS notifying,
               coalesce(NOT f.accepted, false) AS requested,
               coalesce(g.accepted, false) AS followed_by,
               coalesce(NOT g.accepted, false) AS requested_by,
               b.id IS NOT NULL AS blocking, c.id IS NOT NULL AS blocked_by,
               m.id IS NOT NULL AS muting, coalesce(m.notifications, false) AS muting_notifications,
               m.expires_at AS muting_expires_at, coalesce(n.comment, '') AS note
          FROM unnest($2::bigint[]) WITH ORDINALITY AS asked (id, at)
          JOIN accounts a USING (id)
          LEFT JOIN follows f ON f.follower_id = $1 AND f.followed_id = a.id
          LEFT JOIN follows g ON g.follower_id = a.id AND g.followed_id = $1
          LEFT JOIN blocks b ON b.blocker_id = $1 AND b.blocked_id = a.id
          LEFT JOIN blocks c ON c.blocker_id = a.id AND c.blocked_id = $1
          LEFT JOIN mutes m ON m.muter_id = $1 AND m.muted_id = a.id
           AND coalesce(m.expires_at > $3, true)
          LEFT JOIN account_notes n ON n.author_id = $1 AND n.about_id = a.id
         ORDER BY at
        """,
        viewer_id,
        account_ids,
        now,
    )
    return [Relation(**row) for row in rows]


async def followers(conn: Conn, viewer: Viewer, account_id: int, page: Page) -> list[Listed]:
    return await _follows(conn, viewer, account_id, page, mine="followed_id", theirs="follower_id")


async def following(conn: Conn, viewer: Viewer, account_id: int, page: Page) -> list[Listed]:
    return await _follows(conn, viewer, account_id, page, mine="follower_id", theirs="followed_id")


async def requests(conn: Conn, account_id: int, page: Page) -> list[Listed]:
    """Who waits to follow."""
    join = "follows r JOIN accounts a ON a.id = r.follower_id"
    return await _list(
        conn, f"{join} WHERE r.followed_id = $1 AND NOT r.accepted", account_id, page
    )


async def count_requests(conn: Conn, account_id: int) -> int:
    count: int = await conn.fetchval(
        "SELECT count(*) FROM follows WHERE followed_id = $1 AND NOT accepted", account_id
    )
    return count


async def blocked(conn: Conn, account_id: int, page: Page) -> list[Listed]:
    join = "blocks r JOIN accounts a ON a.id = r.blocked_id"
    return await _list(conn, f"{join} WHERE r.blocker_id = $1", account_id, page)


async def muted(conn: Conn, account_id: int, page: Page, *, now: datetime) -> list[Listed]:
    join = "mutes r JOIN accounts a ON a.id = r.muted_id"
    where = "r.muter_id = $1 AND coalesce(r.expires_at > $5, true)"
    return await _list(conn, f"{join} WHERE {where}", account_id, page, now, until="r.expires_at")


async def note(conn: Conn, author_id: int, about_id: int, comment: str) -> None:
    """Keep a private remark; an empty one takes it away."""
    if not comment:
        await conn.execute(
            "DELETE FROM account_notes WHERE author_id = $1 AND about_id = $2", author_id, about_id
        )
        return
    await conn.execute(
        """
        INSERT INTO account_notes (author_id, about_id, comment) VALUES ($1, $2, $3)
        ON CONFLICT (author_id, about_id) DO UPDATE SET comment = $3
        """,
        author_id,
        about_id,
        comment,
    )


async def outside_figures(conn: Conn, account_ids: Iterable[int]) -> dict[int, Figures]:
    """What strangers may count: public posts, and follows between people who exist outside."""
    rows = await conn.fetch(
        f"""
        SELECT a.id,
               (SELECT count(*) FROM follows f WHERE f.followed_id = a.id AND f.accepted
                   AND {EDGE_OUTSIDE}) AS followers,
               (SELECT count(*) FROM follows f WHERE f.follower_id = a.id AND f.accepted
                   AND {EDGE_OUTSIDE}) AS following, said.*
          FROM accounts a, LATERAL (
               SELECT count(*) AS statuses, max(created_at)::date AS last_status_at FROM statuses s
                WHERE s.author_id = a.id AND s.local AND s.release = 'released'
                  AND s.reach = 'public' AND s.visibility <= 'unlisted') AS said
         WHERE a.id = ANY($1)
        """,
        list(set(account_ids)),
    )
    return {
        row["id"]: Figures(
            row["statuses"], row["followers"], row["following"], row["last_status_at"]
        )
        for row in rows
    }


async def _follows(
    conn: Conn, viewer: Viewer, account_id: int, page: Page, *, mine: str, theirs: str
) -> list[Listed]:
    join = f"follows r JOIN accounts a ON a.id = r.{theirs}"
    known = "(a.domain IS NOT NULL OR a.max_reach = 'public')"
    edge = f"{EDGE_OUTSIDE.replace('f.', 'r.')} AND {known}"
    shown = "a.suspended_at IS NULL" if viewer.kind is Class.INSIDER else edge
    where = f"r.{mine} = $1 AND r.accepted AND {shown}"
    return await _list(conn, f"{join} WHERE {where}", account_id, page)


async def _list(
    conn: Conn, source: str, account_id: int, page: Page, *more: object, until: str = "NULL"
) -> list[Listed]:
    tail, edges = paged("r.id", page, 2)
    rows = await conn.fetch(
        f"""SELECT {A_COLUMNS}, r.id AS cursor, {until}::timestamptz AS until
              FROM {source} AND {tail}""",
        account_id,
        *edges,
        *more,
    )
    found = [_listed(row) for row in rows]
    return found[::-1] if page.upwards else found


def _listed(row: Row) -> Listed:
    return Listed(row["cursor"], account_of(row), row["until"])
