"""A peer: another server, and what we agreed with it."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Mode(StrEnum):
    CLOSED = "closed"
    ALLOWLIST = "allowlist"
    OPEN = "open"


class Trust(StrEnum):
    BLOCKED = "blocked"
    PUBLIC = "public"
    PARTNER = "partner"


class Direction(StrEnum):
    IN = "in"
    OUT = "out"
    BOTH = "both"


@dataclass(frozen=True, slots=True, kw_only=True)
class Peer:
    """One entry of the list.  `accounts` None means every account of ours that exists outside."""

    domain: str  # lower-case A-label, exact unless `subdomains`; a port only in development
    subdomains: bool = False
    trust: Trust = Trust.PARTNER
    direction: Direction = Direction.BOTH
    slug: str | None = None
    accounts: frozenset[int] | None = None
    paused: bool = False
    expires_at: datetime | None = None
    owner: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Standing:
    """What a door knows of one host: the mode we run in and the entry that speaks for it."""

    host: str
    mode: Mode
    peer: Peer | None  # None: nobody wrote anything about it
    now: datetime
