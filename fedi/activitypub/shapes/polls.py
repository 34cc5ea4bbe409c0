"""A `Question`: options, counts, and when it ends.

Spec: federation.md O-13, section 13
"""

from dataclasses import dataclass
from datetime import datetime

from fedi.activitypub.shapes.values import count, first_text, objects
from fedi.activitypub.vocab import Document, items, moment

MAX_OPTIONS = 50
_MAX_TITLE = 500


@dataclass(frozen=True, slots=True)
class Option:
    title: str
    votes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Poll:
    options: list[Option]  # 2 to 50, all different
    multiple: bool
    expires: datetime | None
    closed: bool
    voters: int | None


def read_poll(document: Document, *, received: datetime) -> Poll | None:
    """The poll, or None with fewer than two different options: then it is a plain note."""
    single, several = document.get("oneOf"), document.get("anyOf")
    options = _options(several if not items(single) else single)
    if len(options) < 2:  # noqa: PLR2004 - one option is no choice
        return None
    ended = document.get("closed")
    when = moment(ended)
    return Poll(
        options=options,
        multiple=not items(single),
        expires=moment(document.get("endTime")),
        closed=ended is True or (when is not None and when <= received),
        voters=count(document.get("votersCount")),
    )


def _options(value: object) -> list[Option]:
    found: dict[str, Option] = {}
    for item in objects(value, 10 * MAX_OPTIONS):
        title = first_text(_MAX_TITLE, item.get("name"), item.get("content")).strip()
        replies = item.get("replies")
        votes = count(replies.get("totalItems")) if isinstance(replies, dict) else None
        if title:
            found.setdefault(title, Option(title, votes or 0))
    return list(found.values())[:MAX_OPTIONS]
