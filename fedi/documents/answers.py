"""What the pulling doors answer with: documents, pages, and refusals that are all alike."""

from collections.abc import Mapping

import orjson
from aiohttp import web

from fedi.activitypub.vocab import Document

ACTIVITY = "application/activity+json"
LINKED_DATA = "application/ld+json"
HTML = "text/html"
OPEN = {"Access-Control-Allow-Origin": "*"}  # pages of other origins may ask these

_VARY = {"Vary": "Accept, Signature"}
_NOWHERE = {"Cache-Control": "private, no-store"}
_SHORTLY = {"Cache-Control": "public, max-age=60"}  # L-7: nothing old is believed for longer
_SAFE = {"X-Content-Type-Options": "nosniff", "Referrer-Policy": "same-origin"}
_WORDS = {
    401: "Sign this request",
    403: "This server may not ask",
    404: "Not Found",
    410: "Gone",
    429: "Too many requests",
    503: "Not ready",
}


def document(body: Document, *, kept: bool) -> web.Response:
    """An ActivityPub document.  `kept`: whoever asks may see it, so caches may hold it."""
    headers = {**_VARY, **_SAFE, **(_SHORTLY if kept else _NOWHERE)}
    return web.Response(body=orjson.dumps(body), content_type=ACTIVITY, headers=headers)


def refusal(status: int, *, retry_after: int | None = None) -> web.Response:
    """The same bytes for everything with this status: hidden and absent are one."""
    more = {} if retry_after is None else {"Retry-After": str(retry_after)}
    body = orjson.dumps({"error": _WORDS[status]})
    headers = {**_VARY, **_SAFE, **_NOWHERE, **more}
    return web.Response(status=status, body=body, content_type="application/json", headers=headers)


def page(
    html: str, policy: str, *, status: int = 200, headers: Mapping[str, str] | None = None
) -> web.Response:
    """An HTML page; `policy` is its Content-Security-Policy."""
    cache = _SHORTLY if status == web.HTTPOk.status_code else _NOWHERE
    return web.Response(
        status=status,
        text=html,
        content_type=HTML,
        headers={**_VARY, **_SAFE, **cache, "Content-Security-Policy": policy, **(headers or {})},
    )


def wants_document(request: web.Request, *, usually: bool) -> bool:
    """ActivityPub or HTML?  The better wish of the Accept header wins; `usually` if none is named.

    Old servers ask for `application/ld+json` with a profile; the quotes in it may hold commas.
    """
    wishes = dict.fromkeys((ACTIVITY, LINKED_DATA, HTML, "application/xhtml+xml"), 0.0)
    for part in ",".join(request.headers.getall("Accept", [])).lower()[:1000].split(","):
        kind, _, parameters = part.strip().partition(";")
        if kind in wishes:
            wishes[kind] = max(wishes[kind], _quality(parameters))
    activity = max(wishes[ACTIVITY], wishes[LINKED_DATA])
    html = max(wishes[HTML], wishes["application/xhtml+xml"])
    return usually if activity == html else activity > html


def _quality(parameters: str) -> float:
    for part in parameters.split(";"):
        name, _, value = part.strip().partition("=")
        if name == "q":
            try:
                return min(max(float(value), 0.0), 1.0)
            except ValueError:
                return 0.0
    return 1.0
