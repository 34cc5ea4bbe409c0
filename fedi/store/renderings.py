"""SQL for what a status needs beside its own row to be shown: one question for a whole page."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypedDict

import msgspec
import orjson

from fedi.model.status import Status
from fedi.model.viewer import Class, Viewer
from fedi.store import Conn, Row


@dataclass(frozen=True, slots=True)
class Attachment:
    """What of a file is shown; its token and its place on other servers stay behind."""

    id: int
    kind: str
    file: str | None
    small: str | None
    description: str
    blurhash: str | None
    focus_x: float | None
    focus_y: float | None
    width: int | None
    height: int | None
    small_width: int | None
    small_height: int | None


class Mentioned(TypedDict):
    id: int
    username: str
    domain: str | None
    url: str


class Facts(msgspec.Struct, frozen=True):
    """All about one status that is not in its row.  Counts and flags are the viewer's."""

    replies: int
    reblogs: int
    favourites: int
    favourited: bool
    reblogged: bool
    muted: bool
    bookmarked: bool
    pinned: bool
    in_reply_to_id: int | None  # None too when the viewer may not know of the parent
    application: str | None
    website: str | None
    written_by: str | None  # display name of the human behind a company account
    media: list[Attachment]
    mentions: list[Mentioned]
    tags: list[str]  # as shown


MEDIA_JSON = """json_build_array(m.id, m.kind, m.file, m.small, m.description, m.blurhash,
        m.focus_x, m.focus_y, m.width, m.height, m.small_width, m.small_height)"""

# {known}: whom the viewer may know of.
HANGS_ON = f"""
    (SELECT json_agg({MEDIA_JSON} ORDER BY m.position) FROM media m
      WHERE m.status_id = s.id) AS media,
    (SELECT json_agg(json_build_object('id', a.id, 'username', a.username, 'domain', a.domain,
                                       'url', coalesce(a.url, a.uri)) ORDER BY a.id)
       FROM mentions n JOIN accounts a ON a.id = n.account_id
      WHERE n.status_id = s.id AND n.shown {{known}}) AS mentions,
    (SELECT array_agg(t.shown ORDER BY t.tag) FROM status_tags t
      WHERE t.status_id = s.id) AS tags"""

INSIDE = f"""
    SELECT s.id, c.replies, c.reblogs, c.favourites,
           f.id IS NOT NULL AS favourited, b.id IS NOT NULL AS reblogged,
           k.id IS NOT NULL AS bookmarked, i.id IS NOT NULL AS pinned,
           q.account_id IS NOT NULL AS muted, s.in_reply_to_id,
           p.name AS application, p.website, coalesce(nullif(w.display_name, ''), w.username)
           AS written_by, {HANGS_ON.format(known="")}
      FROM statuses s
      LEFT JOIN status_stats c ON c.status_id = s.id
      LEFT JOIN favourites f ON f.status_id = s.id AND f.account_id = $2
      LEFT JOIN statuses b ON b.reblog_of_id = s.id AND b.author_id = $2
      LEFT JOIN bookmarks k ON k.account_id = $2 AND k.status_id = s.id
      LEFT JOIN pins i ON i.account_id = $2 AND i.status_id = s.id
      LEFT JOIN thread_mutes q ON q.account_id = $2 AND q.conversation_id = s.conversation_id
      LEFT JOIN applications p ON p.id = s.application_id
      LEFT JOIN accounts w ON w.id = s.written_by
     WHERE s.id = ANY($1)"""

# Strangers count what everybody may see; side comments and inside boosts are none of it.
OUTSIDE = f"""
    SELECT s.id,
           (SELECT count(*) FROM statuses r WHERE r.in_reply_to_id = s.id AND r.reach = 'public'
               AND r.visibility <= 'unlisted' AND r.release = 'released') AS replies,
           (SELECT count(*) FROM statuses r WHERE r.reblog_of_id = s.id AND r.reach = 'public'
               AND r.release = 'released') AS reblogs,
           (SELECT count(*) FROM favourites r JOIN accounts a ON a.id = r.account_id
             WHERE r.status_id = s.id
               AND (a.domain IS NOT NULL OR a.default_reach > 'internal')) AS favourites,
           false AS favourited, false AS reblogged, false AS bookmarked, false AS pinned,
           false AS muted,
           (SELECT r.id FROM statuses r WHERE r.id = s.in_reply_to_id AND r.local
               AND r.reach = 'public' AND r.visibility <= 'unlisted'
               AND r.release = 'released') AS in_reply_to_id,
           NULL AS application, NULL AS website, NULL AS written_by,
           {HANGS_ON.format(known="AND (a.domain IS NOT NULL OR a.max_reach > 'internal')")}
      FROM statuses s WHERE s.id = ANY($1)"""


async def facts(conn: Conn, viewer: Viewer, status_ids: Sequence[int]) -> dict[int, Facts]:
    """{status id: what hangs on it}.  Whether the viewer may see them was asked before."""
    if viewer.kind is Class.INSIDER:
        rows = await conn.fetch(INSIDE, status_ids, viewer.id)
    else:
        rows = await conn.fetch(OUTSIDE, status_ids)
    return {row["id"]: _facts(row) for row in rows}


async def attachments(
    conn: Conn, status_id: int, media_ids: Sequence[int]
) -> dict[int, Attachment]:
    """Those that it still shows, for the history of a post."""
    rows = await conn.fetch(
        f"SELECT m.id, {MEDIA_JSON} AS shown FROM media m WHERE m.id = ANY($1) AND status_id = $2",
        media_ids,
        status_id,
    )
    return {row["id"]: Attachment(*orjson.loads(row["shown"])) for row in rows}


@dataclass(frozen=True, slots=True)
class Revision:
    """One state of a status, over or present."""

    content: str
    spoiler_text: str
    sensitive: bool
    created_at: datetime
    media_ids: list[int]


async def revisions(conn: Conn, viewer: Viewer, status: Status) -> list[Revision]:
    """Oldest first, what it says now last.

    Strangers read nothing of before its release: what was changed in the hold never left.
    """
    rows = await conn.fetch(
        """
        SELECT content, spoiler_text, sensitive, created_at,
               ARRAY(SELECT jsonb_array_elements_text(media)::bigint) AS media_ids, revision
          FROM status_revisions WHERE status_id = $1 AND ($2 OR created_at >= $3)
        UNION ALL
        SELECT content, spoiler_text, sensitive, coalesce(edited_at, created_at),
               ARRAY(SELECT id FROM media WHERE status_id = $1 ORDER BY position), revision
          FROM statuses WHERE id = $1
         ORDER BY revision
        """,
        status.id,
        viewer.kind is Class.INSIDER,
        status.created_at,
    )
    return [Revision(*list(row.values())[:5]) for row in rows]


def _facts(row: Row) -> Facts:
    return Facts(
        row["replies"] or 0,
        row["reblogs"] or 0,
        row["favourites"] or 0,
        row["favourited"],
        row["reblogged"],
        row["muted"],
        row["bookmarked"],
        row["pinned"],
        row["in_reply_to_id"],
        row["application"],
        row["website"],
        row["written_by"],
        [Attachment(*one) for one in _list(row["media"])],
        _list(row["mentions"]),
        row["tags"] or [],
    )


def _list(text: str | None) -> list[Any]:
    return orjson.loads(text) if text else []
