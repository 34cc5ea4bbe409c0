"""SQL that looks for a text in everything that left, and in everything that arrived.

For proofs (`fedi demo`): promise 1 is counted here, not believed.
"""

from fedi.store import Conn


async def left(conn: Conn, text: str) -> int:
    """In how many activities made for other servers it stands."""
    number: int = await conn.fetchval(
        "SELECT count(*) FROM outbound WHERE position($1::bytea IN body) > 0", text.encode()
    )
    return number


async def arrived(conn: Conn, text: str) -> int:
    """In how many posts, and activities still waiting or given up, from other servers it stands."""
    number: int = await conn.fetchval(
        """
        SELECT (SELECT count(*) FROM inbound WHERE position($1::bytea IN body) > 0)
             + (SELECT count(*) FROM dead_letters WHERE position($1::bytea IN body) > 0)
             + (SELECT count(*) FROM statuses WHERE NOT local AND position($2 IN content) > 0)
        """,
        text.encode(),
        text,
    )
    return number
