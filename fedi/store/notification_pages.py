"""SQL for reading notifications: one by one, and in groups.

A group is known by its newest notification.  Pages of groups go by that one's id, so that a group
stands on one page only and comes to the top when something new joins it.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from fedi.errors import NotFound
from fedi.model.viewer import Viewer
from fedi.store import Conn, Row, sight
from fedi.store.sight import VISIBLE_TO
from fedi.store.timelines import Page, paged

GROUPED_KINDS = frozenset({"favourite", "reblog", "follow"})
UNGROUPED = "ungrouped-"
SAMPLE = 8  # senders of a group that are shown with it

COLUMNS = "n.id, n.kind, n.from_id, n.status_id, n.group_key, n.created_at"

SENDER_STANDS = """NOT EXISTS (
    SELECT FROM accounts f WHERE f.id = {n}.from_id AND f.suspended_at IS NOT NULL)"""

# What is told of a status ends when the status may not be seen any more.
SHOWN = f"""n.account_id = $1 AND {SENDER_STANDS.format(n="n")}
    AND (n.status_id IS NULL OR EXISTS (
        SELECT FROM statuses s WHERE s.id = n.status_id AND {VISIBLE_TO}))"""

WANTED = """coalesce({n}.kind = ANY($3::text[]), true) AND {n}.kind <> ALL($4::text[])
    AND coalesce({n}.from_id = $5::bigint, true) AND ($6 OR NOT {n}.filtered)"""

LIST = f"{SHOWN} AND {WANTED.format(n='n')}"


def _newest(kinds: str) -> str:
    """`n` speaks for its group.  `kinds`: the parameter with those that are grouped."""
    return f"""(n.kind <> ALL({kinds}::text[]) OR NOT EXISTS (
        SELECT FROM notifications m
         WHERE m.account_id = $1 AND m.group_key = n.group_key AND m.id > n.id
           AND {SENDER_STANDS.format(n="m")} AND {WANTED.format(n="m")}))"""


@dataclass(frozen=True, slots=True)
class Notification:
    id: int
    kind: str
    from_id: int
    status_id: int | None
    group_key: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which notifications.  `kinds` None: all; `filtered`: also those that wait in a request."""

    kinds: list[str] | None = None
    without: list[str] = field(default_factory=list)
    from_id: int | None = None
    filtered: bool = False

    @property
    def params(self) -> tuple[object, ...]:
        return self.kinds, self.without, self.from_id, self.filtered


EVERYTHING = Wanted(filtered=True)


@dataclass(frozen=True, slots=True)
class Group:
    """Notifications of one kind about one thing; `sample`: its latest senders, newest first.

    `page_min_id` is the oldest of it that is not older than its page.
    """

    key: str
    newest: Notification
    count: int
    page_min_id: int
    sample: list[int]


async def page(conn: Conn, viewer: Viewer, page: Page, wanted: Wanted) -> list[Notification]:
    tail, edges = paged("n.id", page, 7)
    rows = await conn.fetch(
        f"SELECT {COLUMNS} FROM notifications n WHERE {LIST} AND {tail}",
        *sight.params(viewer),
        *wanted.params,
        *edges,
    )
    return _in_order(rows, page)


async def find(
    conn: Conn, viewer: Viewer, notification_id: int, wanted: Wanted = EVERYTHING
) -> Notification | None:
    """None when it is absent, somebody else's, or about what the viewer may not see."""
    row = await conn.fetchrow(
        f"SELECT {COLUMNS} FROM notifications n WHERE n.id = $7 AND {LIST}",
        *sight.params(viewer),
        *wanted.params,
        notification_id,
    )
    return Notification(**row) if row else None


async def groups(
    conn: Conn, viewer: Viewer, page: Page, wanted: Wanted, grouped: Collection[str]
) -> list[Group]:
    tail, edges = paged("n.id", page, 7)
    rows = await conn.fetch(
        f"SELECT {COLUMNS} FROM notifications n WHERE {LIST} AND {_newest('$10')} AND {tail}",
        *sight.params(viewer),
        *wanted.params,
        *edges,
        list(grouped),
    )
    newest = _in_order(rows, page)
    oldest = newest[-1].id if len(newest) >= page.limit else 0
    return await _with_members(conn, viewer, newest, wanted, grouped, oldest)


