"""SQL for markers: how far somebody has read, on whichever device."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from fedi.store import Conn


@dataclass(frozen=True, slots=True)
class Marker:
    last_read_id: int
    version: int
    updated_at: datetime


async def of(conn: Conn, account_id: int, timelines: Sequence[str]) -> dict[str, Marker]:
    rows = await conn.fetch(
        """
        SELECT timeline, last_read_id, version, updated_at FROM markers
         WHERE account_id = $1 AND timeline = ANY($2) ORDER BY timeline
        """,
        account_id,
        timelines,
    )
    return {
        row["timeline"]: Marker(row["last_read_id"], row["version"], row["updated_at"])
        for row in rows
    }


async def put(
    conn: Conn, account_id: int, timeline: str, last_read_id: int, *, at: datetime
) -> None:
    """The last device wins, as in Mastodon: reading again from above is allowed."""
    await conn.execute(
        """
        INSERT INTO markers AS m (account_id, timeline, last_read_id, updated_at)
        VALUES ($1, $2, $3, $4)
        ON CONFLICT (account_id, timeline)
        DO UPDATE SET last_read_id = $3, version = m.version + 1, updated_at = $4
        """,
        account_id,
        timeline,
        last_read_id,
        at,
    )
