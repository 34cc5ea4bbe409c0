"""SQL for blocks and mutes: whom somebody does not want."""

from datetime import datetime

from fedi import ids
from fedi.store import Conn


async def exists(conn: Conn, *, blocker_id: int, blocked_id: int) -> bool:
    return bool(
        await conn.fetchval(
            "SELECT EXISTS (SELECT FROM blocks WHERE blocker_id = $1 AND blocked_id = $2)",
            blocker_id,
            blocked_id,
        )
    )


async def add(conn: Conn, blocker_id: int, blocked_id: int, *, uri: str | None) -> bool:
    """False when it stood already."""
    tag = await conn.execute(
        """
        INSERT INTO blocks (blocker_id, blocked_id, id, uri) VALUES ($1, $2, $3, $4)
        ON CONFLICT DO NOTHING
        """,
        blocker_id,
        blocked_id,
        ids.new(),
        uri,
    )
    return tag == "INSERT 0 1"


async def remove(conn: Conn, blocker_id: int, blocked_id: int) -> bool:
    tag = await conn.execute(
        "DELETE FROM blocks WHERE blocker_id = $1 AND blocked_id = $2", blocker_id, blocked_id
    )
    return tag == "DELETE 1"


async def mute(
    conn: Conn, muter_id: int, muted_id: int, *, notifications: bool, until: datetime | None
) -> None:
    await conn.execute(
        """
        INSERT INTO mutes (muter_id, muted_id, id, notifications, expires_at)
        VALUES ($1, $2, $3, $4, $5)
        ON CONFLICT (muter_id, muted_id) DO UPDATE SET notifications = $4, expires_at = $5
        """,
        muter_id,
        muted_id,
        ids.new(),
        notifications,
        until,
    )


async def unmute(conn: Conn, muter_id: int, muted_id: int) -> None:
    await conn.execute(
        "DELETE FROM mutes WHERE muter_id = $1 AND muted_id = $2", muter_id, muted_id
    )


async def end_mutes(conn: Conn, *, now: datetime) -> None:
    """Drop mutes whose time is over."""
    await conn.execute("DELETE FROM mutes WHERE expires_at <= $1", now)
