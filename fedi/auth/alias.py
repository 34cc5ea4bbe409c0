"""Under which address a server in development is seen.

Not every resolver knows `*.localhost`, so there the API also answers as `localhost:PORT` and
`127.0.0.1:PORT`, and names itself as it was called.  What is stored never does.
"""

from dataclasses import replace

from aiohttp import web

from fedi.config import Settings


def seen_at(request: web.Request, settings: Settings) -> Settings:
    """`settings` with the origin that this client can reach."""
    name, _, port = settings.host.partition(":")
    if not name.endswith(".localhost") or request.host not in (
        f"localhost:{port}",
        f"127.0.0.1:{port}",
    ):
        return settings
    return replace(settings, origin=f"http://{request.host}")
