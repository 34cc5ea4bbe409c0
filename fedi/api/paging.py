"""Paging as Mastodon does it: cursors in the query, neighbours in the Link header."""

from collections.abc import Sequence

import msgspec

from fedi.api.call import Call
from fedi.errors import Invalid
from fedi.store.timelines import Page

CURSORS = frozenset({"max_id", "since_id", "min_id"})
LARGEST = 2**63 - 1


class PageForm(msgspec.Struct):
    limit: int | None = None
    max_id: str | None = None
    since_id: str | None = None
    min_id: str | None = None


def page_of(call: Call, *, default: int = 20, largest: int = 40) -> Page:
    """Raises Invalid when a cursor is no id; a limit too large is the largest."""
    form = call.read(PageForm)
    limit = default if form.limit is None else max(1, min(form.limit, largest))
    return Page(limit, _cursor(form.max_id), _cursor(form.since_id), _cursor(form.min_id))


def link(call: Call, page: Page, ids: Sequence[int]) -> None:
    """Name the neighbours of what was found: `ids`, newest first, are the cursors of its items.

    No `next` on the last page: clients would ask for ever.
    """
    links = []
    if ids and (len(ids) >= page.limit or page.upwards):
        links.append(f'<{_url(call, "max_id", ids[-1])}>; rel="next"')
    if ids:
        links.append(f'<{_url(call, "min_id", ids[0])}>; rel="prev"')
    if links:
        call.headers["Link"] = ", ".join(links)


def _url(call: Call, cursor: str, value: int) -> str:
    query = [(k, v) for k, v in call.request.query.items() if k not in CURSORS]
    url = call.request.rel_url.with_query([*query, (cursor, str(value))])
    return f"{call.view.settings.origin}{url}".replace(",", "%2C")


def _cursor(text: str | None) -> int | None:
    if not text:
        return None
    if not text.isascii() or not text.isdecimal():
        raise Invalid("Validation failed: a cursor is not an id")
    return min(int(text[:20]), LARGEST)
