"""Statuses: docs.joinmastodon.org/methods/statuses, in its order."""

import msgspec

from fedi.actions import boosts, compose, favourites, statuses
from fedi.api import desk, typed
from fedi.api.call import ANYONE, Call, Route, Routes
from fedi.api.entities import account as account_entity
from fedi.api.entities import status as status_entity
from fedi.api.entities import status_edit
from fedi.api.entities.status import StatusEntity
from fedi.api.paging import link, page_of
from fedi.errors import Invalid, NotFound
from fedi.model.reach import Reach, Visibility
from fedi.model.status import Release, Status
from fedi.store import favourites as marks
from fedi.store import idempotency, supporters, timelines
from fedi.store import statuses as store
from fedi.store.outside import Site

READ = f"{ANYONE}|read:statuses"
LONGEST_THREAD = {True: 4_096, False: 60}  # replies, for the signed in and for strangers
MAX_PINS = 5


async def post(call: Call) -> StatusEntity:
    sent = call.request.headers.get("Idempotency-Key", "")[:200]
    key = sent.encode(errors="replace").decode()  # no text of PostgreSQL holds half a character
    await idempotency.lock(call.conn, call.account.id)
    known = await idempotency.find(call.conn, call.account.id, key) if key else None
    if known is not None:
        return await _render(call, await store.visible(call.conn, call.viewer, known))
    draft = await compose.draft(
        call.conn, call.settings, call.account, await typed.of(call), now=call.now
    )
    status = await statuses.post(call.conn, _site(call), draft, hold=call.settings.outbox_hold)
    if key:
        await idempotency.remember(call.conn, call.account.id, key, status.id, at=call.now)
    return await _render(call, status)


async def several(call: Call) -> list[StatusEntity]:
    form = call.read(IdsForm)
    found = await store.visible_among(call.conn, call.viewer, typed.numbers(form.id)[:40])
    return await status_entity.render(call.conn, call.view, found)


class IdsForm(msgspec.Struct):
    id: list[str] = []


async def show(call: Call) -> StatusEntity:
    return await _render(call, await _visible(call))


async def delete(call: Call) -> StatusEntity:
    """What was said comes back with it, so that clients can offer to write it anew."""
    status = await _own(call)
    await _refuse_published(call, status)
    entity = await _render(call, status)
    entity["text"] = status.source
    await statuses.remove(call.conn, _site(call), status, call.account)
    return entity


async def context(call: Call) -> dict[str, list[StatusEntity]]:
    status = await _visible(call)
    longest = LONGEST_THREAD[call.view.inside]
    above = await timelines.ancestors(call.conn, call.viewer, status)
    below = await timelines.descendants(call.conn, call.viewer, status, limit=longest)
    entities = await status_entity.render(call.conn, call.view, [*above, *below])
    return {"ancestors": entities[: len(above)], "descendants": entities[len(above) :]}


async def reblogged_by(call: Call) -> list[account_entity.AccountEntity]:
    return await _people(call, supporters.boosters)


async def favourited_by(call: Call) -> list[account_entity.AccountEntity]:
    return await _people(call, supporters.favourers)


async def favourite(call: Call) -> StatusEntity:
    status = await _original(call)
    await favourites.add(call.conn, call.account, status)
    return await _render(call, status)


async def unfavourite(call: Call) -> StatusEntity:
    status = await _original(call)
    await favourites.remove(call.conn, call.account, status)
    return await _render(call, status)


async def reblog(call: Call) -> StatusEntity:
    status = await _original(call)
    await desk.refuse_authors(call, call.conn)
    draft = boosts.draft(call.settings, call.account, status, now=call.now)
    boost = await statuses.boost(call.conn, _site(call), draft, hold=call.settings.outbox_hold)
    return await _render(call, boost)


async def unreblog(call: Call) -> StatusEntity:
    status = await _original(call)
    await statuses.unboost(call.conn, _site(call), call.account, status)
    return await _render(call, status)


async def bookmark(call: Call) -> StatusEntity:
    status = await _original(call)
    await marks.bookmark(call.conn, call.account.id, status.id)
    return await _render(call, status)


async def unbookmark(call: Call) -> StatusEntity:
    status = await _original(call)
    await marks.unbookmark(call.conn, call.account.id, status.id)
    return await _render(call, status)


async def mute(call: Call) -> StatusEntity:
    status = await _visible(call)
    await marks.mute_thread(call.conn, call.account.id, status.conversation_id)
    return await _render(call, status)


async def unmute(call: Call) -> StatusEntity:
    status = await _visible(call)
    await marks.unmute_thread(call.conn, call.account.id, status.conversation_id)
    return await _render(call, status)


