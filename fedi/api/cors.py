"""Let web clients of other origins call the API: it asks for tokens, never for cookies."""

from aiohttp import web
from aiohttp.typedefs import Handler

_OPEN = ("/api/", "/oauth/token", "/oauth/revoke", "/oauth/userinfo", "/nodeinfo", "/.well-known/")
_HEADERS = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Expose-Headers": (
        "Link, X-RateLimit-Limit, X-RateLimit-Remaining, X-RateLimit-Reset, X-Request-Id"
    ),
}
_PREFLIGHT = {
    "Access-Control-Allow-Methods": "GET, POST, PUT, PATCH, DELETE, OPTIONS",
    "Access-Control-Allow-Headers": "Authorization, Content-Type, Idempotency-Key",
    "Access-Control-Max-Age": "86400",
}


@web.middleware
async def cors(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Outermost, so that refusals carry the headers too: without them clients show no reason."""
    if not request.path.startswith(_OPEN):
        return await handler(request)
    if request.method == "OPTIONS":
        return web.Response(status=204, headers={**_HEADERS, **_PREFLIGHT})
    try:
        response = await handler(request)
    except web.HTTPException as refusal:
        refusal.headers.update(_HEADERS)
        raise
    if not response.prepared:
        response.headers.update(_HEADERS)
    return response
