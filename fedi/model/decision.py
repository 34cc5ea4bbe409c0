"""One answer of a door, as it is kept: promise 3."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    door: str  # admit release fetch
    host: str | None
    activity: str | None  # type
    account_id: int | None
    object_uri: str | None
    allow: bool
    rule: str
