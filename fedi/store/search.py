"""SQL for search: people by name, tags by beginning, posts by their words.

Everything passes the viewer's sight: a word in a post that it may not read finds nothing.
"""

from dataclasses import dataclass

from fedi.model.account import Account
from fedi.model.status import Status
from fedi.model.viewer import Class, Viewer
from fedi.store import Conn, sight
from fedi.store.accounts import account_of
from fedi.store.relations import A_COLUMNS
from fedi.store.sight import VISIBLE_TO
from fedi.store.statuses import S_COLUMNS, status_of

_MOST_TAGGED = 2_000  # posts looked at for a list of tags


@dataclass(frozen=True, slots=True)
class Slice:
    """Search is paged by offset: its order is by fit, not by id."""

    limit: int = 20
    offset: int = 0


async def accounts(
    conn: Conn, viewer: Viewer, name: str, part: Slice, *, domain: str = "", following: bool = False
) -> list[Account]:
    """Whose username begins with `name` (and domain with `domain`), or a word of whose name does.

    Those whom the viewer follows come first, then our own.  Names of strangers on other servers
    are found by username only: there may be very many.
    """
    rows = await conn.fetch(
        f"""
        SELECT {A_COLUMNS} FROM accounts a
          LEFT JOIN follows f ON f.follower_id = $1 AND f.followed_id = a.id AND f.accepted
         WHERE a.suspended_at IS NULL AND {_KNOWN[viewer.kind is Class.INSIDER]}
           AND (NOT $6 OR f.id IS NOT NULL)
           AND (lower(a.username) LIKE $2 || '%'
                AND ($3 = '' OR coalesce(a.domain, '') LIKE $3 || '%')
             OR $3 = '' AND (a.domain IS NULL OR f.id IS NOT NULL)
                AND ' ' || lower(a.display_name) LIKE '% ' || $2 || '%')
         ORDER BY lower(a.username) <> $7, f.id IS NULL, a.domain IS NOT NULL,
                  length(a.username), a.username, a.id
         LIMIT $4 OFFSET $5
        """,
        viewer.id,
        _literal(name.lower()),
        _literal(domain.lower()),
        part.limit,
        part.offset,
        following,
        name.lower(),
    )
    return [account_of(row) for row in rows]


_KNOWN = {True: "true", False: "a.domain IS NULL AND a.max_reach = 'public'"}


async def tags(conn: Conn, viewer: Viewer, beginning: str, part: Slice) -> list[str]:
    """Tags of posts that the viewer may see, the most used first; as they are written."""
    rows = await conn.fetch(
        f"""
        SELECT max(shown) AS shown FROM (
            SELECT t.tag, t.shown FROM status_tags t JOIN statuses s ON s.id = t.status_id
             WHERE t.tag LIKE $3 || '%' AND s.visibility <= 'unlisted' AND {VISIBLE_TO}
             LIMIT {_MOST_TAGGED}) AS used
         GROUP BY tag ORDER BY tag <> $6, count(*) DESC, tag LIMIT $4 OFFSET $5
        """,
        *sight.params(viewer),
        _literal(beginning.lower()),
        part.limit,
        part.offset,
        beginning.lower(),
    )
    return [row["shown"] for row in rows]


@dataclass(frozen=True, slots=True)
class Within:
    """Which posts to search: of one account, between two ids."""

    account_id: int | None = None
    max_id: int | None = None
    min_id: int | None = None


async def statuses(
    conn: Conn, viewer: Viewer, words: str, part: Slice, within: Within
) -> list[Status]:
    """Posts of ours with all these words ("in quotes" together, -without), newest first."""
    rows = await conn.fetch(
        f"""
        SELECT {S_COLUMNS} FROM statuses s
         WHERE s.local AND s.reblog_of_id IS NULL AND {VISIBLE_TO}
           AND to_tsvector('simple', s.source) @@ websearch_to_tsquery('simple', $3)
           AND coalesce(s.author_id = $6, true)
           AND coalesce(s.id < $7, true) AND coalesce(s.id > $8, true)
         ORDER BY s.id DESC LIMIT $4 OFFSET $5
        """,
        *sight.params(viewer),
        words,
        part.limit,
        part.offset,
        within.account_id,
        within.max_id,
        within.min_id,
    )
    return [status_of(row) for row in rows]


def _literal(text: str) -> str:
    """For LIKE: what was typed stands for itself."""
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
