"""Put the server together: which doors stand open in which process role."""

from collections.abc import Sequence
from dataclasses import dataclass

from aiohttp import web

from fedi.api import media, streaming
from fedi.api.cors import cors
from fedi.api.dispatch import add_routes
from fedi.api.errors import say_errors
from fedi.api.registry import ROUTES
from fedi.api.streaming import STREAMS, Streams
from fedi.auth.app import CLIENT, DATABASE, LINKS, OUTSIDE, SETTINGS, SIGNERS, WORKERS
from fedi.auth.signer import Signers
from fedi.config import Settings
from fedi.documents import add_routes as add_documents
from fedi.documents import app_page, health
from fedi.inbox.intake import Intake
from fedi.inbox.receive import INTAKE
from fedi.inbox.receive import add_routes as add_inbox
from fedi.login import add_routes as add_login
from fedi.media.links import Links
from fedi.media.workers import Pool
from fedi.net import Client
from fedi.store import Database

MAX_REQUEST = 64 << 20  # bytes; each reader has its own, smaller limit
OUTSIDE_ROLES = ("all", "outside")
INSIDE_ROLES = ("all", "inside")


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """What one process is made of.  `db` None: it holds the outside login only."""

    settings: Settings
    role: str
    db: Database | None
    outside: Database
    client: Client
    links: Links
    pictures: Pool
    signers: Signers
    intake: Intake
    streams: Streams | None


def make_app(parts: Parts) -> web.Application:
    app = web.Application(middlewares=[cors, say_errors], client_max_size=MAX_REQUEST)
    _carry(app, parts)
    health.add_routes(app)
    if parts.role in INSIDE_ROLES:
        add_routes(app, ROUTES)
        add_login(app)
        streaming.add_routes(app)
        media.add_routes(app)
    if parts.role in OUTSIDE_ROLES:
        add_inbox(app)
        add_documents(app)
    elif parts.role in INSIDE_ROLES:
        app_page.add_routes(app)
    return app


def routes() -> Sequence[tuple[str, str, str]]:
    """(method, path, scope) of the client API, for `fedi routes`."""
    return [(route.method, route.path, route.scope) for route in ROUTES]


def _carry(app: web.Application, parts: Parts) -> None:
    app[SETTINGS] = parts.settings
    app[OUTSIDE] = parts.outside
    app[CLIENT] = parts.client
    app[SIGNERS] = parts.signers
    app[INTAKE] = parts.intake
    app[LINKS] = parts.links
    app[WORKERS] = parts.pictures
    if parts.db is not None:
        app[DATABASE] = parts.db
    if parts.streams is not None:
        app[STREAMS] = parts.streams
