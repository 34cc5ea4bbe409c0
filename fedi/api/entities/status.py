"""Statuses as clients see them: a page is rendered with the same few queries as one.

Spec: Mastodon's Status; contract.md "HTTP beside the Mastodon API"
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NotRequired, TypedDict

from fedi.api.entities import account as accounts_entity
from fedi.api.entities import filter as filter_entity
from fedi.api.entities import media as media_entity
from fedi.api.entities.account import AccountEntity, ApprovalEntity
from fedi.api.entities.filter import FilterResultEntity
from fedi.api.entities.media import MediaEntity
from fedi.api.entities.moments import moment, moment_or_none
from fedi.api.view import View
from fedi.model.reach import Reach
from fedi.model.status import Release, Status
from fedi.policy.reach import shown_visibility
from fedi.store import Conn, accounts, filters, renderings, statuses
from fedi.store.filters import Filter
from fedi.store.renderings import Facts, Mentioned


class ApplicationEntity(TypedDict):
    name: str
    website: str | None


class MentionEntity(TypedDict):
    id: str
    username: str
    url: str
    acct: str


class StatusTagEntity(TypedDict):
    name: str
    url: str


class StatusExtension(TypedDict):
    """`approval`: "waiting" or "refused" while a company's post is not let out, else None."""

    reach: str
    reach_domains: list[str] | None
    held_until: str | None
    approval: str | None


class StatusEntity(TypedDict):
    id: str
    uri: str
    created_at: str
    account: AccountEntity
    content: str
    visibility: str
    sensitive: bool
    spoiler_text: str
    media_attachments: list[MediaEntity]
    application: NotRequired[ApplicationEntity]
    mentions: list[MentionEntity]
    tags: list[StatusTagEntity]
    emojis: list[dict[str, Any]]
    reblogs_count: int
    favourites_count: int
    quotes_count: int
    replies_count: int
    url: str
    in_reply_to_id: str | None
    in_reply_to_account_id: str | None
    reblog: "StatusEntity | None"
    poll: None
    card: None
    language: str | None
    text: str | None
    edited_at: str | None
    quote: None
    quote_approval: ApprovalEntity
    favourited: bool
    reblogged: bool
    muted: bool
    bookmarked: bool
    pinned: bool
    filtered: list[FilterResultEntity]
    tagged_collections: list[dict[str, Any]]
    local_only: bool
    fedi: StatusExtension


async def render(conn: Conn, view: View, page: Sequence[Status]) -> list[StatusEntity]:
    """Entities in the order of `page`.  The caller has asked whether the viewer may see these.

    A boost of something that the viewer may not see is left out.
    """
    if not page:
        return []
    boosted_ids = [status.reblog_of_id for status in page if status.reblog_of_id]
    boosted = await statuses.visible_among(conn, view.viewer, boosted_ids) if boosted_ids else []
    originals = {s.id: s for s in (*page, *boosted) if s.reblog_of_id is None}
    seen = await _gather(conn, view, [*page, *boosted], list(originals))
    drawn = {status.id: _entity(view, status, seen) for status in originals.values()}
    return [
        _boost(view, status, drawn[status.reblog_of_id], seen)
        if status.reblog_of_id
        else drawn[status.id]
        for status in page
        if (status.reblog_of_id or status.id) in drawn
    ]


@dataclass(frozen=True, slots=True)
class _Seen:
    """What the queries brought for one page."""

    authors: Mapping[int, AccountEntity]
    facts: Mapping[int, Facts]
    filters: Sequence[Filter]


async def _gather(
    conn: Conn, view: View, shown: Sequence[Status], original_ids: Sequence[int]
) -> _Seen:
    authors = await accounts.by_ids(conn, (status.author_id for status in shown))
    entities = await accounts_entity.rendered(conn, view, list(authors.values()))
    facts = await renderings.facts(conn, view.viewer, original_ids)
    mine = await filters.active(conn, view.viewer.id, now=view.now) if view.viewer.id else []
    return _Seen(dict(zip(authors, entities, strict=True)), facts, mine)


