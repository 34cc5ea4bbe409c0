"""SQL for what a person does not want to be notified of, and for the senders that wait."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from fedi.errors import NotFound
from fedi.model.viewer import Viewer
from fedi.store import Conn, Row, sight
from fedi.store.notification_pages import SHOWN
from fedi.store.timelines import Page, paged

RULES = (
    "for_not_following",
    "for_not_followers",
    "for_new_accounts",
    "for_private_mentions",
    "for_limited_accounts",
)
ACCEPT = "accept"


@dataclass(frozen=True, slots=True)
class Request:
    """A sender whose notifications wait; `last_status_id` is the latest they were about."""

    id: int
    from_id: int
    created_at: datetime
    updated_at: datetime
    count: int
    last_status_id: int | None


@dataclass(frozen=True, slots=True)
class Waiting:
    requests: int
    notifications: int


WAITING = f"""
    WITH waiting AS (
        SELECT n.from_id, count(*) AS count, max(n.status_id) AS last_status_id
          FROM notifications n WHERE n.filtered AND {SHOWN} GROUP BY n.from_id),
    asked AS (
        SELECT r.id, r.from_id, r.created_at, r.updated_at, w.count, w.last_status_id
          FROM notification_requests r JOIN waiting w ON w.from_id = r.from_id
         WHERE r.account_id = $1 AND NOT r.accepted)"""


async def policy(conn: Conn, account_id: int) -> dict[str, str]:
    """{rule: accept, filter or drop}"""
    row = await conn.fetchrow(
        f"SELECT {', '.join(RULES)} FROM notification_policies WHERE account_id = $1", account_id
    )
    return dict(row) if row else dict.fromkeys(RULES, ACCEPT)


async def set_policy(conn: Conn, account_id: int, rules: Mapping[str, str]) -> None:
    """All of `RULES`; what came before stays where it is."""
    await conn.execute(
        f"""
        INSERT INTO notification_policies (account_id, {", ".join(RULES)})
        VALUES ($1, $2, $3, $4, $5, $6)
        ON CONFLICT (account_id) DO UPDATE
           SET {", ".join(f"{rule} = excluded.{rule}" for rule in RULES)}
        """,
        account_id,
        *(rules[rule] for rule in RULES),
    )


async def waiting(conn: Conn, viewer: Viewer) -> Waiting:
    row = await conn.fetchrow(
        f"""
        {WAITING}
        SELECT count(*) AS requests, coalesce(sum(count), 0)::bigint AS notifications FROM asked
        """,
        *sight.params(viewer),
    )
    return Waiting(row["requests"], row["notifications"]) if row else Waiting(0, 0)


async def requests(conn: Conn, viewer: Viewer, page: Page) -> list[Request]:
    tail, edges = paged("id", page, 3)
    rows = await conn.fetch(
        f"{WAITING} SELECT * FROM asked WHERE {tail}", *sight.params(viewer), *edges
    )
    found = [Request(**row) for row in rows]
    return found[::-1] if page.upwards else found


async def request(conn: Conn, viewer: Viewer, request_id: int) -> Request:
    """Raises NotFound, also when it was answered."""
    row = await conn.fetchrow(
        f"{WAITING} SELECT * FROM asked WHERE id = $3", *sight.params(viewer), request_id
    )
    if row is None:
        raise NotFound
    return Request(**row)


async def accept(conn: Conn, account_id: int, request_ids: Sequence[int]) -> bool:
    """Let these senders in, with what waited.  False when none of them waits."""
    rows = await conn.fetch(
        """
        UPDATE notification_requests SET accepted = true
         WHERE account_id = $1 AND id = ANY($2) AND NOT accepted RETURNING from_id
        """,
        account_id,
        request_ids,
    )
    await conn.execute(
        """
        UPDATE notifications SET filtered = false
         WHERE account_id = $1 AND from_id = ANY($2) AND filtered
        """,
        account_id,
        _senders(rows),
    )
    return bool(rows)


async def dismiss(conn: Conn, account_id: int, request_ids: Sequence[int]) -> bool:
    """Forget what waited; the next one from the same sender asks again.  False as for `accept`."""
    rows = await conn.fetch(
        """
        DELETE FROM notification_requests
         WHERE account_id = $1 AND id = ANY($2) AND NOT accepted RETURNING from_id
        """,
        account_id,
        request_ids,
    )
    await conn.execute(
        "DELETE FROM notifications WHERE account_id = $1 AND from_id = ANY($2) AND filtered",
        account_id,
        _senders(rows),
    )
    return bool(rows)


def _senders(rows: Sequence[Row]) -> list[int]:
    return [row["from_id"] for row in rows]
