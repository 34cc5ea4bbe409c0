"""From an HTTP request to a route and back: token, scope, transaction, JSON."""

from collections.abc import Iterable
from contextlib import AbstractAsyncContextManager
from typing import Any

import orjson
from aiohttp import web

from fedi.api import params
from fedi.api.call import ANYONE, PUBLIC, Call, RawHandler, Route
from fedi.auth.app import CLIENT, DATABASE, LINKS, SETTINGS
from fedi.auth.bearer import bearer
from fedi.config import Settings
from fedi.errors import Unauthorized, WrongScope
from fedi.model.peer import Mode
from fedi.store import Conn, Database, peers
from fedi.store.tokens import Bearer


def add_routes(app: web.Application, routes: Iterable[Route]) -> None:
    """PUT and PATCH are one on every update, and a slash at the end is nothing to clients."""
    for route in routes:
        serve = _serve(route)
        for method in ("PUT", "PATCH") if route.method in ("PUT", "PATCH") else (route.method,):
            app.router.add_route(method, route.path, serve)
            app.router.add_route(method, f"{route.path}/", serve)


def _serve(route: Route) -> RawHandler:
    async def serve(request: web.Request) -> web.StreamResponse:
        form = await params.read(request)
        db = request.app[DATABASE]
        async with _connection(db, route) as conn:
            held = await bearer(conn, request)
            await _require(route, held, request.app[SETTINGS], conn)
            call = Call(
                request=request,
                settings=request.app[SETTINGS],
                db=db,
                client=request.app[CLIENT],
                links=request.app[LINKS],
                conn=conn,
                token=held.token if held else None,
                account_or_none=held.account if held else None,
                form=form,
            )
            if not route.own_transaction:
                return _response(call, await route.handler(call))
        return _response(call, await route.handler(call))

    return serve


def _connection(db: Database, route: Route) -> AbstractAsyncContextManager[Conn]:
    reads = route.method == "GET" or route.own_transaction
    return db.reading() if reads else db.transaction()


async def _require(route: Route, held: Bearer | None, settings: Settings, conn: Conn) -> None:
    scoped = route.scope not in (PUBLIC, ANYONE)
    if held is not None and scoped and not held.token.allows(route.scope):
        raise WrongScope
    if route.scope == PUBLIC or (held is not None and held.account is not None):
        return
    # A client without a person is a stranger, whatever its token says.
    if not route.scope.startswith(ANYONE) or not await _open_to_strangers(settings, conn):
        raise Unauthorized


async def _open_to_strangers(settings: Settings, conn: Conn) -> bool:
    """Without a token the API shows what public pages show, so it closes with them."""
    return settings.public_pages and await peers.mode(conn) is not Mode.CLOSED


def _response(call: Call, answer: Any) -> web.StreamResponse:
    if isinstance(answer, web.StreamResponse):
        return answer
    return web.Response(
        status=call.status,
        body=orjson.dumps(answer),
        content_type="application/json",
        headers=call.headers,
    )
