"""What a client sent as a post, read and bounded: forms differ, the Typed does not."""

from typing import Any

import msgspec

from fedi.actions.compose import Typed
from fedi.api.call import Call, id_of
from fedi.errors import Forbidden, Invalid, NotFound
from fedi.model.account import DeskRole
from fedi.model.reach import Reach, Visibility
from fedi.model.status import Status
from fedi.store import desk, preferences, statuses


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


async def of(call: Call, *, before: Status | None = None) -> Typed:
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
        media_ids=numbers(form.media_ids or []),
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
    found = await statuses.visible_among(call.conn, call.viewer, [parent_id])
    if not found and before is None:
        raise NotFound
    parent = found[0] if found else None
    if parent is not None and parent.reblog_of_id is not None:
        return await statuses.visible(call.conn, call.viewer, parent.reblog_of_id)
    return parent


async def _desk_role(call: Call) -> DeskRole | None:
    human = call.token.human_id if call.token else None
    if human is None or human == call.account.id:
        return None
    role = await desk.role_of(call.conn, call.account.id, human)
    if role is None:
        raise Forbidden
    return role


def numbers(texts: list[str]) -> list[int]:
    return [number for number in map(_number, texts) if number is not None]


def _number(text: str | None) -> int | None:
    if not text:
        return None
    number = id_of(text)
    if number is None:
        raise NotFound
    return number
