"""Identifiers: 63-bit integers that sort by time, and random tokens for public object ids.

A number is 42 bits of Unix milliseconds, 10 bits of process, 11 bits of counter: no sequence in
the database, so tables can be sharded later.  The counter is scrambled anew each millisecond with
a secret of the process, so nobody can count from public ids what happens inside.
Clients sort them as decimal strings, by (length, text).
"""

import secrets
from datetime import UTC, datetime
from hashlib import blake2b
from itertools import count

from fedi import clock

_PROCESS_BITS, _COUNTER_BITS = 10, 11
_COUNTER_MASK = (1 << _COUNTER_BITS) - 1
_process = secrets.randbits(_PROCESS_BITS)
_secret = secrets.token_bytes(16)
_counter = count(secrets.randbits(_COUNTER_BITS))


def new() -> int:
    return at(clock.now())


def at(moment: datetime) -> int:
    """An id that sorts where `moment` does: for things that happened before they came here."""
    milliseconds = max(0, int(moment.timestamp() * 1000))
    low = (next(_counter) ^ _noise(milliseconds)) & _COUNTER_MASK
    return milliseconds << (_PROCESS_BITS + _COUNTER_BITS) | _process << _COUNTER_BITS | low


def moment_of(number: int) -> datetime:
    return datetime.fromtimestamp((number >> (_PROCESS_BITS + _COUNTER_BITS)) / 1000, UTC)


def token(size: int = 16) -> str:
    """`size` random bytes for a public URL: internal volume cannot be counted from it."""
    return secrets.token_urlsafe(size)


def _noise(milliseconds: int) -> int:
    digest = blake2b(milliseconds.to_bytes(8), digest_size=2, key=_secret).digest()
    return int.from_bytes(digest)
