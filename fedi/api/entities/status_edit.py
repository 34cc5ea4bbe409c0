"""What a status said before: Mastodon's StatusEdit."""

from typing import Any, TypedDict

from fedi.api.entities import account as account_entity
from fedi.api.entities import media as media_entity
from fedi.api.entities.account import AccountEntity
from fedi.api.entities.media import MediaEntity
from fedi.api.entities.moments import moment
from fedi.api.view import View
from fedi.model.status import Status
from fedi.store import Conn, accounts, renderings
from fedi.store.renderings import Revision


class StatusEditEntity(TypedDict):
    content: str
    spoiler_text: str
    sensitive: bool
    created_at: str
    account: AccountEntity
    media_attachments: list[MediaEntity]
    emojis: list[dict[str, Any]]


async def history(conn: Conn, view: View, status: Status) -> list[StatusEditEntity]:
    """Oldest first; the last one is what it says now."""
    author = await accounts.by_id(conn, status.author_id)
    entity = (await account_entity.rendered(conn, view, [author]))[0]
    found = await renderings.revisions(conn, view.viewer, status)
    shown = [one for past in found for one in past.media_ids]
    media = await renderings.attachments(conn, status.id, shown)
    return [
        _edit(
            past,
            entity,
            [media_entity.render(view, media[m], status) for m in past.media_ids if m in media],
        )
        for past in found
    ]


def _edit(past: Revision, author: AccountEntity, media: list[MediaEntity]) -> StatusEditEntity:
    return {
        "content": past.content,
        "spoiler_text": past.spoiler_text,
        "sensitive": past.sensitive,
        "created_at": moment(past.created_at),
        "account": author,
        "media_attachments": media,
        "emojis": [],
    }
