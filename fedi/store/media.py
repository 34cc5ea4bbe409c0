"""SQL for media: files that hang on a status, or wait for one."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from fedi.errors import Invalid, NotFound
from fedi.model.reach import Reach
from fedi.store import Conn, Row
from fedi.store.sight import VISIBLE_TO

COLUMNS = """id, account_id, status_id, position, kind, content_type, file, small, remote_url,
    description, blurhash, focus_x, focus_y, width, height, small_width, small_height, token,
    created_at"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Media:
    """One file.  `file` None: of another server, not fetched yet."""

    id: int
    account_id: int
    status_id: int | None = None
    position: int = 0
    kind: str
    content_type: str | None
    file: str | None
    small: str | None
    remote_url: str | None = None
    description: str = ""
    blurhash: str | None = None
    focus_x: float | None = None
    focus_y: float | None = None
    width: int | None = None
    height: int | None = None
    small_width: int | None = None
    small_height: int | None = None
    token: str
    created_at: datetime


def media_of(row: Row) -> Media:
    return Media(**{name.strip(): row[name.strip()] for name in COLUMNS.split(",")})


async def add(conn: Conn, files: Sequence[Media]) -> None:
    """One statement, however many."""
    if not files:
        return
    names = [name.strip() for name in COLUMNS.split(",")]
    places = ", ".join(f"${number}" for number, _ in enumerate(names, start=1))
    await conn.executemany(
        f"INSERT INTO media ({COLUMNS}) VALUES ({places})",
        [tuple(getattr(file, name) for name in names) for file in files],
    )


async def drop_of_status(conn: Conn, status_id: int) -> None:
    """Before an edit brings others."""
    await conn.execute("DELETE FROM media WHERE status_id = $1", status_id)


async def by_id(conn: Conn, media_id: int) -> Media:
    """Raises NotFound."""
    row = await conn.fetchrow(f"SELECT {COLUMNS} FROM media WHERE id = $1", media_id)
    if row is None:
        raise NotFound
    return media_of(row)


async def own(conn: Conn, account_id: int, media_id: int) -> Media:
    """Raises NotFound unless it is this account's."""
    row = await conn.fetchrow(
        f"SELECT {COLUMNS} FROM media WHERE id = $1 AND account_id = $2", media_id, account_id
    )
    if row is None:
        raise NotFound
    return media_of(row)


async def require_attachable(conn: Conn, account_id: int, media_ids: Sequence[int]) -> None:
    """Raises Invalid unless all are this account's own files."""
    found = await conn.fetchval(
        "SELECT count(*) FROM media WHERE id = ANY($1) AND account_id = $2", media_ids, account_id
    )
    if found != len(set(media_ids)):
        raise Invalid("Validation failed: a file is missing or not yours. Upload it again.")


async def describe(
    conn: Conn, media_id: int, *, description: str | None, focus: tuple[float, float] | None
) -> None:
    await conn.execute(
        """
        UPDATE media SET description = coalesce($2, description),
               focus_x = coalesce($3, focus_x), focus_y = coalesce($4, focus_y)
         WHERE id = $1
        """,
        media_id,
        description,
        None if focus is None else focus[0],
        None if focus is None else focus[1],
    )


async def remove(conn: Conn, media_id: int) -> tuple[str | None, str | None]:
    """The keys of its files, which are the caller's to delete once this is committed."""
    row = await conn.fetchrow("DELETE FROM media WHERE id = $1 RETURNING file, small", media_id)
    return (row["file"], row["small"]) if row else (None, None)


async def shown_to(conn: Conn, viewer_id: int | None, media_id: int) -> Media | None:
    """The file, if its post stands and this account may see it now (None: anybody).

    One that hangs on no post is its owner's alone.
    """
    floor = Reach.PUBLIC if viewer_id is None else Reach.INTERNAL
    row = await conn.fetchrow(
        f"""
        SELECT {", ".join(f"m.{name.strip()}" for name in COLUMNS.split(","))}
          FROM media m LEFT JOIN statuses s ON s.id = m.status_id
         WHERE m.id = $3
           AND (s.id IS NULL AND m.account_id = $1 OR s.id IS NOT NULL AND {VISIBLE_TO})
           AND ($1::bigint IS NULL OR EXISTS (
                SELECT FROM accounts WHERE id = $1 AND domain IS NULL AND suspended_at IS NULL))
        """,
        viewer_id,
        floor.value,
        media_id,
    )
    return media_of(row) if row else None


async def fetched(conn: Conn, file: Media) -> bool:
    """Note our copy of a remote file; False when its row is gone, or has a copy already."""
    tag = await conn.execute(
        """
        UPDATE media SET kind = 'image', file = $2, small = $3, content_type = $4, width = $5,
               height = $6, small_width = $7, small_height = $8, blurhash = coalesce(blurhash, $9)
         WHERE id = $1 AND file IS NULL
        """,
        file.id,
        file.file,
        file.small,
        file.content_type,
        file.width,
        file.height,
        file.small_width,
        file.small_height,
        file.blurhash,
    )
    return tag == "UPDATE 1"


async def named(conn: Conn, keys: Sequence[str]) -> set[str]:
    """Those of `keys` that a row still names; nobody can load the others any more."""
    rows = await conn.fetch(
        """
        SELECT file AS key FROM media WHERE file = ANY($1)
        UNION SELECT small FROM media WHERE small = ANY($1)
        UNION SELECT avatar FROM accounts WHERE avatar = ANY($1)
        UNION SELECT header FROM accounts WHERE header = ANY($1)
        """,
        keys,
    )
    return {row["key"] for row in rows}
