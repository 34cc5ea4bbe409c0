"""SQL for tokens and applications: who is asking, looked up at each request."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from fedi.model.account import Account
from fedi.model.event import Event, Kind
from fedi.model.token import Application, Token
from fedi.store import Conn, Row, announce
from fedi.store.accounts import COLUMNS as ACCOUNT_COLUMNS
from fedi.store.accounts import account_of

A_COLUMNS = ", ".join(f"a.{name.strip()}" for name in ACCOUNT_COLUMNS.split(","))


@dataclass(frozen=True, slots=True)
class Bearer:
    token: Token
    account: Account | None  # who acts; None: the client itself


async def bearer(conn: Conn, hash_: bytes) -> Bearer | None:
    """Who holds this token now, or None.

    A revoked token, a suspended account, or a desk role that was taken away: all the same None.
    """
    return (await bearers(conn, [hash_])).get(hash_)


async def bearers(conn: Conn, hashes: Sequence[bytes]) -> dict[bytes, Bearer]:
    """{hash: who holds it}, without those for whom `bearer` is None."""
    rows = await conn.fetch(
        f"""
        SELECT {A_COLUMNS},
               t.id AS token_id, t.application_id, t.account_id, t.human_id, t.scopes,
               t.created_at AS issued_at, t.hash
          FROM tokens t LEFT JOIN accounts a ON a.id = t.account_id
         WHERE t.hash = ANY($1) AND t.revoked_at IS NULL AND a.suspended_at IS NULL
           AND (t.human_id IS NOT DISTINCT FROM t.account_id OR EXISTS (
                SELECT FROM desk_roles d JOIN accounts h ON h.id = d.employee_id
                 WHERE d.company_id = t.account_id AND d.employee_id = t.human_id
                   AND h.suspended_at IS NULL))
        """,
        hashes,
    )
    return {row["hash"]: _bearer(row) for row in rows}


def _bearer(row: Row) -> Bearer:
    token = Token(
        id=row["token_id"],
        application_id=row["application_id"],
        account_id=row["account_id"],
        human_id=row["human_id"],
        scopes=row["scopes"],
        created_at=row["issued_at"],
    )
    return Bearer(token, account_of(row) if row["account_id"] is not None else None)


async def add(conn: Conn, token: Token, *, hash_: bytes) -> None:
    await conn.execute(
        """
        INSERT INTO tokens (id, hash, application_id, account_id, human_id, scopes, created_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7)
        """,
        token.id,
        hash_,
        token.application_id,
        token.account_id,
        token.human_id,
        token.scopes,
        token.created_at,
    )


async def revoke(conn: Conn, hash_: bytes, *, application_id: int, at: datetime) -> None:
    """Revoking twice, or what never was, is the same."""
    human = await conn.fetchval(
        """
        UPDATE tokens SET revoked_at = coalesce(revoked_at, $3)
         WHERE hash = $1 AND application_id = $2 RETURNING human_id
        """,
        hash_,
        application_id,
        at,
    )
    if human is not None:
        announce(conn, Event(Kind.REVOKED, to=(human,)))


async def revoke_all(conn: Conn, account_id: int, *, at: datetime) -> None:
    """After a new password or a suspension: all that this account holds and all that acts as it.

    Tokens, codes on their way and browser sessions.
    """
    rows = await conn.fetch(
        """
        UPDATE tokens SET revoked_at = $2
         WHERE (human_id = $1 OR account_id = $1) AND revoked_at IS NULL RETURNING human_id
        """,
        account_id,
        at,
    )
    await conn.execute(
        "DELETE FROM authorization_codes WHERE human_id = $1 OR account_id = $1", account_id
    )
    await conn.execute("DELETE FROM browser_sessions WHERE account_id = $1", account_id)
    humans = {row["human_id"] for row in rows} | {account_id}
    announce(conn, Event(Kind.REVOKED, to=tuple(sorted(humans))))


async def add_application(conn: Conn, application: Application, *, secret_hash: bytes) -> None:
    await conn.execute(
        """
        INSERT INTO applications (id, client_id, secret_hash, name, website, redirect_uris,
                                  scopes, created_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
        """,
        application.id,
        application.client_id,
        secret_hash,
        application.name,
        application.website,
        application.redirect_uris,
        application.scopes,
        application.created_at,
    )


async def application_by_id(conn: Conn, application_id: int) -> Application | None:
    row = await conn.fetchrow(
        """
        SELECT id, client_id, name, website, redirect_uris, scopes, created_at
          FROM applications WHERE id = $1
        """,
        application_id,
    )
    return None if row is None else Application(**row)


async def application(conn: Conn, client_id: str) -> tuple[Application, bytes] | None:
    """The application and the hash of its secret."""
    row = await conn.fetchrow(
        """
        SELECT id, client_id, name, website, redirect_uris, scopes, created_at, secret_hash
          FROM applications WHERE client_id = $1
        """,
        client_id,
    )
    if row is None:
        return None
    values = dict(row)
    secret_hash: bytes = values.pop("secret_hash")
    return Application(**values), secret_hash


async def application_names(
    conn: Conn, application_ids: Sequence[int]
) -> dict[int, tuple[str, str | None]]:
    """{id: (name, website)}"""
    rows = await conn.fetch(
        "SELECT id, name, website FROM applications WHERE id = ANY($1)", application_ids
    )
    return {row["id"]: (row["name"], row["website"]) for row in rows}
