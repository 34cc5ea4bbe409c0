"""Is it alive, is it ready, and how is it doing: for whoever runs it."""

import ipaddress

from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from fedi.auth.app import OUTSIDE
from fedi.store.migrate import pending


async def livez(_: web.Request) -> web.Response:
    """200 when the loop turns."""
    return web.Response(text="alive\n")


async def readyz(request: web.Request) -> web.Response:
    """200 when the database answers and has every migration; else 503 and the reason."""
    try:
        async with request.app[OUTSIDE].reading() as conn:
            missing = await pending(conn)
    except Exception as error:
        return _not_ready("database", type(error).__name__)
    if missing:
        return _not_ready("migrations", ", ".join(missing))
    return web.json_response({"ready": True})


async def metrics(request: web.Request) -> web.Response:
    """For collectors on this machine; a proxy that forwards strangers adds its header."""
    forwarded = "X-Forwarded-For" in request.headers or "Forwarded" in request.headers
    if forwarded or not _is_local(request.remote):
        raise web.HTTPNotFound
    return web.Response(body=generate_latest(), headers={"Content-Type": CONTENT_TYPE_LATEST})


def add_routes(app: web.Application) -> None:
    app.router.add_get("/livez", livez)
    app.router.add_get("/readyz", readyz)
    app.router.add_get("/metrics", metrics)


def _not_ready(what: str, why: str) -> web.Response:
    return web.json_response({"ready": False, what: why}, status=503)


def _is_local(address: str | None) -> bool:
    """A unix socket has no address: only this machine can open it."""
    return not address or ipaddress.ip_address(address).is_loopback
