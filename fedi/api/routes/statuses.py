"""Statuses: docs.joinmastodon.org/methods/statuses, in its order."""

from typing import Any

import msgspec

from fedi.actions import boosts, compose, favourites, statuses
from fedi.actions.compose import Typed
from fedi.api.call import ANYONE, Call, Route, Routes
from fedi.api.entities import account as account_entity
from fedi.api.entities import status as status_entity
from fedi.api.entities import status_edit
from fedi.api.entities.status import StatusEntity
from fedi.api.paging import link, page_of
from fedi.errors import Forbidden, Invalid, NotFound
from fedi.model.account import DeskRole
from fedi.model.reach import Reach, Visibility
from fedi.model.status import Status
from fedi.store import desk, idempotency, lists_of_people, preferences, timelines
from fedi.store import favourites as marks
from fedi.store import statuses as store
from fedi.store.outside import Site

READ = f"{ANYONE}|read:statuses"
LONGEST_THREAD = {True: 4_096, False: 60}  # replies, for the signed in and for strangers
MAX_PINS = 5


class PostForm(msgspec.Struct):
    status: str | None = None
    spoiler_text: str | None = None
    sensitive: bool | None = None
    visibility: str | None = None
    language: str | None = None
    in_reply_to_id: str | None = None
    media_ids: list[str] | None = None
    reach: Reach | None = None
    reach_domains: list[str] | None = None
    local_only: bool | None = None
    poll: dict[str, Any] | None = None
    scheduled_at: str | None = None
    quoted_status_id: str | None = None


async def post(call: Call) -> StatusEntity:
    key = call.request.headers.get("Idempotency-Key", "")[:200]
    await idempotency.lock(call.conn, call.account.id)
    known = await idempotency.find(call.conn, call.account.id, key) if key else None
    if known is not None:
        return await _render(call, await store.visible(call.conn, call.viewer, known))
    draft = await compose.draft(
        call.conn, call.settings, call.account, await _typed(call), now=call.now
    )
    status = await statuses.post(call.conn, _site(call), draft, hold=call.settings.outbox_hold)
    if key:
        await idempotency.remember(call.conn, call.account.id, key, status.id, at=call.now)
    return await _render(call, status)


async def several(call: Call) -> list[StatusEntity]:
    form = call.read(IdsForm)
    found = await store.visible_among(call.conn, call.viewer, _numbers(form.id)[:40])
    return await status_entity.render(call.conn, call.view, found)


class IdsForm(msgspec.Struct):
    id: list[str] = []


async def show(call: Call) -> StatusEntity:
    return await _render(call, await _visible(call))


async def delete(call: Call) -> StatusEntity:
    """What was said comes back with it, so that clients can offer to write it anew."""
    status = await _own(call)
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
    return await _people(call, lists_of_people.boosters)


async def favourited_by(call: Call) -> list[account_entity.AccountEntity]:
    return await _people(call, lists_of_people.favourers)


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
    typed = await _typed(call, before=status)
    after = await compose.redraft(
        call.conn, call.settings, call.account, status, typed, now=call.now
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


def _site(call: Call) -> Site:
    return Site(call.settings.origin, call.settings.domain)


async def _people(call: Call, find: lists_of_people.OfStatus) -> list[account_entity.AccountEntity]:
    page = page_of(call, default=40, largest=80)
    found = await find(call.conn, call.viewer, await _visible(call), page)
    link(call, page, [cursor for cursor, _ in found])
    return await account_entity.rendered(call.conn, call.view, [one for _, one in found])


async def _typed(call: Call, *, before: Status | None = None) -> Typed:
    form = call.read(PostForm)
    _refuse_unknown(form)
    liked = await preferences.of(call.conn, call.account.id)
    return Typed(
        text=form.status or "",
        visibility=_visibility(form.visibility, liked.visibility),
        spoiler_text=form.spoiler_text or "",
        sensitive=liked.sensitive if form.sensitive is None else form.sensitive,
        language=_language(form.language or liked.language),
        parent=await _parent(call, form, before),
        media_ids=_numbers(form.media_ids or []),
        reach=_reach(form),
        reach_domains=None if form.reach_domains is None else tuple(form.reach_domains),
        human_id=call.token.human_id if call.token else None,
        desk_role=await _desk_role(call),
        application_id=call.token.application_id if call.token else None,
    )


def _refuse_unknown(form: PostForm) -> None:
    """Said plainly rather than dropped: nobody should lose a poll or a date unseen."""
    refused = {
        "Polls": form.poll,
        "Scheduled posts": form.scheduled_at,
        "Quotes": form.quoted_status_id,
    }
    for what, sent in refused.items():
        if sent:
            raise Invalid(f"Validation failed: {what} are not offered by this server")


def _visibility(sent: str | None, liked: Visibility) -> Visibility:
    if sent is None or sent == "":
        return liked
    try:
        return Visibility(sent)
    except ValueError:
        raise Invalid("Validation failed: visibility is not included in the list") from None


def _language(sent: str | None) -> str | None:
    if not sent:
        return None
    short = sent.replace("_", "-")[:16]
    if not all(part.isascii() and part.isalnum() for part in short.split("-")):
        raise Invalid("Validation failed: language is not included in the list")
    return short


def _reach(form: PostForm) -> Reach | None:
    if form.local_only and form.reach not in (None, Reach.INTERNAL):
        raise Invalid("Validation failed: local_only and reach disagree")
    return Reach.INTERNAL if form.local_only else form.reach


async def _parent(call: Call, form: PostForm, before: Status | None) -> Status | None:
    parent_id = before.in_reply_to_id if before else _number(form.in_reply_to_id)
    if parent_id is None:
        return None
    found = await store.visible_among(call.conn, call.viewer, [parent_id])
    if not found and before is None:
        raise NotFound
    parent = found[0] if found else None
    if parent is not None and parent.reblog_of_id is not None:
        return await store.visible(call.conn, call.viewer, parent.reblog_of_id)
    return parent


async def _desk_role(call: Call) -> DeskRole | None:
    human = call.token.human_id if call.token else None
    if human is None or human == call.account.id:
        return None
    role = await desk.role_of(call.conn, call.account.id, human)
    if role is None:
        raise Forbidden
    return role


def _numbers(texts: list[str]) -> list[int]:
    return [number for number in map(_number, texts) if number is not None]


def _number(text: str | None) -> int | None:
    if not text:
        return None
    if not text.isascii() or not text.isdecimal() or int(text) >= 2**63:
        raise NotFound
    return int(text)


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
