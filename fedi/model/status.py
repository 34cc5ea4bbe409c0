"""A status: one post, or one boost (then `reblog_of_id` is set and the text is empty)."""

from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

import msgspec

from fedi.model.reach import Reach, Visibility


class Release(StrEnum):
    """Whether the outside may know of it yet.  Inside, only WAITING and REFUSED hide it."""

    WAITING = "waiting"  # for an approver of the company account
    HELD = "held"  # accepted; leaves at `held_until`
    RELEASED = "released"
    REFUSED = "refused"


class Status(msgspec.Struct, frozen=True):
    """One row of `statuses`.  `reach_domains` None means every partner."""

    id: int
    uri: str
    url: str | None
    author_id: int
    local: bool
    in_reply_to_id: int | None
    in_reply_to_account_id: int | None
    conversation_id: int
    reblog_of_id: int | None
    visibility: Visibility
    reach: Reach
    reach_domains: list[str] | None
    release: Release
    held_until: datetime | None
    revision: int
    content: str  # sanitised HTML
    source: str  # as typed, for /source and edits
    spoiler_text: str
    sensitive: bool
    language: str | None
    written_by: int | None  # the human behind a company account; insiders only
    application_id: int | None
    created_at: datetime
    edited_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A post on its way in, whoever wrote it: what `actions.statuses` stores."""

    id: int
    uri: str
    url: str | None
    author_id: int
    local: bool
    in_reply_to_id: int | None = None
    in_reply_to_account_id: int | None = None
    conversation_id: int | None = None  # None: starts one
    reblog_of_id: int | None = None
    visibility: Visibility
    reach: Reach
    reach_domains: list[str] | None = None
    release: Release = Release.RELEASED
    held_until: datetime | None = None
    content: str = ""
    source: str = ""
    spoiler_text: str = ""
    sensitive: bool = False
    language: str | None = None
    written_by: int | None = None
    application_id: int | None = None
    created_at: datetime
    edited_at: datetime | None = None
    mentions: list[int] = field(default_factory=list)  # accounts shown as mentioned
    audience: list[int] = field(default_factory=list)  # local accounts that may read it (W-2)
    tags: list[str] = field(default_factory=list)
    media_ids: list[int] = field(default_factory=list)

    def but(self, **changes: Any) -> "Draft":
        return replace(self, **changes)
