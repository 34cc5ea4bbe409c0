"""Filters, and which of them a status meets.

Spec: Mastodon's Filter, FilterResult and V1::Filter
"""

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import TypedDict

from fedi.api.entities.moments import moment_or_none
from fedi.store.filters import Filter, Keyword
from fedi.text.sanitise import plain


class KeywordEntity(TypedDict):
    id: str
    keyword: str
    whole_word: bool


class FilterStatusEntity(TypedDict):
    id: str
    status_id: str


class FilterEntity(TypedDict):
    id: str
    title: str
    context: list[str]
    expires_at: str | None
    filter_action: str
    keywords: list[KeywordEntity]
    statuses: list[FilterStatusEntity]


class FilterResultEntity(TypedDict):
    filter: FilterEntity
    keyword_matches: list[str] | None
    status_matches: list[str] | None


class V1FilterEntity(TypedDict):
    id: str
    phrase: str
    context: list[str]
    expires_at: str | None
    irreversible: bool
    whole_word: bool


def render(one: Filter) -> FilterEntity:
    return {
        "id": str(one.id),
        "title": one.title,
        "context": one.contexts,
        "expires_at": moment_or_none(one.expires_at),
        "filter_action": one.action,
        "keywords": [keyword(word) for word in one.keywords],
        "statuses": [filtered_status(entry, status) for entry, status in one.statuses],
    }


def keyword(one: Keyword) -> KeywordEntity:
    return {"id": str(one.id), "keyword": one.keyword, "whole_word": one.whole_word}


def filtered_status(entry_id: int, status_id: int) -> FilterStatusEntity:
    return {"id": str(entry_id), "status_id": str(status_id)}


def render_v1(one: Filter) -> list[V1FilterEntity]:
    """Old clients know a filter for each word."""
    return [
        {
            "id": str(word.id),
            "phrase": word.keyword,
            "context": one.contexts,
            "expires_at": moment_or_none(one.expires_at),
            "irreversible": one.action == "hide",
            "whole_word": word.whole_word,
        }
        for word in one.keywords
    ]


def results(
    filters: Sequence[Filter], status_id: int, content: str, *texts: str
) -> list[FilterResultEntity]:
    """What the status meets.  `content` is HTML; `texts` (warning, descriptions) are plain."""
    if not filters:
        return []
    said = "\n".join((plain(content), *texts))
    found = ((one, _words(one, said), _named(one, status_id)) for one in filters)
    return [
        {"filter": render(one), "keyword_matches": words or None, "status_matches": named or None}
        for one, words, named in found
        if words or named
    ]


def _words(one: Filter, said: str) -> list[str]:
    return [word.keyword for word in one.keywords if _pattern(word).search(said)]


def _named(one: Filter, status_id: int) -> list[str]:
    return [str(status_id) for _, named in one.statuses if named == status_id]


@lru_cache(maxsize=4096)
def _pattern(word: Keyword) -> re.Pattern[str]:
    """A whole word ends where letters do; a word of signs ends anywhere, as in Mastodon."""
    text = re.escape(word.keyword)
    if word.whole_word:
        before = r"(?<!\w)" if word.keyword[:1].isalnum() else ""
        after = r"(?!\w)" if word.keyword[-1:].isalnum() else ""
        text = f"{before}{text}{after}"
    return re.compile(text, re.IGNORECASE)
