"""SQL for browser sessions: who is signed in on the sign-in pages, and nowhere else."""

from datetime import datetime

from fedi.model.account import Account
from fedi.store import Conn
from fedi.store.accounts import COLUMNS, account_of


async def add(conn: Conn, hash_: bytes, account_id: int, *, at: datetime, until: datetime) -> None:
    await conn.execute(
        """
        INSERT INTO browser_sessions (hash, account_id, created_at, expires_at)
        VALUES ($1, $2, $3, $4)
        """,
        hash_,
        account_id,
        at,
        until,
    )


async def find(conn: Conn, hash_: bytes, *, now: datetime) -> Account | None:
    row = await conn.fetchrow(
        f"""
        SELECT {COLUMNS} FROM accounts
         WHERE suspended_at IS NULL AND id = (
               SELECT account_id FROM browser_sessions WHERE hash = $1 AND expires_at > $2)
        """,
        hash_,
        now,
    )
    return account_of(row) if row else None


async def remove(conn: Conn, hash_: bytes) -> None:
    await conn.execute("DELETE FROM browser_sessions WHERE hash = $1", hash_)
