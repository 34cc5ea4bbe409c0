"""Leave the sign-in pages.  Tokens that apps hold stay: each app signs out by itself.

Writes: browser_sessions
"""

from urllib.parse import urlencode

from aiohttp import web

from fedi.auth import sessions
from fedi.auth.app import DATABASE
from fedi.login.forms import read_body
from fedi.login.html import message, page_of, redirect


@page_of
async def sign_out(request: web.Request) -> web.StreamResponse:
    """POST /auth/sign_out.  With a client's wish in the address: on to sign in as somebody else."""
    form = await read_body(request)
    async with request.app[DATABASE].transaction() as conn:
        await sessions.require_proof(conn, request, "consent", form.get("proof", ""))
        await sessions.end(conn, request)
    if "client_id" in request.query:
        response = redirect(f"/oauth/authorize?{urlencode(list(request.query.items()))}")
    else:
        response = message(request, "Signed out", "You are signed out of this browser.")
    sessions.remember(request, response, sessions.SESSION, "")
    return response
