"""SQL for what the server says of itself."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from fedi.model.viewer import Viewer
from fedi.store import Conn

_TOLD = ("title", "description", "contact_email", "extended_description")


@dataclass(frozen=True, slots=True)
class Census:
    """Counts for a viewer: strangers count what exists outside."""

    users: int
    active_month: int
    statuses: int
    domains: int


async def texts(conn: Conn) -> dict[str, tuple[Any, datetime]]:
    """{name: (value, when it was set)} of what admins wrote about this server."""
    rows = await conn.fetch(
        "SELECT name, value, changed_at FROM settings WHERE name = ANY($1)", list(_TOLD)
    )
    return {row["name"]: (row["value"], row["changed_at"]) for row in rows}


async def census(conn: Conn, viewer: Viewer, *, since: datetime, since_id: int) -> Census:
    """`active_month`: who posted something that the viewer's class may read since then."""
    row = await conn.fetchrow(
        """
        SELECT (SELECT count(*) FROM accounts WHERE domain IS NULL AND suspended_at IS NULL
                   AND kind <> 'service' AND max_reach >= $1::reach) AS users,
               (SELECT count(DISTINCT author_id) FROM statuses WHERE local AND reach >= $1::reach
                   AND release = 'released' AND id > $2 AND created_at > $3) AS active_month,
               (SELECT count(*) FROM statuses WHERE local AND visibility = 'public'
                   AND reblog_of_id IS NULL AND reach >= $1::reach
                   AND release = 'released') AS statuses,
               (SELECT count(*) FROM peers WHERE $1 = 'internal') AS domains
        """,
        viewer.floor.value,
        since_id,
        since,
    )
    return Census(**row) if row else Census(0, 0, 0, 0)


async def peer_domains(conn: Conn) -> list[str]:
    rows = await conn.fetch("SELECT domain FROM peers WHERE trust <> 'blocked' ORDER BY domain")
    return [row["domain"] for row in rows]
