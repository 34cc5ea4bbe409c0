"""SQL for what people mark: favourites, bookmarks, pins and muted threads."""

from fedi import ids
from fedi.store import Conn


async def add(conn: Conn, account_id: int, status_id: int, *, uri: str) -> bool:
    """Record the favourite.  False when it stood already."""
    tag = await conn.execute(
        """
        INSERT INTO favourites (account_id, status_id, id, uri) VALUES ($1, $2, $3, $4)
        ON CONFLICT DO NOTHING
        """,
        account_id,
        status_id,
        ids.new(),
        uri,
    )
    return tag == "INSERT 0 1"


async def remove(conn: Conn, account_id: int, status_id: int) -> str | None:
    """The URI it had, or None when there was none."""
    uri: str | None = await conn.fetchval(
        "DELETE FROM favourites WHERE account_id = $1 AND status_id = $2 RETURNING uri",
        account_id,
        status_id,
    )
    return uri


async def status_of(conn: Conn, account_id: int, uri: str) -> int | None:
    """Which status the favourite with this URI is on: an Undo may name nothing else."""
    status_id: int | None = await conn.fetchval(
        "SELECT status_id FROM favourites WHERE account_id = $1 AND uri = $2", account_id, uri
    )
    return status_id


async def bookmark(conn: Conn, account_id: int, status_id: int) -> None:
    await conn.execute(
        """
        INSERT INTO bookmarks (account_id, status_id, id) VALUES ($1, $2, $3)
        ON CONFLICT DO NOTHING
        """,
        account_id,
        status_id,
        ids.new(),
    )


async def unbookmark(conn: Conn, account_id: int, status_id: int) -> None:
    await conn.execute(
        "DELETE FROM bookmarks WHERE account_id = $1 AND status_id = $2", account_id, status_id
    )


async def pin(conn: Conn, account_id: int, status_id: int) -> None:
    await conn.execute(
        "INSERT INTO pins (account_id, status_id, id) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
        account_id,
        status_id,
        ids.new(),
    )


async def count_pins(conn: Conn, account_id: int) -> int:
    count: int = await conn.fetchval("SELECT count(*) FROM pins WHERE account_id = $1", account_id)
    return count


async def unpin(conn: Conn, account_id: int, status_id: int) -> None:
    await conn.execute(
        "DELETE FROM pins WHERE account_id = $1 AND status_id = $2", account_id, status_id
    )


async def mute_thread(conn: Conn, account_id: int, conversation_id: int) -> None:
    await conn.execute(
        "INSERT INTO thread_mutes VALUES ($1, $2) ON CONFLICT DO NOTHING",
        account_id,
        conversation_id,
    )


async def unmute_thread(conn: Conn, account_id: int, conversation_id: int) -> None:
    await conn.execute(
        "DELETE FROM thread_mutes WHERE account_id = $1 AND conversation_id = $2",
        account_id,
        conversation_id,
    )
