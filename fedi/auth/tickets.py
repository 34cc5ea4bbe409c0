"""One-time links with which somebody chooses their first password, or a new one.

A ticket is signed, not stored; it names the password that it may replace, so it works once.
"""

import hmac
import re
from datetime import timedelta

from fedi import clock
from fedi.errors import NotFound
from fedi.model.account import Account
from fedi.store import Conn, accounts, people, secrets

LIFE = timedelta(days=7)
_TICKET = re.compile(r"(\d{1,19})-(\d{1,12})-([0-9a-f]{64})", re.ASCII)


async def make(conn: Conn, account: Account) -> str:
    """What stands at the end of /auth/welcome/."""
    until = int((clock.now() + LIFE).timestamp())
    return f"{account.id}-{until}-{await _seal(conn, account, until)}"


async def holder(conn: Conn, text: str) -> Account:
    """Whose it is.  Raises NotFound for one that is used, too old, or not ours."""
    found = _TICKET.fullmatch(text)
    if found is None or int(found[2]) < clock.now().timestamp() or int(found[1]) >= 2**63:
        raise NotFound("This link was used already, or is too old. Ask an admin for a new one.")
    account = await accounts.find(conn, int(found[1]))
    if account is None or account.suspended_at is not None:
        raise NotFound
    if not hmac.compare_digest(await _seal(conn, account, int(found[2])), found[3]):
        raise NotFound("This link was used already, or is too old. Ask an admin for a new one.")
    return account


async def _seal(conn: Conn, account: Account, until: int) -> str:
    key = await secrets.of(conn, "cookies")
    held = await people.credentials(conn, account.username)
    now = held.password_hash if held and held.account.id == account.id else None
    return hmac.digest(key, f"ticket {account.id} {until} {now}".encode(), "sha256").hex()
