"""What clients call to get, describe and give back a token.

Spec: RFC 6749, 4.1.3, 4.4, 5; RFC 7009; docs.joinmastodon.org/methods/oauth
Writes: tokens
"""

import base64
import binascii
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import unquote_plus

import orjson
from aiohttp import web

from fedi import clock
from fedi.auth import applications, grants, scopes
from fedi.auth.app import DATABASE, LINKS, SETTINGS
from fedi.auth.bearer import bearer
from fedi.auth.hashes import hash_of
from fedi.auth.refusals import BadClient, BadGrantType, BadScope, OAuthRefusal
from fedi.errors import FediError, Invalid, TooLarge, Unauthorized, WrongScope
from fedi.login.forms import Form, read
from fedi.model.token import Application, Token
from fedi.store import Conn, codes, tokens

Answer = Callable[[web.Request, Form], Awaitable[dict[str, Any]]]


async def exchange(request: web.Request) -> web.Response:
    """POST /oauth/token"""
    return await _answered(request, _exchange)


async def revoke(request: web.Request) -> web.Response:
    """POST /oauth/revoke: what is unknown or revoked already is revoked."""
    return await _answered(request, _revoke)


async def userinfo(request: web.Request) -> web.Response:
    """GET, POST /oauth/userinfo"""
    async with request.app[DATABASE].reading() as conn:
        held = await bearer(conn, request)
    if held is None or held.account is None:
        raise Unauthorized
    if not held.token.allows("profile"):
        raise WrongScope
    origin, account = request.app[SETTINGS].origin, held.account
    return _json(
        {
            "iss": f"{origin}/",
            "sub": account.uri,
            "name": account.display_name or account.username,
            "preferred_username": account.username,
            "profile": account.url,
            "picture": request.app[LINKS].portrait(account, "avatar"),
        }
    )


async def _exchange(request: web.Request, form: Form) -> dict[str, Any]:
    match form.get("grant_type"):
        case "authorization_code":
            return await _for_code(request, form)
        case "client_credentials":
            return await _for_client(request, form)
        case _:  # never the password grant: passwords belong on our page only
            raise BadGrantType


async def _for_code(request: web.Request, form: Form) -> dict[str, Any]:
    """Two transactions: a code is used up even when what came with it is wrong."""
    db = request.app[DATABASE]
    async with db.transaction() as conn:
        application = await _client(conn, request, form)
        hash_ = hash_of(form.get("code", ""))
        taken = await codes.take(conn, hash_, application_id=application.id)
    code = grants.check(
        taken, redirect_uri=form.get("redirect_uri", ""), verifier=form.get("code_verifier", "")
    )
    async with db.transaction() as conn:
        issued = await grants.issue(
            conn,
            application,
            account_id=code.account_id,
            human_id=code.human_id,
            scopes=code.scopes,
        )
    return _token(*issued)


async def _for_client(request: web.Request, form: Form) -> dict[str, Any]:
    async with request.app[DATABASE].transaction() as conn:
        application = await _client(conn, request, form)
        wanted = _wanted(form.get("scope", ""), application)
        issued = await grants.issue(
            conn, application, account_id=None, human_id=None, scopes=wanted
        )
    return _token(*issued)


async def _revoke(request: web.Request, form: Form) -> dict[str, Any]:
    async with request.app[DATABASE].transaction() as conn:
        application = await _client(conn, request, form)
        hash_ = hash_of(form.get("token", ""))
        await tokens.revoke(conn, hash_, application_id=application.id, at=clock.now())
    return {}


def _wanted(text: str, application: Application) -> list[str]:
    try:
        wanted = scopes.parse(text)
    except Invalid as error:
        raise BadScope(error.say) from None
    if not scopes.within(wanted, application.scopes):
        raise BadScope
    return [scope for scope in wanted if not scope.startswith("admin")]


async def _client(conn: Conn, request: web.Request, form: Form) -> Application:
    """Who calls, by its id and secret: in the body, or by HTTP Basic."""
    client_id, secret = form.get("client_id", ""), form.get("client_secret", "")
    sent = request.headers.get("Authorization", "")
    if sent[:6].lower() == "basic ":
        client_id, secret = _basic(sent[6:])
    return await applications.authenticated(conn, client_id, secret)


def _basic(sent: str) -> tuple[str, str]:
    try:
        text = base64.b64decode(sent.strip(), validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        raise BadClient from None
    client_id, _, secret = text.partition(":")
    return unquote_plus(client_id).replace("\x00", ""), unquote_plus(secret)


def _token(secret: str, token: Token) -> dict[str, Any]:
    return {
        "access_token": secret,
        "token_type": "Bearer",
        "scope": " ".join(token.scopes),
        "created_at": int(token.created_at.timestamp()),
    }


async def _answered(request: web.Request, ask: Answer) -> web.Response:
    try:
        return _json(await ask(request, await read(request)))
    except OAuthRefusal as refusal:
        response = _json(_refusal(refusal.code, refusal), refusal.status)
        if isinstance(refusal, BadClient):
            response.headers["WWW-Authenticate"] = 'Basic realm="OAuth"'
        return response
    except TooLarge as refusal:
        return _json(_refusal("invalid_request", refusal), 413)
    except FediError as refusal:
        return _json(_refusal("invalid_request", refusal), 400)


def _refusal(code: str, refusal: FediError) -> dict[str, str]:
    return {"error": code, "error_description": refusal.say}


def _json(value: dict[str, Any], status: int = 200) -> web.Response:
    return web.Response(
        status=status,
        body=orjson.dumps(value),
        content_type="application/json",
        headers={"Cache-Control": "no-store", "Pragma": "no-cache"},
    )
