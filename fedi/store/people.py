"""SQL for people: how accounts of ours sign in, and what admins change about them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from fedi import ids
from fedi.model.account import Account
from fedi.model.reach import Reach
from fedi.store import Conn
from fedi.store.accounts import COLUMNS, account_of

P_COLUMNS = ", ".join(f"a.{name.strip()}" for name in COLUMNS.split(","))


@dataclass(frozen=True, slots=True)
class Credentials:
    account: Account
    email: str | None
    password_hash: str | None


async def add(
    conn: Conn, account_id: int, *, email: str | None, password_hash: str | None, at: datetime
) -> bool:
    """False when the address is another account's."""
    tag = await conn.execute(
        """
        INSERT INTO people (account_id, email, password_hash, created_at) VALUES ($1, $2, $3, $4)
        ON CONFLICT DO NOTHING
        """,
        account_id,
        email,
        password_hash,
        at,
    )
    return tag == "INSERT 0 1"


async def credentials(conn: Conn, name_or_email: str) -> Credentials | None:
    """Who signs in with this name or address."""
    row = await conn.fetchrow(
        f"""
        SELECT {P_COLUMNS}, p.email, p.password_hash
          FROM accounts a JOIN people p ON p.account_id = a.id
         WHERE a.domain IS NULL AND a.suspended_at IS NULL
           AND (lower(a.username) = lower($1) OR lower(p.email) = lower($1))
         ORDER BY lower(a.username) = lower($1) DESC LIMIT 1
        """,
        name_or_email,
    )
    return None if row is None else _credentials(row)


async def listed(conn: Conn) -> list[Credentials]:
    rows = await conn.fetch(
        f"""
        SELECT {P_COLUMNS}, p.email, NULL AS password_hash
          FROM accounts a LEFT JOIN people p ON p.account_id = a.id
         WHERE a.domain IS NULL ORDER BY a.username
        """
    )
    return [_credentials(row) for row in rows]


async def email_of(conn: Conn, account_id: int) -> str | None:
    email: str | None = await conn.fetchval(
        "SELECT email FROM people WHERE account_id = $1", account_id
    )
    return email


async def set_password(conn: Conn, account_id: int, password_hash: str) -> None:
    await conn.execute(
        "UPDATE people SET password_hash = $2 WHERE account_id = $1", account_id, password_hash
    )


async def set_role(conn: Conn, account_id: int, role: str) -> None:
    await conn.execute("UPDATE accounts SET role = $2 WHERE id = $1", account_id, role)


async def set_reach(conn: Conn, account_id: int, *, largest: Reach, default: Reach) -> None:
    await conn.execute(
        "UPDATE accounts SET max_reach = $2::reach, default_reach = $3::reach WHERE id = $1",
        account_id,
        largest.value,
        default.value,
    )


async def set_outside_direct(conn: Conn, account_id: int, allowed: bool) -> None:
    await conn.execute("UPDATE accounts SET outside_direct = $2 WHERE id = $1", account_id, allowed)


async def suspend(conn: Conn, account_id: int, at: datetime | None) -> None:
    """None takes it back."""
    await conn.execute("UPDATE accounts SET suspended_at = $2 WHERE id = $1", account_id, at)


async def delete(conn: Conn, account: Account, *, at: datetime) -> None:
    """For good: tombstones keep its URI, and its name, which nobody else is ever given."""
    await conn.execute(
        """
        INSERT INTO tombstones (uri, owner_uri, outside, at)
        VALUES ($1, $1, $2, $3), ($4, $1, false, $3)
        ON CONFLICT DO NOTHING
        """,
        account.uri,
        account.exists_outside,
        at,
        _name_of(account),
    )
    await conn.execute("DELETE FROM accounts WHERE id = $1 AND domain IS NULL", account.id)


async def was_somebody(conn: Conn, account: Account) -> bool:
    """Did an account with this name leave?  Other servers still know whom it meant."""
    held = "SELECT true FROM tombstones WHERE uri = $1"
    return bool(await conn.fetchval(held, _name_of(account)))


async def record(
    conn: Conn, deed: str, detail: Mapping[str, Any], *, by: int | None = None, at: datetime
) -> None:
    """The audit log, in the transaction of the deed."""
    await conn.execute(
        "INSERT INTO audit (id, at, by_id, deed, detail) VALUES ($1, $2, $3, $4, $5)",
        ids.new(),
        at,
        by,
        deed,
        dict(detail),
    )


async def failures_since(conn: Conn, who: bytes, moment: datetime) -> int:
    count: int = await conn.fetchval(
        "SELECT count(*) FROM sign_in_attempts WHERE who = $1 AND at > $2", who, moment
    )
    return count


async def add_failure(conn: Conn, who: bytes, *, at: datetime) -> None:
    await conn.execute("INSERT INTO sign_in_attempts (who, at) VALUES ($1, $2)", who, at)


async def forget_failure(conn: Conn, who: bytes, *, at: datetime) -> None:
    """It was none: the password was right."""
    await conn.execute("DELETE FROM sign_in_attempts WHERE who = $1 AND at = $2", who, at)


def _name_of(account: Account) -> str:
    return f"name:{account.username.lower()}"


def _credentials(row: Any) -> Credentials:
    return Credentials(account_of(row), row["email"], row["password_hash"])
