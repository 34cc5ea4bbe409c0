"""What time it is.  The only place that asks, so that tests and development can set it."""

from datetime import UTC, datetime, timedelta

_shift = timedelta(0)


def now() -> datetime:
    """The current moment, aware, in UTC."""
    return datetime.now(UTC) + _shift


def start_at(moment: datetime) -> None:
    """Development and tests only: make `now()` continue from `moment`."""
    global _shift  # noqa: PLW0603 - one process, one clock
    _shift = moment - datetime.now(UTC)
