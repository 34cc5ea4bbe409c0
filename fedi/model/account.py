"""An account: an actor as fedi stores it, local or remote."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any

import msgspec

from fedi.model.reach import Reach


class Kind(StrEnum):
    EMPLOYEE = "employee"
    COMPANY = "company"
    GROUP = "group"
    SERVICE = "service"


class Role(StrEnum):
    """What a person may do to the instance.  Not the desk role, which is on a company account."""

    EMPLOYEE = "employee"
    MODERATOR = "moderator"
    AUDITOR = "auditor"
    ADMIN = "admin"


class DeskRole(StrEnum):
    AUTHOR = "author"
    EDITOR = "editor"
    APPROVER = "approver"
    MANAGER = "manager"


class Account(msgspec.Struct, frozen=True):
    """One row of `accounts`.  `domain` is None for our own.

    A Struct, because a page of a timeline makes forty: a frozen dataclass takes ten times as long.
    """

    id: int
    uri: str
    username: str
    domain: str | None
    kind: Kind
    display_name: str
    note: str  # sanitised HTML
    note_source: str
    fields: list[dict[str, Any]]  # [{"name", "value" (HTML), "source"?, "verified_at"?}]
    url: str | None
    inbox: str
    shared_inbox: str | None
    followers_uri: str | None
    locked: bool
    bot: bool
    discoverable: bool
    avatar: str | None  # media key of our own file
    header: str | None
    avatar_remote: str | None  # where the owner's server keeps it
    header_remote: str | None
    role: Role
    max_reach: Reach
    default_reach: Reach
    require_word: bool
    outside_direct: bool
    created_at: datetime
    last_status_at: date | None
    suspended_at: datetime | None
    moved_to_uri: str | None
    statuses_count: int
    followers_count: int
    following_count: int

    @property
    def is_local(self) -> bool:
        return self.domain is None

    @property
    def acct(self) -> str:
        return self.username if self.domain is None else f"{self.username}@{self.domain}"

    @property
    def inside_persona(self) -> bool:
        """Acts inside only, unless a post says otherwise: product.md, "Grants"."""
        return self.is_local and self.default_reach is Reach.INTERNAL

    @property
    def exists_outside(self) -> bool:
        return self.is_local and self.max_reach is not Reach.INTERNAL
