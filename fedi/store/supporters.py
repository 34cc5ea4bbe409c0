"""SQL for who favoured or boosted a status, paged by ids that only the Link header shows."""

from collections.abc import Awaitable, Callable

from fedi.model.status import Status
from fedi.model.viewer import Class, Viewer
from fedi.store import Conn
from fedi.store.accounts import account_of
from fedi.store.relations import A_COLUMNS, Listed
from fedi.store.timelines import Page, paged

OfStatus = Callable[[Conn, Viewer, Status, Page], Awaitable[list[Listed]]]

# Strangers learn of nobody who marks inside only, or exists for partners only.
OUTSIDE = "(a.domain IS NOT NULL OR a.default_reach > 'internal' AND a.max_reach = 'public')"


async def favourers(conn: Conn, viewer: Viewer, status: Status, page: Page) -> list[Listed]:
    source = "favourites r JOIN accounts a ON a.id = r.account_id WHERE r.status_id = $1"
    return await _listed(conn, viewer, status, page, source)


async def boosters(conn: Conn, viewer: Viewer, status: Status, page: Page) -> list[Listed]:
    source = "statuses r JOIN accounts a ON a.id = r.author_id WHERE r.reblog_of_id = $1"
    return await _listed(conn, viewer, status, page, source)


async def _listed(
    conn: Conn, viewer: Viewer, status: Status, page: Page, source: str
) -> list[Listed]:
    shown = "true" if viewer.kind is Class.INSIDER else OUTSIDE
    tail, edges = paged("r.id", page, 2)
    rows = await conn.fetch(
        f"""
        SELECT {A_COLUMNS}, r.id AS cursor
          FROM {source} AND a.suspended_at IS NULL AND {shown} AND {tail}
        """,
        status.id,
        *edges,
    )
    found = [Listed(row["cursor"], account_of(row)) for row in rows]
    return found[::-1] if page.upwards else found
