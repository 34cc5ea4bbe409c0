"""Whom one wants to hear from, and who waits: docs.joinmastodon.org/methods/notifications.

Spec: Mastodon's NotificationPolicy (v2: words), V1::NotificationPolicy (booleans)
"""

from typing import Any, Literal

import msgspec

from fedi.api import known
from fedi.api.call import Call, Route, Routes
from fedi.api.entities import notification as entity
from fedi.api.entities.notification import RequestEntity
from fedi.api.paging import link, page_of
from fedi.api.routes.notifications import LARGEST, PAGE, READ, WRITE, signed_in
from fedi.errors import NotFound
from fedi.store import notification_requests as store

V1_RULES = {
    "filter_not_following": "for_not_following",
    "filter_not_followers": "for_not_followers",
    "filter_new_accounts": "for_new_accounts",
    "filter_private_mentions": "for_private_mentions",
}
Word = Literal["accept", "filter", "drop"]


class PolicyForm(msgspec.Struct):
    for_not_following: Word | None = None
    for_not_followers: Word | None = None
    for_new_accounts: Word | None = None
    for_private_mentions: Word | None = None
    for_limited_accounts: Word | None = None


class V1PolicyForm(msgspec.Struct):
    filter_not_following: bool | None = None
    filter_not_followers: bool | None = None
    filter_new_accounts: bool | None = None
    filter_private_mentions: bool | None = None


class IdsForm(msgspec.Struct):
    id: list[str] | str = []


async def policy(call: Call) -> dict[str, Any]:
    rules = await store.policy(call.conn, call.account.id)
    return {**rules, "summary": await _summary(call)}


async def set_policy(call: Call) -> dict[str, Any]:
    sent = msgspec.to_builtins(call.read(PolicyForm))
    await _change(call, {rule: word for rule, word in sent.items() if word is not None})
    return await policy(call)


async def policy_v1(call: Call) -> dict[str, Any]:
    rules = await store.policy(call.conn, call.account.id)
    old = {name: rules[rule] != store.ACCEPT for name, rule in V1_RULES.items()}
    return {**old, "summary": await _summary(call)}


async def set_policy_v1(call: Call) -> dict[str, Any]:
    sent = msgspec.to_builtins(call.read(V1PolicyForm))
    words = {True: "filter", False: store.ACCEPT}
    await _change(call, {V1_RULES[name]: words[on] for name, on in sent.items() if on is not None})
    return await policy_v1(call)


async def requests(call: Call) -> list[RequestEntity]:
    page = page_of(call, default=PAGE, largest=LARGEST)
    found = await store.requests(call.conn, signed_in(call), page)
    link(call, page, [one.id for one in found])
    return await entity.requests(call.conn, call.view, found)


async def request(call: Call) -> RequestEntity:
    found = await store.request(call.conn, signed_in(call), call.id)
    return (await entity.requests(call.conn, call.view, [found]))[0]


async def accept(call: Call) -> dict[str, Any]:
    if not await store.accept(call.conn, call.account.id, [call.id]):
        raise NotFound
    return {}


async def dismiss(call: Call) -> dict[str, Any]:
    if not await store.dismiss(call.conn, call.account.id, [call.id]):
        raise NotFound
    return {}


async def accept_several(call: Call) -> dict[str, Any]:
    await store.accept(call.conn, call.account.id, known.ids_of(call.read(IdsForm).id))
    return {}


async def dismiss_several(call: Call) -> dict[str, Any]:
    await store.dismiss(call.conn, call.account.id, known.ids_of(call.read(IdsForm).id))
    return {}


async def merged(_call: Call) -> dict[str, bool]:
    """Accepting merges at once, so it is always done."""
    return {"merged": True}


async def _change(call: Call, changed: dict[str, str]) -> None:
    rules = await store.policy(call.conn, call.account.id)
    await store.set_policy(call.conn, call.account.id, {**rules, **changed})


async def _summary(call: Call) -> dict[str, int]:
    waiting = await store.waiting(call.conn, signed_in(call))
    return {
        "pending_requests_count": waiting.requests,
        "pending_notifications_count": waiting.notifications,
    }


V1, V2 = "/api/v1/notifications", "/api/v2/notifications"

ROUTES: Routes = (
    Route("GET", f"{V2}/policy", policy, scope=READ),
    Route("PATCH", f"{V2}/policy", set_policy, scope=WRITE),
    Route("GET", f"{V1}/policy", policy_v1, scope=READ),
    Route("PATCH", f"{V1}/policy", set_policy_v1, scope=WRITE),
    Route("GET", f"{V1}/requests", requests, scope=READ),
    Route("GET", f"{V1}/requests/merged", merged, scope=READ),
    Route("POST", f"{V1}/requests/accept", accept_several, scope=WRITE),
    Route("POST", f"{V1}/requests/dismiss", dismiss_several, scope=WRITE),
    Route("GET", f"{V1}/requests/{{id}}", request, scope=READ),
    Route("POST", f"{V1}/requests/{{id}}/accept", accept, scope=WRITE),
    Route("POST", f"{V1}/requests/{{id}}/dismiss", dismiss, scope=WRITE),
)