async def group(conn: Conn, viewer: Viewer, key: str) -> Group:
    """Raises NotFound when nothing of it is there for the viewer."""
    found = await members(conn, viewer, key, Page(1))
    if not found:
        raise NotFound
    grouped = () if key.startswith(UNGROUPED) else GROUPED_KINDS
    return (await _with_members(conn, viewer, found, EVERYTHING, grouped, 0))[0]


async def members(conn: Conn, viewer: Viewer, key: str, page: Page) -> list[Notification]:
    """What a group is made of: each sender once."""
    tail, edges = paged("n.id", page, 3)
    rows = await conn.fetch(
        f"SELECT {COLUMNS} FROM notifications n WHERE {SHOWN} AND {_IN_GROUP} AND {tail}",
        *sight.params(viewer),
        *edges,
        key,
        _single(key),
    )
    return _in_order(rows, page)


async def unread(
    conn: Conn, viewer: Viewer, wanted: Wanted, grouped: Collection[str], *, limit: int
) -> int:
    """How many groups are newer than what was read on any device, counted up to `limit`."""
    count: int = await conn.fetchval(
        f"""
        SELECT count(*) FROM (
            SELECT FROM notifications n WHERE {LIST} AND {_newest("$7")}
               AND n.id > coalesce((SELECT last_read_id FROM markers
                     WHERE account_id = $1 AND timeline = 'notifications'), 0)
             LIMIT $8) AS fresh
        """,
        *sight.params(viewer),
        *wanted.params,
        list(grouped),
        limit,
    )
    return count


async def clear(conn: Conn, account_id: int) -> None:
    """What waits in a request stays there."""
    await conn.execute(
        "DELETE FROM notifications WHERE account_id = $1 AND NOT filtered", account_id
    )


async def dismiss(conn: Conn, account_id: int, notification_ids: Sequence[int]) -> bool:
    """False when none of them was this account's."""
    rows = await conn.fetch(
        "DELETE FROM notifications WHERE account_id = $1 AND id = ANY($2) RETURNING id",
        account_id,
        notification_ids,
    )
    return bool(rows)


async def dismiss_group(conn: Conn, account_id: int, key: str) -> None:
    """Dismissing what is not there is dismissing it."""
    await conn.execute(
        """
        DELETE FROM notifications
         WHERE account_id = $1 AND (group_key = $2 AND $3::bigint IS NULL OR id = $3)
        """,
        account_id,
        key,
        _single(key),
    )


_IN_GROUP = "(n.group_key = $6 AND $7::bigint IS NULL OR n.id = $7)"


async def _with_members(
    conn: Conn,
    viewer: Viewer,
    newest: Sequence[Notification],
    wanted: Wanted,
    grouped: Collection[str],
    oldest: int,
) -> list[Group]:
    rows = await conn.fetch(
        f"""
        SELECT n.group_key, count(*) AS count, min(n.id) FILTER (WHERE n.id >= $8) AS page_min_id,
               (array_agg(n.from_id ORDER BY n.id DESC))[1:{SAMPLE}] AS sample
          FROM notifications n WHERE {LIST} AND n.group_key = ANY($7) GROUP BY n.group_key
        """,
        *sight.params(viewer),
        *wanted.params,
        [one.group_key for one in newest if one.kind in grouped],
        oldest,
    )
    found = {row["group_key"]: row for row in rows}
    return [
        _group(one, found[one.group_key])
        if one.kind in grouped and one.group_key in found
        else Group(f"{UNGROUPED}{one.id}", one, 1, one.id, [one.from_id])
        for one in newest
    ]


def _group(newest: Notification, row: Row) -> Group:
    return Group(newest.group_key, newest, row["count"], row["page_min_id"], row["sample"])


def _single(key: str) -> int | None:
    """The id of a notification that stands alone; any kind may, when its reader asks for it."""
    number = key.removeprefix(UNGROUPED)
    return int(number) if number != key else None


def _in_order(rows: Sequence[Row], page: Page) -> list[Notification]:
    """Newest first, whichever way the page was read."""
    found = [Notification(**row) for row in rows]
    return found[::-1] if page.upwards else found
