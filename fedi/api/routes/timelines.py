"""Timelines: docs.joinmastodon.org/methods/timelines."""

import msgspec

from fedi.api.call import ANYONE, Call, Route, Routes
from fedi.api.entities import status as entity
from fedi.api.entities.status import StatusEntity
from fedi.api.paging import link, page_of
from fedi.model.status import Status
from fedi.store import timelines
from fedi.store.timelines import Page, Which

READ = f"{ANYONE}|read:statuses"
LONGEST_TAG = 256


class PublicForm(msgspec.Struct):
    local: bool = False
    remote: bool = False
    only_media: bool = False

    @property
    def which(self) -> Which:
        """Neither or both: ours and theirs."""
        one_side = self.local is not self.remote
        return Which(local=self.local if one_side else None, only_media=self.only_media)


async def home(call: Call) -> list[StatusEntity]:
    page = page_of(call)
    return await _shown(call, page, await timelines.home(call.conn, call.viewer, page))


async def public(call: Call) -> list[StatusEntity]:
    page, which = page_of(call), call.read(PublicForm).which
    return await _shown(call, page, await timelines.public(call.conn, call.viewer, page, which))


async def tag(call: Call) -> list[StatusEntity]:
    page, name = page_of(call), call.request.match_info["hashtag"][:LONGEST_TAG]
    return await _shown(call, page, await timelines.tagged(call.conn, call.viewer, page, name))


async def _shown(call: Call, page: Page, found: list[Status]) -> list[StatusEntity]:
    link(call, page, [status.id for status in found])
    return await entity.render(call.conn, call.view, found)


ROUTES: Routes = (
    Route("GET", "/api/v1/timelines/home", home, scope="read:statuses"),
    Route("GET", "/api/v1/timelines/public", public, scope=READ),
    Route("GET", "/api/v1/timelines/tag/{hashtag}", tag, scope=READ),
)
