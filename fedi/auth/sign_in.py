"""Recognise a human by name and password, and limit how often one may guess.

Spec: security.md section 6
"""

import hashlib
from datetime import timedelta

from fedi import clock
from fedi.actions import passwords
from fedi.errors import TooMany
from fedi.model.account import Account
from fedi.store import Database, people
from fedi.store.people import Credentials

MOST_FAILURES = 25
WITHIN = timedelta(hours=1)
LONGEST = 1_000  # characters of a password; hashing more is a gift to whoever sends it


async def by_password(db: Database, name: str, password: str) -> Account | None:
    """None when name or password is wrong: nobody learns which, nor from the time it took.

    Raises TooMany after 25 failures within an hour, for names that exist or not alike.
    """
    name = name.strip().removeprefix("@")
    now = clock.now()
    async with db.transaction() as conn:
        held = await people.credentials(conn, name)
        who = _who(name, held)
        if await people.failures_since(conn, who, now - WITHIN) >= MOST_FAILURES:
            raise TooMany(int(WITHIN.total_seconds()))
        # Before the slow part: guesses made all at once must count each other.
        await people.add_failure(conn, who, at=now)
    if await passwords.right(password[:LONGEST], held.password_hash if held else None) and held:
        async with db.transaction() as conn:
            await people.forget_failure(conn, who, at=now)
        return held.account
    return None


def _who(name: str, held: Credentials | None) -> bytes:
    """An account counts once, by name and by address."""
    text = f"account {held.account.id}" if held else f"name {name.lower()}"
    return hashlib.sha256(text.encode("utf-8", "replace")).digest()[:16]
