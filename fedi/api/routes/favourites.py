"""What one favoured: docs.joinmastodon.org/methods/favourites."""

from fedi.api.call import Call, Route, Routes
from fedi.api.entities import status as entity
from fedi.api.entities.status import StatusEntity
from fedi.api.paging import link, page_of
from fedi.store import marked


async def index(call: Call) -> list[StatusEntity]:
    page = page_of(call)
    found = await marked.favourites(call.conn, call.viewer, page)
    link(call, page, [cursor for cursor, _ in found])
    return await entity.render(call.conn, call.view, [status for _, status in found])


ROUTES: Routes = (Route("GET", "/api/v1/favourites", index, scope="read:favourites"),)
