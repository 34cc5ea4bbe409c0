"""Filters: docs.joinmastodon.org/methods/filters, and the old ones, to read."""

from datetime import timedelta
from typing import Any

import msgspec

from fedi import ids
from fedi.api.call import Call, Route, Routes
from fedi.api.entities import filter as entity
from fedi.api.entities.filter import FilterEntity, FilterStatusEntity, KeywordEntity, V1FilterEntity
from fedi.api.known import ids_of
from fedi.errors import Invalid, NotFound
from fedi.store import filters, statuses
from fedi.store.filters import ACTIONS, CONTEXTS, Filter, Keyword

READ, WRITE = "read:filters", "write:filters"
LONGEST_TEXT = 512
MOST_FILTERS, MOST_ENTRIES = 100, 200  # each page of statuses is held against all of them
LONGEST_LIFE = 100 * 365 * 24 * 3_600  # seconds


class KeywordForm(msgspec.Struct):
    keyword: str = ""
    whole_word: bool | None = None
    id: str | None = None
    destroy: bool = msgspec.field(name="_destroy", default=False)


class FilterForm(msgspec.Struct):
    title: str | None = None
    context: list[str] | str | None = None
    filter_action: str | None = None
    expires_in: int | str | None = None  # seconds; "" or null: for ever
    keywords_attributes: list[KeywordForm] | dict[str, KeywordForm] = []


class StatusForm(msgspec.Struct):
    status_id: str = ""


async def index(call: Call) -> list[FilterEntity]:
    return [entity.render(one) for one in await filters.of(call.conn, call.account.id)]


async def index_v1(call: Call) -> list[V1FilterEntity]:
    found = await filters.of(call.conn, call.account.id)
    return [word for one in found for word in entity.render_v1(one)]


async def show(call: Call) -> FilterEntity:
    return entity.render(await filters.by_id(call.conn, call.account.id, call.id))


async def create(call: Call) -> FilterEntity:
    if len(await filters.of(call.conn, call.account.id)) >= MOST_FILTERS:
        raise Invalid(f"Validation failed: at most {MOST_FILTERS} filters")
    return await _put(call, Filter(ids.new(), "", [], "warn", None))


async def update(call: Call) -> FilterEntity:
    return await _put(call, await filters.by_id(call.conn, call.account.id, call.id))


async def remove(call: Call) -> dict[str, Any]:
    found = await filters.by_id(call.conn, call.account.id, call.id)
    await filters.remove(call.conn, call.account.id, found.id)
    return {}


async def keywords(call: Call) -> list[KeywordEntity]:
    found = await filters.by_id(call.conn, call.account.id, call.id)
    return [entity.keyword(one) for one in found.keywords]


async def add_keyword(call: Call) -> KeywordEntity:
    found = await filters.by_id(call.conn, call.account.id, call.id)
    return await _put_keyword(call, found, ids.new())


async def show_keyword(call: Call) -> KeywordEntity:
    _, keyword = await _keyword(call)
    return entity.keyword(keyword)


async def update_keyword(call: Call) -> KeywordEntity:
    found, keyword = await _keyword(call)
    return await _put_keyword(call, found, keyword.id, keyword)


async def remove_keyword(call: Call) -> dict[str, Any]:
    found, keyword = await _keyword(call)
    await filters.remove_keywords(call.conn, call.account.id, found.id, [keyword.id])
    return {}


async def filtered(call: Call) -> list[FilterStatusEntity]:
    found = await filters.by_id(call.conn, call.account.id, call.id)
    return [entity.filtered_status(*one) for one in found.statuses]


async def add_status(call: Call) -> FilterStatusEntity:
    found = await filters.by_id(call.conn, call.account.id, call.id)
    asked = ids_of(call.read(StatusForm).status_id)
    visible = await statuses.visible_among(call.conn, call.viewer, asked)
    if not visible:
        raise NotFound
    _few(len(found.statuses) + 1)
    entry = await filters.add_status(call.conn, call.account.id, found.id, visible[0].id)
    return entity.filtered_status(entry, visible[0].id)


async def show_status(call: Call) -> FilterStatusEntity:
    _, entry, status_id = await _entry(call)
    return entity.filtered_status(entry, status_id)


async def remove_status(call: Call) -> dict[str, Any]:
    found, entry, _ = await _entry(call)
    await filters.remove_status(call.conn, call.account.id, found.id, entry)
    return {}


async def _put(call: Call, before: Filter) -> FilterEntity:
    form = call.read(FilterForm)
    await filters.put(call.conn, call.account.id, _changed(call, form, before))
    await _put_keywords(call, form, before)
    return entity.render(await filters.by_id(call.conn, call.account.id, before.id))


def _changed(call: Call, form: FilterForm, before: Filter) -> Filter:
    title = before.title if form.title is None else _text(form.title, "title")
    contexts = before.contexts if form.context is None else _contexts(form.context)
    if not title or not contexts:
        raise Invalid("Validation failed: title and context can't be blank")
    action = form.filter_action or before.action
    if action not in ACTIONS:
        raise Invalid("Validation failed: filter_action is not included in the list")
    expires_at = before.expires_at
    if "expires_in" in call.form:
        seconds = _seconds(form.expires_in)
        expires_at = call.now + timedelta(seconds=seconds) if seconds else None
    return Filter(before.id, title, contexts, action, expires_at)


