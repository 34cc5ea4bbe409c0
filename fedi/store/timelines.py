"""SQL for timelines: which statuses, in which order, for whom.

A home is written when something arrives (one statement a batch, for the author's followers only)
and read as one index range, whatever its length.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from fedi.model.status import Draft, Status
from fedi.model.viewer import Viewer
from fedi.store import Conn, Row, sight
from fedi.store.sight import VISIBLE_TO, visible_to
from fedi.store.statuses import S_COLUMNS, status_of

BOOSTED_VISIBLE = f"""(s.reblog_of_id IS NULL OR EXISTS (
    SELECT FROM statuses o WHERE o.id = s.reblog_of_id AND {visible_to("o")}))"""

# Whoever the viewer does not want to read: muted, blocked, or blocking.
WANTED = """NOT EXISTS (SELECT FROM mutes WHERE muter_id = $1 AND muted_id = s.author_id)
    AND NOT EXISTS (SELECT FROM blocks WHERE blocker_id = $1 AND blocked_id = s.author_id)
    AND (s.reblog_of_id IS NULL OR NOT EXISTS (
        SELECT FROM statuses w JOIN mutes ON muter_id = $1 AND muted_id = w.author_id
         WHERE w.id = s.reblog_of_id))"""


@dataclass(frozen=True, slots=True)
class Page:
    """Mastodon's paging: ids below `max_id`, above `since_id` (newest) or `min_id` (nearest)."""

    limit: int = 20
    max_id: int | None = None
    since_id: int | None = None
    min_id: int | None = None

    @property
    def upwards(self) -> bool:
        return self.min_id is not None


def paged(column: str, page: Page, at: int) -> tuple[str, tuple[object, ...]]:
    """SQL after WHERE … AND for `page` over `column`, its parameters numbered from `at`."""
    order = "ASC" if page.upwards else "DESC"
    sql = f"""{column} < coalesce(${at}::bigint, 9223372036854775807)
          AND {column} > coalesce(${at + 1}::bigint, 0)
        ORDER BY {column} {order} LIMIT ${at + 2}"""
    return sql, (page.max_id, page.min_id if page.upwards else page.since_id, page.limit)


def in_order(rows: Sequence[Row], page: Page) -> list[Status]:
    """Newest first, whichever way the page was read."""
    statuses = [status_of(row) for row in rows]
    return statuses[::-1] if page.upwards else statuses


async def home(conn: Conn, viewer: Viewer, page: Page) -> list[Status]:
    tail, values = paged("h.status_id", page, 3)
    rows = await conn.fetch(
        f"""
        SELECT {S_COLUMNS} FROM home_entries h JOIN statuses s ON s.id = h.status_id
         WHERE h.account_id = $1 AND {VISIBLE_TO} AND {BOOSTED_VISIBLE} AND {WANTED} AND {tail}
        """,
        *sight.params(viewer),
        *values,
    )
    return in_order(rows, page)


@dataclass(frozen=True, slots=True)
class Which:
    """`local`: None both; `outside`: only what everybody on the internet may read."""

    local: bool | None = None
    only_media: bool = False


async def public(conn: Conn, viewer: Viewer, page: Page, which: Which) -> list[Status]:
    """The local and federated timelines: public posts, without boosts."""
    conditions = ["s.visibility = 'public'", "s.reblog_of_id IS NULL"]
    if which.local is not None:
        conditions.append("s.local" if which.local else "NOT s.local")
    if which.only_media:
        conditions.append("EXISTS (SELECT FROM media WHERE status_id = s.id)")
    return await _timeline(conn, viewer, page, conditions)


async def tagged(conn: Conn, viewer: Viewer, page: Page, tag: str) -> list[Status]:
    conditions = [
        "s.visibility = 'public'",
        "EXISTS (SELECT FROM status_tags t WHERE t.status_id = s.id AND t.tag = $6)",
    ]
    return await _timeline(conn, viewer, page, conditions, tag.lower())


@dataclass(frozen=True, slots=True)
class Of:
    """Which of an account's statuses."""

    account_id: int
    only_media: bool = False
    exclude_replies: bool = False
    exclude_reblogs: bool = False
    pinned: bool = False
    tag: str | None = None


async def of_account(conn: Conn, viewer: Viewer, page: Page, of: Of) -> list[Status]:
    conditions = ["s.author_id = $6", BOOSTED_VISIBLE]
    if of.only_media:
        conditions.append("EXISTS (SELECT FROM media WHERE status_id = s.id)")
    if of.exclude_replies:
        conditions.append("(s.in_reply_to_id IS NULL OR s.in_reply_to_account_id = s.author_id)")
    if of.exclude_reblogs:
        conditions.append("s.reblog_of_id IS NULL")
    if of.pinned:
        conditions.append("EXISTS (SELECT FROM pins WHERE account_id = $6 AND status_id = s.id)")
    if of.tag is not None:
        conditions.append(
            "EXISTS (SELECT FROM status_tags t WHERE t.status_id = s.id AND t.tag = $7)"
        )
    tags = () if of.tag is None else (of.tag.lower(),)
    return await _timeline(conn, viewer, page, conditions, of.account_id, *tags, wanted=False)


