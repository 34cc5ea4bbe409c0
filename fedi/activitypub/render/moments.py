"""Dates as other servers read them."""

from datetime import UTC, datetime


def stamp(moment: datetime) -> str:
    """`2026-11-20T09:14:02Z`: whole seconds, because some readers stumble over fractions.

    >>> stamp(datetime(2026, 11, 20, 9, 14, 2, 5, UTC))
    '2026-11-20T09:14:02Z'
    """
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
