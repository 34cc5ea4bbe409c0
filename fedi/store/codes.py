"""SQL for authorization codes: what a client exchanges for a token, once, within a minute."""

from dataclasses import dataclass
from datetime import datetime

from fedi.store import Conn


@dataclass(frozen=True, slots=True, kw_only=True)
class Code:
    """`account_id` acts, `human_id` signed in.  `challenge`: PKCE S256, None when none was sent."""

    application_id: int
    account_id: int
    human_id: int
    redirect_uri: str
    scopes: list[str]
    challenge: str | None
    expires_at: datetime


async def add(conn: Conn, code: Code, *, hash_: bytes) -> None:
    await conn.execute(
        """
        INSERT INTO authorization_codes (hash, application_id, account_id, human_id, redirect_uri,
                                         scopes, challenge, expires_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
        """,
        hash_,
        code.application_id,
        code.account_id,
        code.human_id,
        code.redirect_uri,
        code.scopes,
        code.challenge,
        code.expires_at,
    )


async def take(conn: Conn, hash_: bytes, *, application_id: int) -> Code | None:
    """The code, which is gone with this; another client's cannot be taken, or spoilt."""
    row = await conn.fetchrow(
        """
        DELETE FROM authorization_codes WHERE hash = $1 AND application_id = $2
        RETURNING application_id, account_id, human_id, redirect_uri, scopes, challenge, expires_at
        """,
        hash_,
        application_id,
    )
    return None if row is None else Code(**row)
