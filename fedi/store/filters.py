"""SQL for filters: what somebody does not want to read, or only after a warning."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

import orjson

from fedi import ids
from fedi.errors import NotFound
from fedi.model.event import Event, Kind
from fedi.store import Conn, Row, announce

CONTEXTS = ("home", "notifications", "public", "thread", "account")
ACTIONS = ("warn", "hide")


@dataclass(frozen=True, slots=True)
class Keyword:
    id: int
    keyword: str
    whole_word: bool


@dataclass(frozen=True, slots=True)
class Filter:
    id: int
    title: str
    contexts: list[str]
    action: str
    expires_at: datetime | None
    keywords: list[Keyword] = field(default_factory=list)
    statuses: list[tuple[int, int]] = field(default_factory=list)  # (id, status id)


SELECT = """
    SELECT f.id, f.title, f.contexts, f.action, f.expires_at,
           (SELECT json_agg(json_build_array(k.id, k.keyword, k.whole_word) ORDER BY k.id)
              FROM filter_keywords k WHERE k.filter_id = f.id) AS keywords,
           (SELECT json_agg(json_build_array(s.id, s.status_id) ORDER BY s.id)
              FROM filter_statuses s WHERE s.filter_id = f.id) AS statuses
      FROM filters f WHERE f.account_id = $1"""


async def of(conn: Conn, account_id: int) -> list[Filter]:
    """All of them, also those whose time is over."""
    return [_filter(row) for row in await conn.fetch(f"{SELECT} ORDER BY f.id", account_id)]


async def active(conn: Conn, account_id: int, *, now: datetime) -> list[Filter]:
    rows = await conn.fetch(
        f"{SELECT} AND coalesce(f.expires_at > $2, true) ORDER BY f.id", account_id, now
    )
    return [_filter(row) for row in rows]


async def by_id(conn: Conn, account_id: int, filter_id: int) -> Filter:
    """Raises NotFound, also for somebody else's."""
    row = await conn.fetchrow(f"{SELECT} AND f.id = $2", account_id, filter_id)
    if row is None:
        raise NotFound
    return _filter(row)


async def owner_of_keyword(conn: Conn, account_id: int, keyword_id: int) -> int:
    """The filter that a keyword of this account belongs to.  Raises NotFound."""
    return _own(
        await conn.fetchval(
            """
            SELECT f.id FROM filter_keywords k JOIN filters f ON f.id = k.filter_id
             WHERE f.account_id = $1 AND k.id = $2
            """,
            account_id,
            keyword_id,
        )
    )


async def owner_of_status(conn: Conn, account_id: int, entry_id: int) -> int:
    """The filter that an entry of this account belongs to.  Raises NotFound."""
    return _own(
        await conn.fetchval(
            """
            SELECT f.id FROM filter_statuses s JOIN filters f ON f.id = s.filter_id
             WHERE f.account_id = $1 AND s.id = $2
            """,
            account_id,
            entry_id,
        )
    )


async def put(conn: Conn, account_id: int, wanted: Filter) -> None:
    """Add or change it; its keywords and statuses are put on their own."""
    await conn.execute(
        """
        INSERT INTO filters (id, account_id, title, contexts, action, expires_at)
        VALUES ($1, $2, $3, $4, $5, $6)
        ON CONFLICT (id) DO UPDATE SET title = $3, contexts = $4, action = $5, expires_at = $6
        """,
        wanted.id,
        account_id,
        wanted.title,
        wanted.contexts,
        wanted.action,
        wanted.expires_at,
    )
    _tell(conn, account_id)


async def remove(conn: Conn, account_id: int, filter_id: int) -> None:
    await conn.execute("DELETE FROM filters WHERE id = $1", filter_id)
    _tell(conn, account_id)


async def put_keywords(
    conn: Conn, account_id: int, filter_id: int, keywords: Sequence[Keyword]
) -> None:
    """Add or change those of this filter; one of another filter stays as it is."""
    for one in keywords:
        await conn.execute(
            """
            INSERT INTO filter_keywords AS k (id, filter_id, keyword, whole_word)
            VALUES ($1, $2, $3, $4)
            ON CONFLICT (id) DO UPDATE SET keyword = $3, whole_word = $4 WHERE k.filter_id = $2
            """,
            one.id,
            filter_id,
            one.keyword,
            one.whole_word,
        )
    _tell(conn, account_id)


async def remove_keywords(
    conn: Conn, account_id: int, filter_id: int, keyword_ids: Sequence[int]
) -> None:
    await conn.execute(
        "DELETE FROM filter_keywords WHERE filter_id = $1 AND id = ANY($2)", filter_id, keyword_ids
    )
    _tell(conn, account_id)


async def add_status(conn: Conn, account_id: int, filter_id: int, status_id: int) -> int:
    """The id of the new entry."""
    entry_id = ids.new()
    await conn.execute(
        "INSERT INTO filter_statuses (id, filter_id, status_id) VALUES ($1, $2, $3)",
        entry_id,
        filter_id,
        status_id,
    )
    _tell(conn, account_id)
    return entry_id


async def remove_status(conn: Conn, account_id: int, filter_id: int, entry_id: int) -> None:
    await conn.execute(
        "DELETE FROM filter_statuses WHERE filter_id = $1 AND id = $2", filter_id, entry_id
    )
    _tell(conn, account_id)


def _tell(conn: Conn, account_id: int) -> None:
    announce(conn, Event(Kind.FILTERS, to=(account_id,)))


def _own(filter_id: int | None) -> int:
    if filter_id is None:
        raise NotFound
    return filter_id


def _filter(row: Row) -> Filter:
    return Filter(
        row["id"],
        row["title"],
        row["contexts"],
        row["action"],
        row["expires_at"],
        [Keyword(*one) for one in orjson.loads(row["keywords"] or "[]")],
        [(entry, status) for entry, status in orjson.loads(row["statuses"] or "[]")],
    )
