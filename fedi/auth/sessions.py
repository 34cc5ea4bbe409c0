"""The cookie of the sign-in pages, and the tokens that prove a form came from them.

No other door looks at it: API calls carry a bearer token, so no page can act for who is signed in.

Spec: security.md section 6
"""

import hmac
from datetime import timedelta

from aiohttp import web

from fedi import clock, ids
from fedi.auth.app import SETTINGS
from fedi.auth.hashes import hash_of
from fedi.errors import Forbidden
from fedi.model.account import Account
from fedi.store import Conn, secrets, sessions

LIFE = timedelta(days=14)
SESSION, FORM = "fedi_session", "fedi_form"


async def signed_in(conn: Conn, request: web.Request) -> Account | None:
    secret = request.cookies.get(cookie(request, SESSION))
    return None if not secret else await sessions.find(conn, hash_of(secret), now=clock.now())


async def begin(conn: Conn, request: web.Request, account: Account) -> str:
    """The new session's secret, for `remember`.  The one before, if any, ends."""
    await end(conn, request)
    secret, now = ids.token(32), clock.now()
    await sessions.add(conn, hash_of(secret), account.id, at=now, until=now + LIFE)
    return secret


async def end(conn: Conn, request: web.Request) -> None:
    if secret := request.cookies.get(cookie(request, SESSION)):
        await sessions.remove(conn, hash_of(secret))


def remember(request: web.Request, response: web.Response, name: str, secret: str) -> None:
    """Set the cookie; an empty secret takes it away."""
    response.set_cookie(
        cookie(request, name),
        secret,
        max_age=int(LIFE.total_seconds()) if secret else 0,
        path="/",
        httponly=True,
        samesite="Lax",
        secure=_secure(request),
    )


async def proof(conn: Conn, request: web.Request, purpose: str) -> tuple[str, str]:
    """What a form carries, and the secret of the FORM cookie to set with it, or "".

    It is bound to the session; before there is one, to a cookie of its own.
    """
    new = "" if _held(request) else ids.token(32)
    return await _seal(conn, purpose, _held(request) or new), new


async def require_proof(conn: Conn, request: web.Request, purpose: str, sent: str) -> None:
    """Raises Forbidden when this form did not come from a page of ours, in this browser."""
    held = _held(request)
    expected = await _seal(conn, purpose, held)
    genuine = bool(held) and hmac.compare_digest(expected.encode(), sent.encode())
    if not genuine or not _from_here(request):
        raise Forbidden("This page is out of date. Go back, reload it and try again.")


async def _seal(conn: Conn, purpose: str, held: str) -> str:
    key = await secrets.of(conn, "cookies")
    return hmac.digest(key, f"{purpose} {held}".encode("utf-8", "replace"), "sha256").hex()


def cookie(request: web.Request, name: str) -> str:
    """With TLS the prefix keeps sibling hosts of ours from setting it."""
    return f"__Host-{name}" if _secure(request) else name


def _held(request: web.Request) -> str:
    cookies = request.cookies
    return cookies.get(cookie(request, SESSION)) or cookies.get(cookie(request, FORM)) or ""


def _from_here(request: web.Request) -> bool:
    """Browsers say where a form stood; a client without Origin has no cookie to steal."""
    origin = request.headers.get("Origin")
    settings = request.app[SETTINGS]
    return origin is None or origin.partition("://")[2] in (settings.host, request.host)


def _secure(request: web.Request) -> bool:
    return request.app[SETTINGS].origin.startswith("https://")
