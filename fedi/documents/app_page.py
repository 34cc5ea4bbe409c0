"""The web client, as `make setup` built it.

It is served in every mode: colleagues sign in with it, and it holds nothing of anybody.
"""

import re
from pathlib import Path

from aiohttp import web

from fedi.auth.app import SETTINGS
from fedi.config import Settings

FOLDER = Path(__file__).resolve().parents[1] / "web"
NOT_BUILT = "The web client is not built: run `make setup`. Any Mastodon app works too.\n"
YEAR = "public, max-age=31536000, immutable"  # their names change with their content
_ASSET = re.compile(r"(?:assets/)?[A-Za-z0-9_][A-Za-z0-9_.-]{0,120}")
_TYPES = {
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".ico": "image/x-icon",
    ".json": "application/json",
    ".webmanifest": "application/manifest+json",
    ".woff2": "font/woff2",
}


def add_routes(app: web.Application) -> None:
    app.router.add_get("/app", _to_app)
    app.router.add_get("/app/{path:.*}", serve)
    app.router.add_get("/favicon.ico", _favicon)


async def serve(request: web.Request) -> web.StreamResponse:
    """A file of the client, else its only page."""
    path = _file(request.match_info["path"])
    if path is None:
        return web.Response(status=404, text=NOT_BUILT)
    cache = YEAR if path.parent.name == "assets" else "no-cache"
    headers = {
        "Content-Type": _TYPES[path.suffix],
        "Cache-Control": cache,
        "Content-Security-Policy": policy(request.app[SETTINGS]),
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "no-referrer",
    }
    return web.FileResponse(path, headers=headers)


def policy(settings: Settings) -> str:
    """Nothing but our own files runs, and nothing is loaded from elsewhere."""
    media = f" {settings.media_url}" if settings.media_url else ""
    return (
        "default-src 'none'; script-src 'self'; style-src 'self'; "
        f"img-src 'self'{media}; connect-src 'self'; base-uri 'none'; "
        "form-action 'self'; frame-ancestors 'none'"
    )


def _file(asked: str) -> Path | None:
    """Its own routes have no file; what is asked for as an asset and is none gets no page."""
    path = FOLDER / asked if _ASSET.fullmatch(asked) else None
    if path is not None and path.suffix in _TYPES and path.is_file():
        return path
    index = FOLDER / "index.html"
    return index if not asked.startswith("assets/") and index.is_file() else None


async def _to_app(_: web.Request) -> web.Response:
    return web.Response(status=301, headers={"Location": "/app/"})


async def _favicon(_: web.Request) -> web.Response:
    """Browsers ask for it on every page, the sign-in ones included."""
    return web.Response(status=301, headers={"Location": "/app/favicon.svg"})
