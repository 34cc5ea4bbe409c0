"""Dates as Mastodon's clients read them: three digits and a Z, or the page fails to decode."""

from datetime import UTC, date, datetime
from functools import lru_cache


@lru_cache(8192)  # the same authors and posts are on everybody's pages
def moment(at: datetime) -> str:
    """`YYYY-MM-DDTHH:MM:SS.mmmZ`

    >>> moment(datetime(2026, 1, 2, 3, 4, 5, 678901, tzinfo=UTC))
    '2026-01-02T03:04:05.678Z'
    """
    utc = at if at.tzinfo is UTC else at.astimezone(UTC)
    return utc.isoformat(timespec="milliseconds")[:23] + "Z"


def moment_or_none(at: datetime | None) -> str | None:
    return None if at is None else moment(at)


def day(at: date | None) -> str | None:
    """`YYYY-MM-DD`"""
    return None if at is None else at.isoformat()
