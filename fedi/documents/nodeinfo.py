"""What software runs here, in every mode; not for whom, nor for how many.

Spec: federation.md D-9, L-5.
"""

import orjson
from aiohttp import web

from fedi.activitypub import render
from fedi.activitypub.render.discovery import NODEINFO_VERSIONS
from fedi.activitypub.vocab import Document
from fedi.auth.app import SETTINGS
from fedi.documents import answers

_SCHEMA = "http://nodeinfo.diaspora.software/ns/schema"


async def links(request: web.Request) -> web.Response:
    origin = request.app[SETTINGS].origin
    return _json(render.nodeinfo_links(origin, f"{origin}/ap/actor"), "application/json")


async def nodeinfo(request: web.Request) -> web.Response:
    version = request.match_info["version"]
    if version not in NODEINFO_VERSIONS:
        return answers.refusal(404)
    settings = request.app[SETTINGS]
    document = render.nodeinfo(version, open_registrations=settings.registration == "open")
    return _json(document, f'application/json; profile="{_SCHEMA}/{version}#"')


def _json(document: Document, content_type: str) -> web.Response:
    headers = {**answers.OPEN, "Content-Type": content_type, "Cache-Control": "public, max-age=60"}
    return web.Response(body=orjson.dumps(document), headers=headers)
