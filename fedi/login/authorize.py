"""Sign in, choose whom to act as, and let a client in, or not.

Everything asked for stays in the address, so that each page works by itself and without scripts.

Spec: RFC 6749, 4.1; docs.joinmastodon.org/methods/oauth; product.md "Sign in as"
Writes: browser_sessions, authorization_codes, sign_in_attempts
"""

from urllib.parse import urlencode

from aiohttp import web

from fedi.auth import grants, scopes, sessions, sign_in
from fedi.auth.app import DATABASE
from fedi.auth.refusals import BadScope, OAuthRefusal
from fedi.errors import Forbidden, TooMany
from fedi.login import asked, faces, words
from fedi.login.asked import Asked, Return
from fedi.login.forms import Form, read_body
from fedi.login.html import page, page_of, redirect
from fedi.model.account import Account
from fedi.store import Conn, desk

SIGN_IN, CONSENT = "sign_in", "consent"
WRONG = "This name and password do not belong together."
WAIT = "Too many wrong passwords for this name. Wait an hour, or ask an admin for a new one."


@page_of
async def show(request: web.Request) -> web.StreamResponse:
    """GET /oauth/authorize"""
    async with request.app[DATABASE].reading() as conn:
        back = await asked.who(conn, request.query)
        try:
            wish = asked.what(request.query, back.application)
        except OAuthRefusal as refusal:
            return _refused(request, back, refusal.code, refusal.say)
        human = await sessions.signed_in(conn, request)
        if human is None or request.query.get("force_login", "").lower() in ("true", "1"):
            return await _sign_in_page(conn, request, back)
        return await _consent_page(conn, request, back, wish, human)


@page_of
async def answer(request: web.Request) -> web.StreamResponse:
    """POST /oauth/authorize: one of the two forms."""
    form = await read_body(request)
    async with request.app[DATABASE].reading() as conn:
        back = await asked.who(conn, request.query)
    if form.get("step") == SIGN_IN:
        return await _sign_in(request, back, form)
    return await _decide(request, back, form)


async def _sign_in_page(
    conn: Conn,
    request: web.Request,
    back: Return,
    *,
    problem: str = "",
    name: str = "",
    status: int = 200,
) -> web.Response:
    proof, cookie = await sessions.proof(conn, request, SIGN_IN)
    response = page(
        request,
        "sign_in",
        status=status,
        app=back.application,
        action=f"?{_query(request)}",
        proof=proof,
        problem=problem,
        name=name,
    )
    if cookie:
        sessions.remember(request, response, sessions.FORM, cookie)
    return response


async def _sign_in(request: web.Request, back: Return, form: Form) -> web.Response:
    db = request.app[DATABASE]
    async with db.reading() as conn:
        await sessions.require_proof(conn, request, SIGN_IN, form.get("proof", ""))
    name, status, problem, human = form.get("name", ""), 422, WRONG, None
    try:
        human = await sign_in.by_password(db, name, form.get("password", ""))
    except TooMany:
        status, problem = 429, WAIT
    if human is None:
        async with db.reading() as conn:
            return await _sign_in_page(
                conn, request, back, problem=problem, name=name, status=status
            )
    async with db.transaction() as conn:
        secret = await sessions.begin(conn, request, human)
    response = redirect(f"/oauth/authorize?{_query(request, without='force_login')}")
    sessions.remember(request, response, sessions.SESSION, secret)
    return response


async def _consent_page(
    conn: Conn, request: web.Request, back: Return, wish: Asked, human: Account
) -> web.Response:
    companies = await desk.companies_of(conn, human.id)
    granted = scopes.grantable(wish.scopes, account=human, human=human)
    proof, _ = await sessions.proof(conn, request, CONSENT)
    return page(
        request,
        "consent",
        app=back.application,
        action=f"?{_query(request)}",
        sign_out=f"/auth/sign_out?{_query(request)}",
        proof=proof,
        faces=[faces.of(request, one) for one in (human, *companies)],
        rights=words.rights(granted),
        left_out=len(granted) < len(wish.scopes),
    )


async def _decide(request: web.Request, back: Return, form: Form) -> web.StreamResponse:
    try:
        wish = asked.what(request.query, back.application)
        async with request.app[DATABASE].transaction() as conn:
            human = await sessions.signed_in(conn, request)
            if human is None:
                raise Forbidden("You are not signed in any more. Go back and try again.")
            await sessions.require_proof(conn, request, CONSENT, form.get("proof", ""))
            if form.get("decision") != "allow":
                return _refused(request, back, "access_denied", "The person said no.")
            code = await _offer(conn, back, wish, human, form.get("as", ""))
    except OAuthRefusal as refusal:
        return _refused(request, back, refusal.code, refusal.say)
    if back.shown:
        return page(request, "code", app=back.application, code=code)
    return redirect(back.url(code=code))


async def _offer(conn: Conn, back: Return, wish: Asked, human: Account, chosen: str) -> str:
    companies = await desk.companies_of(conn, human.id)
    chosen = chosen or str(human.id)
    account = next((one for one in (human, *companies) if str(one.id) == chosen), None)
    if account is None:
        raise Forbidden("You may not act as this account.")
    granted = scopes.grantable(wish.scopes, account=account, human=human)
    if not granted:
        raise BadScope("This account may have none of what the app asks for.")
    return await grants.offer(
        conn,
        back.application,
        account=account,
        human=human,
        redirect_uri=back.uri,
        scopes=granted,
        challenge=wish.challenge,
    )


def _refused(request: web.Request, back: Return, code: str, say: str) -> web.StreamResponse:
    if back.shown:
        return page(request, "message", title="Not signed in", text=say, status=400)
    return redirect(back.url(error=code, error_description=say))


def _query(request: web.Request, *, without: str = "") -> str:
    """What the client asked for, for the next page."""
    return urlencode([(name, value) for name, value in request.query.items() if name != without])
