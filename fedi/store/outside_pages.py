"""SQL over the `outside` schema for pages, files and the server's own document."""

from collections.abc import Iterable
from dataclasses import dataclass

from fedi.activitypub.render import Post
from fedi.model.account import Account
from fedi.store import Conn
from fedi.store.outside import Site, account_of, posts_where

_PUBLIC = "s.reach = 'public' AND s.visibility <= 'unlisted'"


@dataclass(frozen=True, slots=True)
class Speaker:
    """The server itself (A-3), without what it signs with."""

    uri: str
    inbox: str
    public_pem: str


async def speaker(conn: Conn) -> Speaker | None:
    row = await conn.fetchrow("SELECT uri, inbox, public_pem FROM outside.instance_actor")
    return Speaker(**row) if row else None


async def accounts(conn: Conn, uris: Iterable[str]) -> dict[str, Account]:
    rows = await conn.fetch("SELECT * FROM outside.accounts WHERE uri = ANY($1)", list(set(uris)))
    return {row["uri"]: account_of(row) for row in rows}


async def account(conn: Conn, account_id: int) -> Account | None:
    row = await conn.fetchrow("SELECT * FROM outside.accounts WHERE id = $1", account_id)
    return account_of(row) if row else None


async def named_post(conn: Conn, site: Site, username: str, status_id: int) -> Post | None:
    """The post behind `/@username/id`, if the outside may know of it at all."""
    where = "lower(a.username) = lower($1) AND s.id = $2"
    found = await posts_where(conn, site, where, username, status_id)
    return found[0] if found else None


async def public_posts(
    conn: Conn, site: Site, account_id: int, *, before: int | None, limit: int
) -> list[Post]:
    """What an account's page shows: its public posts, newest first, without boosts."""
    where = f"""s.author_id = $1 AND s.reblog_of_id IS NULL AND {_PUBLIC}
        AND s.id < coalesce($2::bigint, 9223372036854775807)"""
    return await posts_where(conn, site, where, account_id, before, limit=limit)


async def tagged_posts(
    conn: Conn, site: Site, tag: str, *, before: int | None, limit: int
) -> list[Post]:
    """Public posts with a hashtag (lower case), newest first; unlisted ones are on no list."""
    where = """s.reach = 'public' AND s.visibility = 'public' AND s.reblog_of_id IS NULL
        AND s.id IN (SELECT status_id FROM outside.status_tags WHERE tag = $1)
        AND s.id < coalesce($2::bigint, 9223372036854775807)"""
    return await posts_where(conn, site, where, tag, before, limit=limit)


async def is_public_file(conn: Conn, key: str) -> bool:
    """Is `key` a file of a post that everybody may read?"""
    found: bool = await conn.fetchval(
        """
        SELECT EXISTS (SELECT FROM outside.media WHERE (file = $1 OR small = $1)
               AND reach = 'public' AND visibility <= 'unlisted')
        """,
        key,
    )
    return found


async def file_of(conn: Conn, token: str) -> str | None:
    """The key of the file that a partner's address names; its post must stand."""
    key: str | None = await conn.fetchval("SELECT file FROM outside.media WHERE token = $1", token)
    return key


async def boosted(conn: Conn, status_ids: Iterable[int]) -> dict[int, tuple[str, str]]:
    """{boost: (the post that it repeats, its author)}."""
    rows = await conn.fetch(
        "SELECT id, uri, author_uri FROM outside.boosts WHERE id = ANY($1)", list(set(status_ids))
    )
    return {row["id"]: (row["uri"], row["author_uri"]) for row in rows}
