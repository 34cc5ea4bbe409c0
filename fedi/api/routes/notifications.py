"""Notifications, one by one: docs.joinmastodon.org/methods/notifications."""

from typing import Any

from fedi.api import known
from fedi.api.call import Call, Route, Routes
from fedi.api.entities import notification as entity
from fedi.api.entities.notification import NotificationEntity
from fedi.api.notification_forms import CountForm, IdsForm, ListForm
from fedi.api.paging import link, page_of
from fedi.errors import NotFound
from fedi.store import notification_pages

READ, WRITE = "read:notifications", "write:notifications"
PAGE, LARGEST = 40, 80


async def index(call: Call) -> list[NotificationEntity]:
    page, wanted = page_of(call, default=PAGE, largest=LARGEST), call.read(ListForm).wanted
    found = await notification_pages.page(call.conn, signed_in(call), page, wanted)
    link(call, page, [one.id for one in found])
    return await entity.render(call.conn, call.view, found)


async def show(call: Call) -> NotificationEntity:
    found = await notification_pages.find(call.conn, signed_in(call), call.id)
    entities = await entity.render(call.conn, call.view, [found] if found else [])
    if not entities:
        raise NotFound
    return entities[0]


async def unread_count(call: Call) -> dict[str, int]:
    form = call.read(CountForm)
    count = await notification_pages.unread(
        call.conn, signed_in(call), form.wanted, (), limit=form.most
    )
    return {"count": count}


async def clear(call: Call) -> dict[str, Any]:
    await notification_pages.clear(call.conn, call.account.id)
    return {}


async def dismiss(call: Call) -> dict[str, Any]:
    if not await notification_pages.dismiss(call.conn, call.account.id, [call.id]):
        raise NotFound
    return {}


async def dismiss_several(call: Call) -> dict[str, Any]:
    chosen = known.ids_of(call.read(IdsForm).ids)
    await notification_pages.dismiss(call.conn, call.account.id, chosen)
    return {}


ROUTES: Routes = (
    Route("GET", "/api/v1/notifications", index, scope=READ),
    Route("GET", "/api/v1/notifications/unread_count", unread_count, scope=READ),
    Route("GET", "/api/v1/notifications/{id}", show, scope=READ),
    Route("POST", "/api/v1/notifications/clear", clear, scope=WRITE),
    Route("POST", "/api/v1/notifications/{id}/dismiss", dismiss, scope=WRITE),
    Route("DELETE", "/api/v1/notifications/destroy_multiple", dismiss_several, scope=WRITE),
    Route("DELETE", "/api/v1/notifications/{id}", dismiss, scope=WRITE),
)
