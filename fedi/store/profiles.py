"""SQL for what an account says of itself."""

from collections.abc import Mapping
from typing import Any

from fedi.model.account import Account
from fedi.store import Conn
from fedi.store.accounts import COLUMNS, account_of

CHANGEABLE = frozenset(
    {
        "display_name",
        "note",
        "note_source",
        "fields",
        "locked",
        "bot",
        "discoverable",
        "avatar",
        "header",
    }
)


async def change(conn: Conn, account_id: int, values: Mapping[str, Any]) -> Account:
    """Set the columns that are named, all of CHANGEABLE; what the account is now."""
    names = sorted(CHANGEABLE & values.keys())
    assignments = ", ".join(f"{name} = ${at}" for at, name in enumerate(names, start=2))
    row = await conn.fetchrow(
        f"UPDATE accounts SET {assignments or 'id = id'} WHERE id = $1 RETURNING {COLUMNS}",
        account_id,
        *(values[name] for name in names),
    )
    if row is None:
        raise LookupError(account_id)
    return account_of(row)
