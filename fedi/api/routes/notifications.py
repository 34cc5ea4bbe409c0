"""Notifications, one by one: docs.joinmastodon.org/methods/notifications."""

from typing import Any

import msgspec

from fedi.api import known
from fedi.api.call import Call, Route, Routes
from fedi.api.entities import notification as entity
from fedi.api.entities.notification import NotificationEntity
from fedi.api.paging import link, page_of
from fedi.errors import Invalid, NotFound
from fedi.model.viewer import Viewer, insider
from fedi.store import notification_pages
from fedi.store.notification_pages import Wanted

READ, WRITE = "read:notifications", "write:notifications"
PAGE, LARGEST = 40, 80
COUNTED, MOST_COUNTED = 100, 1_000
MOST_TYPES = 50


class ListForm(msgspec.Struct):
    """A type that nobody knows is one that there are none of."""

    types: list[str] | str = []
    exclude_types: list[str] | str = []
    account_id: str | None = None
    include_filtered: bool = False

    @property
    def wanted(self) -> Wanted:
        """Asking for one sender shows what waits in its request, as in Mastodon."""
        sender = known.ids_of(self.account_id)
        if self.account_id and not sender:
            raise Invalid("Validation failed: account_id is not an id")
        return Wanted(
            kinds=types_of(self.types) or None,
            without=types_of(self.exclude_types),
            from_id=sender[0] if sender else None,
            filtered=self.include_filtered or bool(sender),
        )


class CountForm(ListForm):
    limit: int = COUNTED

    @property
    def most(self) -> int:
        return max(1, min(self.limit, MOST_COUNTED))


class IdsForm(msgspec.Struct):
    ids: list[str] | str = []


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


def signed_in(call: Call) -> Viewer:
    """Raises Unauthorized for a token that is the client's own."""
    return insider(call.account)


def types_of(sent: list[str] | str) -> list[str]:
    """Raises Invalid when there are more than Mastodon has, by far."""
    texts = [sent] if isinstance(sent, str) else sent
    if len(texts) > MOST_TYPES:
        raise Invalid(f"Validation failed: at most {MOST_TYPES} types at once")
    return [text.replace("\x00", "") for text in texts]


ROUTES: Routes = (
    Route("GET", "/api/v1/notifications", index, scope=READ),
    Route("GET", "/api/v1/notifications/unread_count", unread_count, scope=READ),
    Route("GET", "/api/v1/notifications/{id}", show, scope=READ),
    Route("POST", "/api/v1/notifications/clear", clear, scope=WRITE),
    Route("POST", "/api/v1/notifications/{id}/dismiss", dismiss, scope=WRITE),
    Route("DELETE", "/api/v1/notifications/destroy_multiple", dismiss_several, scope=WRITE),
    Route("DELETE", "/api/v1/notifications/{id}", dismiss, scope=WRITE),
)
