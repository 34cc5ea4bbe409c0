"""SQL for secrets of the instance: made once, never readable from outside."""

from fedi.errors import Unavailable
from fedi.store import Conn


async def of(conn: Conn, name: str) -> bytes:
    """Raises Unavailable before the first start made it."""
    value: bytes | None = await conn.fetchval("SELECT value FROM secrets WHERE name = $1", name)
    if value is None:
        raise Unavailable(f"The secret {name} was not made yet: start `fedi serve` once.")
    return value


async def keep(conn: Conn, name: str, value: bytes) -> bool:
    """False when it stands already; then that one stays."""
    tag = await conn.execute(
        "INSERT INTO secrets (name, value) VALUES ($1, $2) ON CONFLICT DO NOTHING", name, value
    )
    return tag == "INSERT 0 1"
