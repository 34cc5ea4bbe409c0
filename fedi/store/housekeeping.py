"""SQL that forgets what has had its time: everything keyed by strangers must end somewhere."""

from datetime import datetime, timedelta

from fedi.store import Conn

UNDONE = timedelta(hours=6)
UPLOADS = timedelta(days=1)
REPEATS = timedelta(days=1)


async def forget(conn: Conn, *, now: datetime, keep: timedelta) -> None:
    """`keep`: how long decisions and handled ids are remembered (dry-run looks back that far)."""
    await conn.execute("DELETE FROM decisions WHERE at < $1", now - keep)
    await conn.execute("DELETE FROM handled WHERE at < $1", now - keep)
    await conn.execute("DELETE FROM undone WHERE at < $1", now - UNDONE)
    await conn.execute("DELETE FROM idempotency_keys WHERE at < $1", now - REPEATS)
    await conn.execute("DELETE FROM authorization_codes WHERE expires_at < $1", now)
    await conn.execute("DELETE FROM browser_sessions WHERE expires_at < $1", now)
    await conn.execute("DELETE FROM sign_in_attempts WHERE at < $1", now - REPEATS)
    await conn.execute(
        "DELETE FROM media WHERE status_id IS NULL AND created_at < $1", now - UPLOADS
    )
