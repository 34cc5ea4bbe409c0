"""SQL for actor documents that the outside door fetched to check a signature.

The outside login may only append them; the worker makes accounts of them, so nobody is asked twice.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from fedi import ids
from fedi.store import Conn


@dataclass(frozen=True, slots=True)
class SeenKey:
    """`handle_host` is where its handle lives, proven both ways (D-7)."""

    key_id: str
    actor_uri: str
    document: dict[str, Any]
    handle_host: str
    fetched_at: datetime


async def append(conn: Conn, seen: Sequence[SeenKey]) -> None:
    """Runs on the outside login."""
    if not seen:
        return
    await conn.executemany(
        """
        INSERT INTO seen_keys (id, key_id, actor_uri, document, handle_host, fetched_at)
        VALUES ($1, $2, $3, $4, $5, $6)
        """,
        [(ids.new(), s.key_id, s.actor_uri, s.document, s.handle_host, s.fetched_at) for s in seen],
    )


async def of_actors(conn: Conn, actor_uris: Sequence[str]) -> dict[str, SeenKey]:
    """The newest document of each."""
    rows = await conn.fetch(
        """
        SELECT DISTINCT ON (actor_uri) key_id, actor_uri, document, handle_host, fetched_at
          FROM seen_keys WHERE actor_uri = ANY($1) ORDER BY actor_uri, id DESC
        """,
        actor_uris,
    )
    return {row["actor_uri"]: SeenKey(*row) for row in rows}


async def unused(conn: Conn, *, limit: int) -> list[SeenKey]:
    """The eldest that wait to become accounts, locked for this transaction."""
    rows = await conn.fetch(
        """
        SELECT key_id, actor_uri, document, handle_host, fetched_at FROM seen_keys
         ORDER BY id LIMIT $1 FOR UPDATE SKIP LOCKED
        """,
        limit,
    )
    return [SeenKey(*row) for row in rows]


async def drop(conn: Conn, actor_uris: Sequence[str]) -> None:
    """They are accounts now."""
    await conn.execute("DELETE FROM seen_keys WHERE actor_uri = ANY($1)", actor_uris)
