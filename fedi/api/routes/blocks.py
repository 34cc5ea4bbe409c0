"""Whom one blocks: docs.joinmastodon.org/methods/blocks."""

from fedi.api.call import Call, Route, Routes
from fedi.api.entities.account import AccountEntity
from fedi.api.paging import page_of
from fedi.api.routes.accounts import listed
from fedi.store import relations


async def index(call: Call) -> list[AccountEntity]:
    page = page_of(call, default=40, largest=80)
    return await listed(call, page, await relations.blocked(call.conn, call.account.id, page))


ROUTES: Routes = (Route("GET", "/api/v1/blocks", index, scope="read:blocks"),)
