"""Notifications in groups: docs.joinmastodon.org/methods/grouped_notifications."""

import re
from typing import Any, Literal

import msgspec

from fedi.api.call import MAX_ID, Call, Route, Routes
from fedi.api.entities import account as account_entity
from fedi.api.entities import notification as entity
from fedi.api.entities.account import AccountEntity
from fedi.api.entities.notification import GroupedEntity
from fedi.api.paging import link, page_of
from fedi.api.routes.notifications import (
    LARGEST,
    PAGE,
    READ,
    WRITE,
    CountForm,
    ListForm,
    clear,
    signed_in,
    types_of,
)
from fedi.errors import NotFound
from fedi.store import accounts, notification_pages
from fedi.store.notification_pages import GROUPED_KINDS

KEY = re.compile(r"[a-z_.]{1,40}-([0-9]{1,19})")


class GroupForm(msgspec.Struct):
    grouped_types: list[str] | str | None = None
    expand_accounts: Literal["full", "partial_avatars"] = "full"

    @property
    def grouped(self) -> frozenset[str]:
        """Nothing asked: all kinds that can be grouped."""
        if self.grouped_types is None:
            return GROUPED_KINDS
        return GROUPED_KINDS.intersection(types_of(self.grouped_types))


async def index(call: Call) -> GroupedEntity:
    page, wanted = page_of(call, default=PAGE, largest=LARGEST), call.read(ListForm).wanted
    form = call.read(GroupForm)
    found = await notification_pages.groups(call.conn, signed_in(call), page, wanted, form.grouped)
    link(call, page, [group.newest.id for group in found])
    partial = form.expand_accounts == "partial_avatars"
    return await entity.grouped(call.conn, call.view, found, partial=partial)


async def show(call: Call) -> GroupedEntity:
    found = await notification_pages.group(call.conn, signed_in(call), _key(call))
    return await entity.grouped(call.conn, call.view, [found])


async def senders(call: Call) -> list[AccountEntity]:
    page = page_of(call, default=PAGE, largest=LARGEST)
    found = await notification_pages.members(call.conn, signed_in(call), _key(call), page)
    link(call, page, [one.id for one in found])
    people = await accounts.by_ids(call.conn, (one.from_id for one in found))
    ordered = [people[one.from_id] for one in found]
    return await account_entity.rendered(call.conn, call.view, ordered)


async def unread_count(call: Call) -> dict[str, int]:
    form, grouped = call.read(CountForm), call.read(GroupForm).grouped
    count = await notification_pages.unread(
        call.conn, signed_in(call), form.wanted, grouped, limit=form.most
    )
    return {"count": count}


async def dismiss(call: Call) -> dict[str, Any]:
    await notification_pages.dismiss_group(call.conn, call.account.id, _key(call))
    return {}


def _key(call: Call) -> str:
    """Raises NotFound for what is no key of ours."""
    key = call.request.match_info["group_key"]
    found = KEY.fullmatch(key)
    if found is None or int(found[1]) > MAX_ID:
        raise NotFound
    return key


ROUTES: Routes = (
    Route("GET", "/api/v2/notifications", index, scope=READ),
    Route("GET", "/api/v2/notifications/unread_count", unread_count, scope=READ),
    Route("POST", "/api/v2/notifications/clear", clear, scope=WRITE),
    Route("GET", "/api/v2/notifications/{group_key}", show, scope=READ),
    Route("POST", "/api/v2/notifications/{group_key}/dismiss", dismiss, scope=WRITE),
    Route("GET", "/api/v2/notifications/{group_key}/accounts", senders, scope=READ),
)