def _entity(view: View, status: Status, seen: _Seen) -> StatusEntity:
    facts, author = seen.facts[status.id], seen.authors[status.author_id]
    media = [media_entity.render(view, one, status) for one in facts.media]
    entity: StatusEntity = {
        "id": str(status.id),
        "uri": status.uri,
        "created_at": moment(status.created_at),
        "account": author,
        "content": status.content,
        "visibility": shown_visibility(status).value,
        "sensitive": status.sensitive,
        "spoiler_text": status.spoiler_text,
        "media_attachments": media,
        "mentions": [_mention(one) for one in facts.mentions],
        "tags": [_tag(view, name) for name in facts.tags],
        "emojis": [],
        "reblogs_count": facts.reblogs,
        "favourites_count": facts.favourites,
        "quotes_count": 0,
        "replies_count": facts.replies,
        "url": status.url or _page(view, status, author),
        "in_reply_to_id": _id(facts.in_reply_to_id),
        "in_reply_to_account_id": _id(facts.in_reply_to_id and status.in_reply_to_account_id),
        "reblog": None,
        "poll": None,
        "card": None,
        "language": status.language,
        "text": None,
        "edited_at": moment_or_none(status.edited_at),
        "quote": None,
        "quote_approval": {"automatic": [], "manual": [], "current_user": "denied"},
        "favourited": facts.favourited,
        "reblogged": facts.reblogged,
        "muted": facts.muted,
        "bookmarked": facts.bookmarked,
        "pinned": facts.pinned,
        "filtered": _filtered(view, status, facts, seen.filters),
        "tagged_collections": [],
        "local_only": status.reach is Reach.INTERNAL,
        "fedi": _extension(status),
    }
    if facts.application or facts.written_by:
        entity["application"] = _application(facts)
    return entity


def _boost(view: View, boost: Status, original: StatusEntity, seen: _Seen) -> StatusEntity:
    """A copy under the booster's name: simple clients show the outer one."""
    author = seen.authors[boost.author_id]
    entity: StatusEntity = {
        **original,
        "id": str(boost.id),
        "uri": boost.uri,
        "url": boost.url or _page(view, boost, author),
        "created_at": moment(boost.created_at),
        "account": author,
        "visibility": shown_visibility(boost).value,
        "reblog": original,
        "media_attachments": [],
        "mentions": [],
        "tags": [],
        "in_reply_to_id": None,
        "in_reply_to_account_id": None,
        "edited_at": None,
        "pinned": False,
        "local_only": boost.reach is Reach.INTERNAL,
        "fedi": _extension(boost),
    }
    entity.pop("application", None)
    return entity


def _filtered(
    view: View, status: Status, facts: Facts, mine: Sequence[Filter]
) -> list[FilterResultEntity]:
    """One's own posts are never hidden from oneself."""
    if not mine or status.author_id == view.viewer.id:
        return []
    descriptions = [media.description for media in facts.media]
    return filter_entity.results(
        mine, status.id, status.content, status.spoiler_text, *descriptions
    )


def _application(facts: Facts) -> ApplicationEntity:
    """Colleagues see who wrote as a company account: "Alice Lee (Tusky)"."""
    client = facts.application or "fedi"
    name = f"{facts.written_by} ({client})" if facts.written_by else client
    return {"name": name, "website": facts.website}


def _mention(one: Mentioned) -> MentionEntity:
    host = one["domain"]
    return {
        "id": str(one["id"]),
        "username": one["username"],
        "url": one["url"],
        "acct": f"{one['username']}@{host}" if host else one["username"],
    }


def _tag(view: View, shown: str) -> StatusTagEntity:
    return {"name": shown, "url": f"{view.settings.origin}/tags/{shown.lower()}"}


def _extension(status: Status) -> StatusExtension:
    closed = status.release in (Release.WAITING, Release.REFUSED)
    return {
        "reach": status.reach.value,
        "reach_domains": status.reach_domains,
        "held_until": moment_or_none(status.held_until),
        "approval": status.release.value if closed else None,
    }


def _page(view: View, status: Status, author: AccountEntity) -> str:
    if not status.local:
        return status.uri
    return f"{view.settings.origin}/@{author['username']}/{status.id}"


def _id(number: int | None) -> str | None:
    return str(number) if number else None