async def _put_keywords(call: Call, form: FilterForm, before: Filter) -> None:
    sent = form.keywords_attributes
    entries = list(sent.values()) if isinstance(sent, dict) else sent
    held = {str(one.id): one for one in before.keywords}
    if any(one.id and one.id not in held for one in entries):
        raise NotFound
    gone = [held[one.id].id for one in entries if one.destroy and one.id]
    fresh = iter(sorted(ids.new() for _ in entries))  # of one millisecond, so not yet in order
    kept = [
        _word(one, held.get(one.id or "") or Keyword(next(fresh), "", whole_word=False))
        for one in entries
        if not one.destroy
    ]
    _few(len({*held, *(str(one.id) for one in kept)}) - len(gone))
    if gone:
        await filters.remove_keywords(call.conn, call.account.id, before.id, gone)
    if kept:
        await filters.put_keywords(call.conn, call.account.id, before.id, kept)


async def _put_keyword(
    call: Call, found: Filter, keyword_id: int, before: Keyword | None = None
) -> KeywordEntity:
    _few(len(found.keywords) + (before is None))
    word = _word(call.read(KeywordForm), before or Keyword(keyword_id, "", whole_word=False))
    await filters.put_keywords(call.conn, call.account.id, found.id, [word])
    return entity.keyword(word)


async def _keyword(call: Call) -> tuple[Filter, Keyword]:
    owner = await filters.owner_of_keyword(call.conn, call.account.id, call.id)
    found = await filters.by_id(call.conn, call.account.id, owner)
    return found, next(one for one in found.keywords if one.id == call.id)


async def _entry(call: Call) -> tuple[Filter, int, int]:
    owner = await filters.owner_of_status(call.conn, call.account.id, call.id)
    found = await filters.by_id(call.conn, call.account.id, owner)
    return found, call.id, dict(found.statuses)[call.id]


def _word(form: KeywordForm, before: Keyword) -> Keyword:
    text = _text(form.keyword, "keyword") or before.keyword
    if not text:
        raise Invalid("Validation failed: keyword can't be blank")
    whole = before.whole_word if form.whole_word is None else form.whole_word
    return Keyword(before.id, text, whole)


def _text(sent: str, name: str) -> str:
    text = sent.replace("\x00", "").strip()
    if len(text) > LONGEST_TEXT:
        raise Invalid(f"Validation failed: {name} is too long (maximum is {LONGEST_TEXT})")
    return text


def _contexts(sent: list[str] | str) -> list[str]:
    asked = [sent] if isinstance(sent, str) else sent
    if not set(asked) <= set(CONTEXTS):
        raise Invalid("Validation failed: context is not included in the list")
    return [one for one in CONTEXTS if one in asked]


def _seconds(sent: int | str | None) -> int:
    if sent is None or sent == "":
        return 0
    if isinstance(sent, str) and not (
        sent.isascii() and sent.isdecimal() and int(sent[:20]) <= LONGEST_LIFE
    ):
        raise Invalid("Validation failed: expires_in is not a number of seconds")
    seconds = int(sent[:20]) if isinstance(sent, str) else sent  # Python reads no 5,000 digits
    return max(1, min(seconds, LONGEST_LIFE))


def _few(count: int) -> None:
    if count > MOST_ENTRIES:
        raise Invalid(f"Validation failed: at most {MOST_ENTRIES} entries in a filter")


ROUTES: Routes = (
    Route("GET", "/api/v1/filters", index_v1, scope=READ),
    Route("GET", "/api/v2/filters", index, scope=READ),
    Route("POST", "/api/v2/filters", create, scope=WRITE),
    Route("GET", "/api/v2/filters/{id}", show, scope=READ),
    Route("PUT", "/api/v2/filters/{id}", update, scope=WRITE),
    Route("DELETE", "/api/v2/filters/{id}", remove, scope=WRITE),
    Route("GET", "/api/v2/filters/{id}/keywords", keywords, scope=READ),
    Route("POST", "/api/v2/filters/{id}/keywords", add_keyword, scope=WRITE),
    Route("GET", "/api/v2/filters/keywords/{id}", show_keyword, scope=READ),
    Route("PUT", "/api/v2/filters/keywords/{id}", update_keyword, scope=WRITE),
    Route("DELETE", "/api/v2/filters/keywords/{id}", remove_keyword, scope=WRITE),
    Route("GET", "/api/v2/filters/{id}/statuses", filtered, scope=READ),
    Route("POST", "/api/v2/filters/{id}/statuses", add_status, scope=WRITE),
    Route("GET", "/api/v2/filters/statuses/{id}", show_status, scope=READ),
    Route("DELETE", "/api/v2/filters/statuses/{id}", remove_status, scope=WRITE),
)
