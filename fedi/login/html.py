"""Pages for people: plain HTML that needs no script, and the headers that keep it that way.

Spec: security.md section 6
"""

from collections.abc import Awaitable, Callable
from functools import wraps
from hashlib import sha256
from pathlib import Path

from aiohttp import web
from jinja2 import Environment, PackageLoader, StrictUndefined

from fedi.auth.app import SETTINGS
from fedi.errors import FediError, Forbidden, NotFound, TooLarge, TooMany

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

# No form-action: Chromium applies it to where a form's answer redirects, and apps have schemes of
# their own.  No Cross-Origin-Opener-Policy: it cuts off web clients that sign in in a popup.
_CSP = (
    "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": _CSP,
    "X-Frame-Options": "DENY",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",  # "no-referrer" would make browsers send `Origin: null`
    "Cache-Control": "no-store",
}
_STYLE = (Path(__file__).parent / "style.css").read_bytes()
_STATUS: dict[type[FediError], int] = {Forbidden: 403, NotFound: 404, TooLarge: 413, TooMany: 429}

_pages = Environment(
    loader=PackageLoader("fedi.login"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_pages.globals["style"] = f"/login/style.css?v={sha256(_STYLE).hexdigest()[:12]}"


def page(
    request: web.Request, template: str, /, *, status: int = 200, **values: object
) -> web.Response:
    """The template, which also knows the domain of this server."""
    domain = request.app[SETTINGS].domain
    text = _pages.get_template(f"{template}.html").render(domain=domain, **values)
    return web.Response(text=text, status=status, content_type="text/html", headers=HEADERS)


def message(request: web.Request, title: str, text: str, *, status: int = 200) -> web.Response:
    return page(request, "message", title=title, text=text, status=status)


def redirect(location: str) -> web.Response:
    """`location` goes out byte for byte: a URL library would tidy up what apps compare."""
    return web.Response(status=303, headers={**HEADERS, "Location": location})


def page_of(handler: Handler) -> Handler:
    """Refusals as a page."""

    @wraps(handler)
    async def answer(request: web.Request) -> web.StreamResponse:
        try:
            return await handler(request)
        except FediError as refusal:
            status = next((_STATUS[k] for k in type(refusal).__mro__ if k in _STATUS), 400)
            return message(request, "This did not work", refusal.say, status=status)

    return answer


async def style(_request: web.Request) -> web.Response:
    kept = {"Cache-Control": "public, max-age=86400", "X-Content-Type-Options": "nosniff"}
    return web.Response(body=_STYLE, content_type="text/css", headers=kept)
