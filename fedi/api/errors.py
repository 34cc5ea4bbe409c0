"""How the client API says no: {"error": …} with the status that Mastodon's clients expect."""

import logging

import orjson
from aiohttp import web
from aiohttp.typedefs import Handler

from fedi.errors import (
    BadSignature,
    FediError,
    Forbidden,
    Gone,
    Invalid,
    Malformed,
    NotFound,
    TooLarge,
    TooMany,
    Unauthorized,
    Unavailable,
    Unreachable,
    WrongMediaType,
    WrongScope,
    where,
)

STATUS: dict[type[FediError], int] = {
    Malformed: 400,
    BadSignature: 401,
    Unauthorized: 401,
    Forbidden: 403,
    WrongScope: 403,
    NotFound: 404,
    Gone: 410,
    TooLarge: 413,
    WrongMediaType: 415,
    Invalid: 422,
    TooMany: 429,
    Unavailable: 503,
    Unreachable: 503,
}

log = logging.getLogger("fedi.api")


@web.middleware
async def say_errors(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Every answer under the API is JSON, the unexpected ones included."""
    try:
        return await handler(request)
    except FediError as refusal:
        return refused(refusal)
    except web.RequestPayloadError:  # a body that is not compressed, or framed, as it says
        return refused(Malformed())
    except web.HTTPException as error:
        if error.status < web.HTTPBadRequest.status_code or not _is_api(request):
            raise
        return _error(error.status, error.reason)
    except Exception as error:
        log.error("%s: unexpected %s", _route(request), where(error))  # noqa: TRY400 - no text
        return _error(500, "Something went wrong on our side")


def refused(refusal: FediError) -> web.Response:
    response = _error(status_of(type(refusal)), refusal.say)
    if isinstance(refusal, TooMany):
        response.headers["Retry-After"] = str(refusal.retry_after)
    return response


def status_of(refusal: type[FediError]) -> int:
    return next(STATUS[kind] for kind in refusal.__mro__ if kind in STATUS)


def _error(status: int, say: str) -> web.Response:
    body = orjson.dumps({"error": say})
    return web.Response(status=status, body=body, content_type="application/json")


def _is_api(request: web.Request) -> bool:
    return request.path.startswith(("/api/", "/oauth/token", "/oauth/revoke", "/oauth/userinfo"))


def _route(request: web.Request) -> str:
    resource = request.match_info.route.resource
    return f"{request.method} {resource.canonical if resource else '?'}"
