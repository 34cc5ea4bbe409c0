"""SQL for statuses: adding, finding, editing and taking back what was said."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from enum import StrEnum

from fedi.errors import NotFound
from fedi.model.reach import Visibility
from fedi.model.status import Draft, Release, Status
from fedi.model.viewer import Viewer
from fedi.store import Conn, Row, sight
from fedi.store.accounts import REACHES
from fedi.store.sight import VISIBLE_TO

_NAMES = Status.__struct_fields__
COLUMNS = ", ".join(_NAMES)
S_COLUMNS = ", ".join(f"s.{name}" for name in _NAMES)
_ENUMS: tuple[tuple[int, Mapping[str, StrEnum]], ...] = (
    (_NAMES.index("visibility"), {visibility.value: visibility for visibility in Visibility}),
    (_NAMES.index("reach"), REACHES),
    (_NAMES.index("release"), {release.value: release for release in Release}),
)


def status_of(row: Row) -> Status:
    """The row of `SELECT {COLUMNS}` (others may follow) as a Status."""
    values = list(row[: len(_NAMES)])
    for at, members in _ENUMS:
        values[at] = members[values[at]]
    return Status(*values)


async def add(conn: Conn, drafts: Sequence[Draft]) -> set[int]:
    """Store `drafts` with their mentions, tags and media.  The ids of those that were new.

    One statement a table, however many drafts.  A URI that stands already stays as it is.
    """
    new = await _add_rows(conn, drafts)
    kept = [draft for draft in drafts if draft.id in new]
    await _add_stats(conn, kept)
    await _add_mentions(conn, kept)
    await _add_tags(conn, kept)
    await _attach_media(conn, kept)
    return new


async def visible(conn: Conn, viewer: Viewer, status_id: int) -> Status:
    """Raises NotFound when it is absent or the viewer may not see it: the two are one."""
    row = await conn.fetchrow(
        f"SELECT {S_COLUMNS} FROM statuses s WHERE s.id = $3 AND {VISIBLE_TO}",
        *sight.params(viewer),
        status_id,
    )
    if row is None:
        raise NotFound
    return status_of(row)


async def visible_among(conn: Conn, viewer: Viewer, status_ids: Iterable[int]) -> list[Status]:
    """Those of `status_ids` that the viewer may see, newest first."""
    rows = await conn.fetch(
        f"""
        SELECT {S_COLUMNS} FROM statuses s
         WHERE s.id = ANY($3) AND {VISIBLE_TO} ORDER BY s.id DESC
        """,
        *sight.params(viewer),
        list(set(status_ids)),
    )
    return [status_of(row) for row in rows]


async def by_ids(conn: Conn, status_ids: Iterable[int]) -> dict[int, Status]:
    """Whoever may see them: for actions, never for answers."""
    rows = await conn.fetch(
        f"SELECT {COLUMNS} FROM statuses WHERE id = ANY($1)", list(set(status_ids))
    )
    return {row["id"]: status_of(row) for row in rows}


async def by_uris(conn: Conn, uris: Iterable[str]) -> dict[str, Status]:
    """Whoever may see them: for handlers, never for answers."""
    rows = await conn.fetch(f"SELECT {COLUMNS} FROM statuses WHERE uri = ANY($1)", list(set(uris)))
    return {row["uri"]: status_of(row) for row in rows}


async def boost_by(conn: Conn, account_id: int, status_id: int) -> Status | None:
    row = await conn.fetchrow(
        f"SELECT {COLUMNS} FROM statuses WHERE reblog_of_id = $1 AND author_id = $2",
        status_id,
        account_id,
    )
    return status_of(row) if row else None


async def edit(conn: Conn, before: Status, after: Draft, *, at: datetime) -> None:
    """Replace the text of `before`; what it said until now stays in its history."""
    await _keep_revision(conn, before)
    await conn.execute(
        """
        UPDATE statuses
           SET content = $2, source = $3, spoiler_text = $4, sensitive = $5, language = $6,
               revision = revision + 1, edited_at = $7
         WHERE id = $1
        """,
        before.id,
        after.content,
        after.source,
        after.spoiler_text,
        after.sensitive,
        after.language,
        at,
    )
    await conn.execute("DELETE FROM status_tags WHERE status_id = $1", before.id)
    await _add_tags(conn, [after])
    await _add_mentions(conn, [after])
    await _detach_media(conn, before.id, after)
    await _attach_media(conn, [after])


async def delete(conn: Conn, status: Status, *, owner_uri: str, at: datetime) -> None:
    """Remove it with its boosts; a tombstone keeps its URI from coming back."""
    await conn.execute(
        """
        INSERT INTO tombstones (uri, owner_uri, outside, at)
        SELECT uri, $2, reach > 'internal' AND release = 'released', $3
          FROM statuses WHERE id = $1
        ON CONFLICT DO NOTHING
        """,
        status.id,
        owner_uri,
        at,
    )
    await conn.execute(
        """
        DELETE FROM home_entries WHERE status_id IN
               (SELECT id FROM statuses WHERE id = $1 OR reblog_of_id = $1)
        """,
        status.id,
    )
    await conn.execute("DELETE FROM statuses WHERE id = $1", status.id)


async def mentioned(conn: Conn, status_id: int) -> set[int]:
    rows = await conn.fetch("SELECT account_id FROM mentions WHERE status_id = $1", status_id)
    return {row["account_id"] for row in rows}


async def boosters(conn: Conn, status_id: int) -> list[int]:
    """Accounts of ours that boosted it: they are told when it changes."""
    rows = await conn.fetch(
        """
        SELECT author_id FROM statuses s JOIN accounts a ON a.id = s.author_id
         WHERE s.reblog_of_id = $1 AND a.domain IS NULL
        """,
        status_id,
    )
    return [row["author_id"] for row in rows]


async def hold_until(conn: Conn, status_id: int, until: datetime) -> None:
    await conn.execute("UPDATE statuses SET held_until = $2 WHERE id = $1", status_id, until)


async def claim_held(conn: Conn, *, now: datetime, limit: int) -> list[Status]:
    """Held statuses whose time has come, oldest first, locked for this transaction."""
    rows = await conn.fetch(
        f"""
        SELECT {COLUMNS} FROM statuses WHERE release = 'held' AND held_until <= $1
         ORDER BY held_until LIMIT $2 FOR UPDATE SKIP LOCKED
        """,
        now,
        limit,
    )
    return [status_of(row) for row in rows]


async def set_release(
    conn: Conn, status_id: int, release: Release, *, published: datetime | None = None
) -> None:
    await conn.execute(
        """
        UPDATE statuses SET release = $2, created_at = coalesce($3, created_at), held_until = NULL,
               edited_at = CASE WHEN $3 IS NULL THEN edited_at END
         WHERE id = $1
        """,
        status_id,
        release.value,
        published,
    )


async def _add_rows(conn: Conn, drafts: Sequence[Draft]) -> set[int]:
    rows = await conn.fetch(
        """
        INSERT INTO statuses (id, uri, url, author_id, local, in_reply_to_id,
               in_reply_to_account_id, conversation_id, reblog_of_id, visibility, reach,
               reach_domains, release, held_until, content, source, spoiler_text, sensitive,
               language, written_by, application_id, created_at, edited_at)
        SELECT id, uri, url, author_id, local, reply_id, reply_account_id, conversation_id,
               reblog_id, visibility::visibility, reach::reach, string_to_array(domains, ' '),
               release, held_until, content, source, spoiler_text, sensitive, language,
               written_by, application_id, created_at, edited_at
          FROM unnest($1::bigint[], $2::text[], $3::text[], $4::bigint[], $5::bool[], $6::bigint[],
                      $7::bigint[], $8::bigint[], $9::bigint[], $10::text[], $11::text[],
                      $12::text[], $13::text[], $14::timestamptz[], $15::text[], $16::text[],
                      $17::text[], $18::bool[], $19::text[], $20::bigint[], $21::bigint[],
                      $22::timestamptz[], $23::timestamptz[])
            AS d (id, uri, url, author_id, local, reply_id, reply_account_id, conversation_id,
                  reblog_id, visibility, reach, domains, release, held_until, content, source,
                  spoiler_text, sensitive, language, written_by, application_id, created_at,
                  edited_at)
        ON CONFLICT DO NOTHING RETURNING id
        """,
        *_columns(drafts),
    )
    return {row["id"] for row in rows}


def _columns(drafts: Sequence[Draft]) -> list[list[object]]:
    rows = [
        (
            d.id,
            d.uri,
            d.url,
            d.author_id,
            d.local,
            d.in_reply_to_id,
            d.in_reply_to_account_id,
            d.conversation_id or d.id,
            d.reblog_of_id,
            d.visibility.value,
            d.reach.value,
            None if d.reach_domains is None else " ".join(d.reach_domains),
            d.release.value,
            d.held_until,
            d.content,
            d.source,
            d.spoiler_text,
            d.sensitive,
            d.language,
            d.written_by,
            d.application_id,
            d.created_at,
            d.edited_at,
        )
        for d in drafts
    ]
    return [list(column) for column in zip(*rows, strict=True)] or [[] for _ in range(23)]


async def _add_stats(conn: Conn, drafts: Sequence[Draft]) -> None:
    if drafts:
        await conn.execute(
            "INSERT INTO status_stats (status_id) SELECT unnest($1::bigint[])",
            [d.id for d in drafts],
        )


async def _add_mentions(conn: Conn, drafts: Sequence[Draft]) -> None:
    pairs = [(d.id, account, True) for d in drafts for account in d.mentions]
    pairs += [(d.id, a, False) for d in drafts for a in d.audience if a not in d.mentions]
    if pairs:
        await conn.execute(
            """
            INSERT INTO mentions (status_id, account_id, shown)
            SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::bool[]) ON CONFLICT DO NOTHING
            """,
            *(list(column) for column in zip(*pairs, strict=True)),
        )


async def _add_tags(conn: Conn, drafts: Sequence[Draft]) -> None:
    rows = [(d.id, tag.lower(), tag) for d in drafts for tag in d.tags]
    if rows:
        await conn.execute(
            """
            INSERT INTO status_tags (status_id, tag, shown)
            SELECT * FROM unnest($1::bigint[], $2::text[], $3::text[]) ON CONFLICT DO NOTHING
            """,
            *(list(column) for column in zip(*rows, strict=True)),
        )


async def _attach_media(conn: Conn, drafts: Sequence[Draft]) -> None:
    rows = [(d.id, m, at, d.author_id) for d in drafts for at, m in enumerate(d.media_ids)]
    if rows:
        await conn.execute(
            """
            UPDATE media SET status_id = t.status_id, position = t.position
              FROM unnest($1::bigint[], $2::bigint[], $3::int[], $4::bigint[])
                AS t (status_id, media_id, position, owner_id)
             WHERE media.id = t.media_id AND media.account_id = t.owner_id
               AND (media.status_id IS NULL OR media.status_id = t.status_id)
            """,
            *(list(column) for column in zip(*rows, strict=True)),
        )


async def _detach_media(conn: Conn, status_id: int, after: Draft) -> None:
    """What an edit leaves out is its owner's alone again, and is swept up later."""
    if after.local:
        await conn.execute(
            "UPDATE media SET status_id = NULL WHERE status_id = $1 AND NOT id = ANY($2)",
            status_id,
            list(after.media_ids),
        )


async def _keep_revision(conn: Conn, status: Status) -> None:
    await conn.execute(
        """
        INSERT INTO status_revisions (status_id, revision, content, source, spoiler_text,
                                      sensitive, media, created_at)
        SELECT id, revision, content, source, spoiler_text, sensitive,
               (SELECT coalesce(jsonb_agg(m.id::text ORDER BY m.position), '[]')
                  FROM media m WHERE m.status_id = statuses.id),
               coalesce(edited_at, created_at)
          FROM statuses WHERE id = $1
        ON CONFLICT DO NOTHING
        """,
        status.id,
    )
