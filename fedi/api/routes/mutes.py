"""Whom one mutes: docs.joinmastodon.org/methods/mutes."""

from fedi.api.call import Call, Route, Routes
from fedi.api.entities import account as entity
from fedi.api.entities.account import AccountEntity
from fedi.api.paging import page_of
from fedi.api.routes.accounts import listed
from fedi.store import relations


async def index(call: Call) -> list[AccountEntity]:
    page = page_of(call, default=40, largest=80)
    found = await relations.muted(call.conn, call.account.id, page, now=call.now)
    entities = await listed(call, page, found)
    return [entity.muted(one, of.until) for one, of in zip(entities, found, strict=True)]


ROUTES: Routes = (Route("GET", "/api/v1/mutes", index, scope="read:mutes"),)
