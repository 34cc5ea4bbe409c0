"""Accounts, to read: docs.joinmastodon.org/methods/accounts.  What changes them is beside this."""

import msgspec

from fedi.api import known
from fedi.api.call import ANYONE, Call, Route, Routes
from fedi.api.entities import account as entity
from fedi.api.entities import status as status_entity
from fedi.api.entities.account import AccountEntity
from fedi.api.entities.status import StatusEntity
from fedi.api.paging import link, page_of
from fedi.store import accounts, preferences, relations, timelines
from fedi.store.relations import Listed
from fedi.store.timelines import Of, Page

READ = f"{ANYONE}|read:accounts"


class IdsForm(msgspec.Struct):
    id: list[str] | str | None = None


class StatusesForm(msgspec.Struct):
    only_media: bool = False
    exclude_replies: bool = False
    exclude_reblogs: bool = False
    pinned: bool = False
    tagged: str | None = None


async def verify_credentials(call: Call) -> AccountEntity:
    liked = await preferences.of(call.conn, call.account.id)
    waiting = await relations.count_requests(call.conn, call.account.id)
    return entity.credentials(call.view, call.account, liked, follow_requests=waiting)


async def show(call: Call) -> AccountEntity:
    return (await entity.rendered(call.conn, call.view, [await known.account(call)]))[0]


async def several(call: Call) -> list[AccountEntity]:
    asked = known.ids_of(call.read(IdsForm).id)
    found = await accounts.by_ids(call.conn, asked)
    shown = [found[one] for one in asked if one in found]
    shown = [one for one in shown if known.may_know(call.viewer, one)]
    return await entity.rendered(call.conn, call.view, shown)


async def statuses(call: Call) -> list[StatusEntity]:
    account, page, form = await known.account(call), page_of(call), call.read(StatusesForm)
    which = Of(
        account.id,
        only_media=form.only_media,
        exclude_replies=form.exclude_replies,
        exclude_reblogs=form.exclude_reblogs,
        pinned=form.pinned,
        tag=form.tagged or None,
    )
    found = await timelines.of_account(call.conn, call.viewer, page, which)
    link(call, page, [status.id for status in found])
    return await status_entity.render(call.conn, call.view, found)


async def followers(call: Call) -> list[AccountEntity]:
    account, page = await known.account(call), page_of(call, default=40, largest=80)
    return await listed(
        call, page, await relations.followers(call.conn, call.viewer, account.id, page)
    )


async def following(call: Call) -> list[AccountEntity]:
    account, page = await known.account(call), page_of(call, default=40, largest=80)
    return await listed(
        call, page, await relations.following(call.conn, call.viewer, account.id, page)
    )


async def featured_tags(call: Call) -> list[object]:
    """Nobody features tags here; still 404 for who is unknown."""
    await known.account(call)
    return []


async def endorsements(call: Call) -> list[AccountEntity]:
    await known.account(call)
    return []


async def lists(call: Call) -> list[object]:
    await known.account(call)
    return []


async def listed(call: Call, page: Page, found: list[Listed]) -> list[AccountEntity]:
    """A page of accounts whose cursors are only in the Link header."""
    link(call, page, [one.cursor for one in found])
    return await entity.rendered(call.conn, call.view, [one.account for one in found])


ROUTES: Routes = (
    Route(
        "GET",
        "/api/v1/accounts/verify_credentials",
        verify_credentials,
        scope="read:accounts|profile",
    ),
    Route("GET", "/api/v1/accounts", several, scope=READ),
    Route("GET", "/api/v1/accounts/{id}", show, scope=READ),
    Route("GET", "/api/v1/accounts/{id}/statuses", statuses, scope=f"{ANYONE}|read:statuses"),
    Route("GET", "/api/v1/accounts/{id}/followers", followers, scope=READ),
    Route("GET", "/api/v1/accounts/{id}/following", following, scope=READ),
    Route("GET", "/api/v1/accounts/{id}/featured_tags", featured_tags, scope=READ),
    Route("GET", "/api/v1/accounts/{id}/endorsements", endorsements, scope=READ),
    Route("GET", "/api/v1/accounts/{id}/lists", lists, scope="read:lists"),
)
