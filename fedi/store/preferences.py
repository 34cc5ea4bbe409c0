"""SQL for what somebody chose once for all of their posts."""

from datetime import datetime
from typing import Any

import msgspec

from fedi.model.reach import Visibility
from fedi.store import Conn


class Preferences(msgspec.Struct):
    """Defaults of new posts; Mastodon's `source` of one's own account."""

    visibility: Visibility = Visibility.PUBLIC  # Mastodon's `privacy`
    sensitive: bool = False
    language: str | None = None
    attribution_domains: list[str] = []


async def of(conn: Conn, account_id: int) -> Preferences:
    held = await conn.fetchval("SELECT preferences FROM people WHERE account_id = $1", account_id)
    return msgspec.convert(held or {}, Preferences)


async def put(conn: Conn, account_id: int, changes: dict[str, Any], *, at: datetime) -> None:
    """Change those that are named; company accounts have their own, though nobody signs in."""
    await conn.execute(
        """
        INSERT INTO people AS p (account_id, preferences, created_at) VALUES ($1, $2, $3)
        ON CONFLICT (account_id) DO UPDATE SET preferences = p.preferences || $2
        """,
        account_id,
        changes,
        at,
    )
