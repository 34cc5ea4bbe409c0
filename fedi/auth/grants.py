"""Codes and tokens: how a consent becomes access.

Spec: RFC 6749, 4.1 and 4.4; RFC 7636 (PKCE); security.md section 6
"""

import hmac
from collections.abc import Sequence
from datetime import timedelta

from fedi import clock, ids
from fedi.auth.hashes import hash_of, s256
from fedi.auth.refusals import BadGrant
from fedi.model.account import Account
from fedi.model.token import Application, Token
from fedi.store import Conn, codes, tokens
from fedi.store.codes import Code

LIFE_OF_A_CODE = timedelta(seconds=60)
SECRET_BYTES = 32


async def offer(  # noqa: PLR0913 - what a code is bound to
    conn: Conn,
    application: Application,
    *,
    account: Account,
    human: Account,
    redirect_uri: str,
    scopes: Sequence[str],
    challenge: str | None,
) -> str:
    """A code for the client.  That `human` may act as `account` is for the caller to know."""
    secret = ids.token(SECRET_BYTES)
    code = Code(
        application_id=application.id,
        account_id=account.id,
        human_id=human.id,
        redirect_uri=redirect_uri,
        scopes=list(scopes),
        challenge=challenge,
        expires_at=clock.now() + LIFE_OF_A_CODE,
    )
    await codes.add(conn, code, hash_=hash_of(secret))
    return secret


def check(code: Code | None, *, redirect_uri: str, verifier: str) -> Code:
    """The code, if it fits.  Raises BadGrant.

    A verifier for a code that was asked for without a challenge is refused too (RFC 9700, 2.1.1):
    somebody took the challenge out on the way.
    """
    if code is None or code.expires_at <= clock.now() or code.redirect_uri != redirect_uri:
        raise BadGrant
    if code.challenge is None and not verifier:
        return code
    if code.challenge is None or not hmac.compare_digest(
        s256(verifier).encode(), code.challenge.encode()
    ):
        raise BadGrant
    return code


async def issue(
    conn: Conn,
    application: Application,
    *,
    account_id: int | None,
    human_id: int | None,
    scopes: Sequence[str],
) -> tuple[str, Token]:
    """A token and its secret, which is not kept.  No account: for the client itself."""
    secret = ids.token(SECRET_BYTES)
    token = Token(
        id=ids.new(),
        application_id=application.id,
        account_id=account_id,
        human_id=human_id,
        scopes=list(scopes),
        created_at=clock.now(),
    )
    await tokens.add(conn, token, hash_=hash_of(secret))
    return secret, token
