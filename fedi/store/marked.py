"""SQL for what somebody marked, as lists: paged by when it was marked, not by when it was said."""

from fedi.model.status import Status
from fedi.model.viewer import Viewer
from fedi.store import Conn, sight
from fedi.store.sight import VISIBLE_TO
from fedi.store.statuses import S_COLUMNS, status_of
from fedi.store.timelines import Page, paged

Marked = list[tuple[int, Status]]  # (cursor, status), newest mark first


async def favourites(conn: Conn, viewer: Viewer, page: Page) -> Marked:
    return await _marked(conn, viewer, page, "favourites")


async def bookmarks(conn: Conn, viewer: Viewer, page: Page) -> Marked:
    return await _marked(conn, viewer, page, "bookmarks")


async def _marked(conn: Conn, viewer: Viewer, page: Page, table: str) -> Marked:
    tail, edges = paged("m.id", page, 3)
    rows = await conn.fetch(
        f"""
        SELECT {S_COLUMNS}, m.id AS cursor FROM {table} m JOIN statuses s ON s.id = m.status_id
         WHERE m.account_id = $1 AND {VISIBLE_TO} AND {tail}
        """,
        *sight.params(viewer),
        *edges,
    )
    found = [(row["cursor"], status_of(row)) for row in rows]
    return found[::-1] if page.upwards else found
