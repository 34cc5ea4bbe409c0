"""SQL for Idempotency-Key: a client that repeats a post gets the first one."""

from datetime import datetime

from fedi.store import Conn


async def lock(conn: Conn, account_id: int) -> None:
    """One post of an account at a time, so that a repeat sees what it repeats."""
    await conn.execute("SELECT FROM accounts WHERE id = $1 FOR NO KEY UPDATE", account_id)


async def find(conn: Conn, account_id: int, key: str) -> int | None:
    """The status that was posted with this key."""
    status_id: int | None = await conn.fetchval(
        "SELECT status_id FROM idempotency_keys WHERE account_id = $1 AND key = $2", account_id, key
    )
    return status_id


async def remember(conn: Conn, account_id: int, key: str, status_id: int, *, at: datetime) -> None:
    await conn.execute(
        "INSERT INTO idempotency_keys (account_id, key, status_id, at) VALUES ($1, $2, $3, $4)",
        account_id,
        key,
        status_id,
        at,
    )
