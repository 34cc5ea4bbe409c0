"""The one form of date that signed requests may carry: `Fri, 20 Nov 2026 09:15:00 GMT`.

Spec: S-1; IMF-fixdate of RFC 9110 section 5.6.7.
"""

import re
from datetime import UTC, datetime
from email.utils import format_datetime

from fedi.errors import BadSignature

_DATE = re.compile(
    r"(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), ([0-9]{2})"
    r" (Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) ([0-9]{4})"
    r" ([0-9]{2}):([0-9]{2}):([0-9]{2}) GMT"
)
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def write(moment: datetime) -> str:
    """`moment`, aware, as a Date header.

    >>> write(datetime(2026, 11, 20, 9, 15, tzinfo=UTC))
    'Fri, 20 Nov 2026 09:15:00 GMT'
    """
    return format_datetime(moment.astimezone(UTC), usegmt=True)


def read(value: str) -> datetime:
    """The moment that a Date header names; BadSignature when it is written in any other way."""
    found = _DATE.fullmatch(value)
    if not found:
        raise BadSignature("The Date header could not be read")
    day, month, *rest = found.groups()
    year, hour, minute, second = map(int, rest)
    try:
        return datetime(year, _MONTHS.index(month) + 1, int(day), hour, minute, second, tzinfo=UTC)
    except ValueError as error:
        raise BadSignature("The Date header could not be read") from error
