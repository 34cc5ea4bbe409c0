"""SQL for `fedi doctor`: is this database what fedi needs, and is the second wall really there?"""

from dataclasses import dataclass
from datetime import datetime

import asyncpg

from fedi.store import Conn


@dataclass(frozen=True, slots=True)
class Figures:
    """`clock`: what time the database server has."""

    version: int  # 180001
    clock: datetime
    peers: int
    dead_letters: int


async def figures(conn: Conn, *, now: datetime) -> Figures:
    row = await conn.fetchrow(
        """
        SELECT current_setting('server_version_num')::int AS version,
               clock_timestamp() AS clock,
               (SELECT count(*) FROM peers WHERE trust <> 'blocked' AND NOT paused
                   AND coalesce(expires_at > $1, true)) AS peers,
               (SELECT count(*) FROM dead_letters) AS dead_letters
        """,
        now,
    )
    if row is None:
        raise LookupError
    return Figures(**row)


async def can_read_inside(url: str) -> bool:
    """Whether the login of `url` reads more than the outside may see: it must not.

    Raises asyncpg's errors when the login cannot come in, or cannot read the outside schema.
    """
    conn = await asyncpg.connect(url)
    try:
        await conn.execute("SELECT FROM outside.peers LIMIT 1")
        for table in ("statuses", "accounts", "tokens", "secrets"):
            try:
                await conn.execute(f"SELECT FROM public.{table} LIMIT 1")
            except asyncpg.InsufficientPrivilegeError:
                continue
            return True
        return False
    finally:
        await conn.close()