async def ancestors(conn: Conn, viewer: Viewer, status: Status) -> list[Status]:
    """Oldest first, at most 40 up."""
    rows = await conn.fetch(
        f"""
        WITH RECURSIVE up (id, parent, depth) AS (
            SELECT id, in_reply_to_id, 0 FROM statuses WHERE id = $3
            UNION ALL
            SELECT p.id, p.in_reply_to_id, depth + 1 FROM up JOIN statuses p ON p.id = up.parent
             WHERE depth < 40)
        SELECT {S_COLUMNS} FROM up JOIN statuses s USING (id)
         WHERE depth > 0 AND {VISIBLE_TO} ORDER BY depth DESC
        """,
        *sight.params(viewer),
        status.id,
    )
    return [status_of(row) for row in rows]


async def descendants(conn: Conn, viewer: Viewer, status: Status, *, limit: int) -> list[Status]:
    """In thread order: each reply below its parent, elder first.  Muted people stay out."""
    rows = await conn.fetch(
        f"""
        WITH RECURSIVE down (id, path) AS (
            SELECT id, ARRAY[id] FROM statuses WHERE id = $3
            UNION ALL
            SELECT r.id, path || r.id FROM down JOIN statuses r ON r.in_reply_to_id = down.id
             WHERE cardinality(path) < 30)
        SELECT {S_COLUMNS} FROM down JOIN statuses s USING (id)
         WHERE s.id <> $3 AND {VISIBLE_TO} AND {WANTED} ORDER BY path LIMIT $4
        """,
        *sight.params(viewer),
        status.id,
        limit,
    )
    return [status_of(row) for row in rows]


async def write_homes(conn: Conn, drafts: Sequence[Draft]) -> None:
    """Put new statuses into the homes of their authors and of those who follow them.

    Costs by the authors' local followers, never by the number of accounts.  A boost goes to whom
    it was not shown before; a reply to somebody goes to those who follow both.
    """
    if not drafts:
        return
    await conn.execute(
        """
        INSERT INTO home_entries (account_id, status_id, via_id)
        SELECT f.follower_id, d.id, d.author_id
          FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bool[])
            AS d (id, author_id, reply_to, boost)
          JOIN follows f ON f.followed_id = d.author_id AND f.accepted
          JOIN accounts a ON a.id = f.follower_id AND a.domain IS NULL
         WHERE (NOT d.boost OR f.show_reblogs)
           AND (d.reply_to IS NULL OR d.reply_to IN (d.author_id, f.follower_id) OR EXISTS (
                SELECT FROM follows b WHERE b.follower_id = f.follower_id
                   AND b.followed_id = d.reply_to AND b.accepted))
        UNION ALL
        SELECT a.id, d.id, d.author_id
          FROM unnest($1::bigint[], $2::bigint[]) AS d (id, author_id)
          JOIN accounts a ON a.id = d.author_id AND a.domain IS NULL
        ON CONFLICT DO NOTHING
        """,
        [d.id for d in drafts],
        [d.author_id for d in drafts],
        [d.in_reply_to_account_id for d in drafts],
        [d.reblog_of_id is not None for d in drafts],
    )


async def fill_home(conn: Conn, follower_id: int, followed_id: int, *, limit: int = 40) -> None:
    """After a new follow: the latest of whom is followed now."""
    await conn.execute(
        """
        INSERT INTO home_entries (account_id, status_id, via_id)
        SELECT $1, id, $2 FROM statuses WHERE author_id = $2 AND visibility <> 'direct'
         ORDER BY id DESC LIMIT $3
        ON CONFLICT DO NOTHING
        """,
        follower_id,
        followed_id,
        limit,
    )


async def clear_home(conn: Conn, follower_id: int, followed_id: int) -> None:
    await conn.execute(
        "DELETE FROM home_entries WHERE account_id = $1 AND via_id = $2", follower_id, followed_id
    )


async def homes_with(conn: Conn, status_id: int) -> list[int]:
    """Whose homes show it: who must hear that it is gone."""
    rows = await conn.fetch("SELECT account_id FROM home_entries WHERE status_id = $1", status_id)
    return [row["account_id"] for row in rows]


async def _timeline(
    conn: Conn,
    viewer: Viewer,
    page: Page,
    conditions: Sequence[str],
    *values: object,
    wanted: bool = True,
) -> list[Status]:
    where = " AND ".join([VISIBLE_TO, *conditions, *([WANTED] if wanted else [])])
    tail, edges = paged("s.id", page, 3)
    rows = await conn.fetch(
        f"SELECT {S_COLUMNS} FROM statuses s WHERE {where} AND {tail}",
        *sight.params(viewer),
        *edges,
        *values,
    )
    return in_order(rows, page)
