"""Choose a password, with the one-time link that an admin handed out.

Writes: people, browser_sessions; every older token of this human ends.
"""

from aiohttp import web

from fedi.actions import people
from fedi.auth import sessions, tickets
from fedi.auth.app import DATABASE
from fedi.errors import Invalid
from fedi.login import faces
from fedi.login.forms import read_body
from fedi.login.html import message, page, page_of
from fedi.model.account import Account
from fedi.store import Conn

PURPOSE = "welcome"


@page_of
async def show(request: web.Request) -> web.StreamResponse:
    """GET /auth/welcome/{ticket}"""
    async with request.app[DATABASE].reading() as conn:
        account = await tickets.holder(conn, request.match_info["ticket"])
        return await _page(conn, request, account)


@page_of
async def choose(request: web.Request) -> web.StreamResponse:
    """POST /auth/welcome/{ticket}"""
    form = await read_body(request)
    async with request.app[DATABASE].reading() as conn:
        await sessions.require_proof(conn, request, PURPOSE, form.get("proof", ""))
        account = await tickets.holder(conn, request.match_info["ticket"])
    try:
        async with request.app[DATABASE].transaction() as conn:
            await people.set_password(conn, account, form.get("password", ""))
            secret = await sessions.begin(conn, request, account)
    except Invalid as refusal:
        async with request.app[DATABASE].reading() as conn:
            return await _page(conn, request, account, problem=refusal.say)
    where = faces.of(request, account).handle
    response = message(
        request, "All set", f"You are {where}. Open your app and add an account with that server."
    )
    sessions.remember(request, response, sessions.SESSION, secret)
    return response


async def _page(
    conn: Conn, request: web.Request, account: Account, *, problem: str = ""
) -> web.Response:
    proof, cookie = await sessions.proof(conn, request, PURPOSE)
    response = page(
        request,
        "welcome",
        status=422 if problem else 200,
        face=faces.of(request, account),
        proof=proof,
        problem=problem,
    )
    if cookie:
        sessions.remember(request, response, sessions.FORM, cookie)
    return response