async def pin(call: Call) -> StatusEntity:
    status = await _own(call)
    if status.visibility is Visibility.DIRECT or status.reblog_of_id:
        raise Invalid("Validation failed: a boost or a direct message cannot be pinned")
    if await marks.count_pins(call.conn, call.account.id) >= MAX_PINS:
        raise Invalid(f"Validation failed: at most {MAX_PINS} posts can be pinned")
    await marks.pin(call.conn, call.account.id, status.id)
    return await _render(call, status)


async def unpin(call: Call) -> StatusEntity:
    status = await _own(call)
    await marks.unpin(call.conn, call.account.id, status.id)
    return await _render(call, status)


async def edit(call: Call) -> StatusEntity:
    status = await _own(call)
    await _refuse_published(call, status)
    sent = await typed.of(call, before=status)
    after = await compose.redraft(
        call.conn, call.settings, call.account, status, sent, now=call.now
    )
    after = statuses.held(after, call.settings.outbox_hold)
    return await _render(call, await statuses.edit_own(call.conn, _site(call), status, after))


async def history(call: Call) -> list[status_edit.StatusEditEntity]:
    return await status_edit.history(call.conn, call.view, await _visible(call))


async def source(call: Call) -> dict[str, str]:
    status = await _own(call)
    return {"id": str(status.id), "text": status.source, "spoiler_text": status.spoiler_text}


async def _render(call: Call, status: Status) -> StatusEntity:
    return (await status_entity.render(call.conn, call.view, [status]))[0]


async def _visible(call: Call) -> Status:
    return await store.visible(call.conn, call.viewer, call.id)


async def _original(call: Call) -> Status:
    """Acting on a boost is acting on what it boosts."""
    status = await _visible(call)
    if status.reblog_of_id is None:
        return status
    return await store.visible(call.conn, call.viewer, status.reblog_of_id)


async def _own(call: Call) -> Status:
    status = await _visible(call)
    if status.author_id != call.account.id:
        raise NotFound
    return status


async def _refuse_published(call: Call, status: Status) -> None:
    """What an approver let out, an author neither changes nor takes back on their own."""
    waits = status.release in (Release.WAITING, Release.REFUSED)
    if status.reach is not Reach.INTERNAL and not waits:
        await desk.refuse_authors(call, call.conn)


def _site(call: Call) -> Site:
    return Site(call.settings.origin, call.settings.domain)


async def _people(call: Call, find: supporters.OfStatus) -> list[account_entity.AccountEntity]:
    page = page_of(call, default=40, largest=80)
    found = await find(call.conn, call.viewer, await _visible(call), page)
    link(call, page, [one.cursor for one in found])
    return await account_entity.rendered(call.conn, call.view, [one.account for one in found])


ROUTES: Routes = (
    Route("POST", "/api/v1/statuses", post, scope="write:statuses"),
    Route("GET", "/api/v1/statuses", several, scope=READ),
    Route("GET", "/api/v1/statuses/{id}", show, scope=READ),
    Route("DELETE", "/api/v1/statuses/{id}", delete, scope="write:statuses"),
    Route("GET", "/api/v1/statuses/{id}/context", context, scope=READ),
    Route("GET", "/api/v1/statuses/{id}/reblogged_by", reblogged_by, scope=READ),
    Route("GET", "/api/v1/statuses/{id}/favourited_by", favourited_by, scope=READ),
    Route("POST", "/api/v1/statuses/{id}/favourite", favourite, scope="write:favourites"),
    Route("POST", "/api/v1/statuses/{id}/unfavourite", unfavourite, scope="write:favourites"),
    Route("POST", "/api/v1/statuses/{id}/reblog", reblog, scope="write:statuses"),
    Route("POST", "/api/v1/statuses/{id}/unreblog", unreblog, scope="write:statuses"),
    Route("POST", "/api/v1/statuses/{id}/bookmark", bookmark, scope="write:bookmarks"),
    Route("POST", "/api/v1/statuses/{id}/unbookmark", unbookmark, scope="write:bookmarks"),
    Route("POST", "/api/v1/statuses/{id}/mute", mute, scope="write:mutes"),
    Route("POST", "/api/v1/statuses/{id}/unmute", unmute, scope="write:mutes"),
    Route("POST", "/api/v1/statuses/{id}/pin", pin, scope="write:accounts"),
    Route("POST", "/api/v1/statuses/{id}/unpin", unpin, scope="write:accounts"),
    Route("PUT", "/api/v1/statuses/{id}", edit, scope="write:statuses"),
    Route("GET", "/api/v1/statuses/{id}/history", history, scope=READ),
    Route("GET", "/api/v1/statuses/{id}/source", source, scope="read:statuses"),
)
