"""What every door finds on the application: settings, the two databases, the network."""

from aiohttp import web

from fedi.auth.signer import Signers
from fedi.config import Settings
from fedi.media.links import Links
from fedi.media.workers import Pool
from fedi.net import Client
from fedi.store import Database

SETTINGS: web.AppKey[Settings] = web.AppKey("settings", Settings)
DATABASE: web.AppKey[Database] = web.AppKey("database", Database)  # absent in role outside
OUTSIDE: web.AppKey[Database] = web.AppKey("outside", Database)  # the restricted login
CLIENT: web.AppKey[Client] = web.AppKey("client", Client)
LINKS: web.AppKey[Links] = web.AppKey("links", Links)  # whose secret is loaded once, at start
WORKERS: web.AppKey[Pool] = web.AppKey("workers", Pool)  # decode pictures
SIGNERS: web.AppKey[Signers] = web.AppKey("signers", Signers)  # who signed a GET
