"""Hash and check passwords, off the event loop.

Parameters: OWASP's minimum for argon2id (19 MiB, two passes), some 30 ms of one core.
"""

import asyncio
import secrets

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

_hasher = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
_at_once = asyncio.Semaphore(2)
_nobody = _hasher.hash(secrets.token_urlsafe())


async def hashed(password: str) -> str:
    async with _at_once:
        return await asyncio.to_thread(_hasher.hash, password)


async def right(password: str, password_hash: str | None) -> bool:
    """Unknown people cost the same as wrong passwords."""
    async with _at_once:
        matches = await asyncio.to_thread(_verify, password, password_hash or _nobody)
    return matches and password_hash is not None


def _verify(password: str, password_hash: str) -> bool:
    try:
        return _hasher.verify(password_hash, password)
    except (VerificationError, InvalidHashError):
        return False
