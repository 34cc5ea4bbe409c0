"""SQL for settings that admins change without a restart, and that processes share."""

from datetime import datetime
from typing import Any

from fedi.store import Conn


async def lock(conn: Conn) -> None:
    """Until the transaction ends: two first starts must not both make what is missing."""
    await conn.execute("LOCK TABLE settings IN SHARE ROW EXCLUSIVE MODE")


async def has(conn: Conn, name: str) -> bool:
    return bool(await conn.fetchval("SELECT true FROM settings WHERE name = $1", name))


async def keep(conn: Conn, name: str, value: Any, *, at: datetime) -> None:
    """Set it unless it stands."""
    await conn.execute(
        "INSERT INTO settings (name, value, changed_at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
        name,
        value,
        at,
    )
