"""Accounts that the asker may know of.  The others are answered as if they were absent."""

from collections.abc import Iterable

from fedi.api.call import MAX_ID, Call
from fedi.errors import Invalid, NotFound
from fedi.model.account import Account
from fedi.model.reach import Reach
from fedi.model.viewer import Class, Viewer
from fedi.store import accounts

MOST_IDS = 80


async def account(call: Call, name: str = "id") -> Account:
    """The one whose id is in the path.  Raises NotFound."""
    found = await accounts.find(call.conn, call.number(name))
    return shown(call.viewer, found)


def shown(viewer: Viewer, account: Account | None) -> Account:
    """`account` itself.  Raises NotFound when the viewer may not know that it exists."""
    if account is None or not may_know(viewer, account):
        raise NotFound
    return account


def may_know(viewer: Viewer, account: Account) -> bool:
    """Strangers know whom everybody can find here: who is for partners shows them nothing.

    Of people on other servers they ask those servers.
    """
    if viewer.kind is Class.INSIDER:
        return True
    public = account.is_local and account.max_reach is Reach.PUBLIC
    return public and account.suspended_at is None


def ids_of(sent: Iterable[str] | str | None) -> list[int]:
    """`id[]=1&id[]=2`, or `id=1`, each once.  Raises Invalid when there are too many."""
    texts = [sent] if isinstance(sent, str) else list(sent or ())
    if len(texts) > MOST_IDS:
        raise Invalid(f"Validation failed: at most {MOST_IDS} ids at once")
    numbers = [
        int(t) for t in texts if t.isascii() and t.isdecimal() and len(t) <= len(str(MAX_ID))
    ]
    return list(dict.fromkeys(number for number in numbers if number <= MAX_ID))
