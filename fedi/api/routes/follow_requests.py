"""Who waits to follow: docs.joinmastodon.org/methods/follow_requests.

Sends: Accept or Reject, to followers on other servers.
"""

from fedi.actions import follows
from fedi.api import known
from fedi.api.call import Call, Route, Routes
from fedi.api.entities import relationship
from fedi.api.entities.account import AccountEntity
from fedi.api.entities.relationship import RelationshipEntity
from fedi.api.paging import page_of
from fedi.api.routes.accounts import listed
from fedi.errors import NotFound
from fedi.model.account import Account
from fedi.store import follows as store
from fedi.store import relations


async def index(call: Call) -> list[AccountEntity]:
    page = page_of(call, default=40, largest=80)
    return await listed(call, page, await relations.requests(call.conn, call.account.id, page))


async def authorize(call: Call) -> RelationshipEntity:
    account = await _asking(call)
    await follows.accept(call.conn, account, call.account)
    return (await relationship.render(call.conn, call.view, [account.id]))[0]


async def reject(call: Call) -> RelationshipEntity:
    account = await _asking(call)
    await follows.reject(call.conn, account, call.account)
    return (await relationship.render(call.conn, call.view, [account.id]))[0]


async def _asking(call: Call) -> Account:
    account = await known.account(call)
    stands = await store.find(call.conn, account.id, call.account.id)
    if stands is None or stands.accepted:
        raise NotFound
    return account


ROUTES: Routes = (
    Route("GET", "/api/v1/follow_requests", index, scope="read:follows"),
    Route("POST", "/api/v1/follow_requests/{id}/authorize", authorize, scope="write:follows"),
    Route("POST", "/api/v1/follow_requests/{id}/reject", reject, scope="write:follows"),
)
