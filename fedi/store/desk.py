"""SQL for desk roles: which human may act as which company account."""

from datetime import datetime

from fedi.model.account import Account, DeskRole
from fedi.model.event import Event, Kind
from fedi.store import Conn, announce
from fedi.store.accounts import COLUMNS, account_of


async def role_of(conn: Conn, company_id: int, employee_id: int) -> DeskRole | None:
    role = await conn.fetchval(
        "SELECT role FROM desk_roles WHERE company_id = $1 AND employee_id = $2",
        company_id,
        employee_id,
    )
    return None if role is None else DeskRole(role)


async def companies_of(conn: Conn, employee_id: int) -> list[Account]:
    """Whom this human may sign in as, beside themself."""
    rows = await conn.fetch(
        f"""
        SELECT {COLUMNS} FROM accounts
         WHERE id IN (SELECT company_id FROM desk_roles WHERE employee_id = $1)
           AND suspended_at IS NULL ORDER BY username
        """,
        employee_id,
    )
    return [account_of(row) for row in rows]


async def grant(
    conn: Conn, company_id: int, employee_id: int, role: DeskRole, *, at: datetime
) -> None:
    await conn.execute(
        """
        INSERT INTO desk_roles (company_id, employee_id, role, granted_at) VALUES ($1, $2, $3, $4)
        ON CONFLICT (company_id, employee_id) DO UPDATE SET role = $3, granted_at = $4
        """,
        company_id,
        employee_id,
        role.value,
        at,
    )


async def revoke(conn: Conn, company_id: int, employee_id: int) -> bool:
    """False when there was no role.  Tokens for the company end with it, on their next request."""
    tag = await conn.execute(
        "DELETE FROM desk_roles WHERE company_id = $1 AND employee_id = $2", company_id, employee_id
    )
    announce(conn, Event(Kind.REVOKED, to=(employee_id,)))
    return tag == "DELETE 1"
