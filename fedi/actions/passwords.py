"""Hash and check passwords, off the event loop.

Parameters: OWASP's minimum for argon2id (19 MiB, two passes), some 30 ms of one core.
"""

import asyncio

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

_hasher = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
_at_once = asyncio.Semaphore(2)
# Of a password that nobody knows any more.  Written out: making one costs each command 30 ms.
_NOBODY = (
    "$argon2id$v=19$m=19456,t=2,p=1$kzyJ921UQ"
    "NHprB51oiakmg$3GoXqotOOg3boFNY00efE1XUuxNvdN1vELDdI1ITXKY"
)


async def hashed(password: str) -> str:
    async with _at_once:
        return await asyncio.to_thread(_hasher.hash, password)


async def right(password: str, password_hash: str | None) -> bool:
    """Unknown people cost the same as wrong passwords."""
    async with _at_once:
        matches = await asyncio.to_thread(_verify, password, password_hash or _NOBODY)
    return matches and password_hash is not None


def _verify(password: str, password_hash: str) -> bool:
    try:
        return _hasher.verify(password_hash, password)
    except (VerificationError, InvalidHashError):
        return False
