"""What other servers and strangers pull: documents, pages, files; all through the outside login."""

from collections.abc import AsyncIterator

from aiohttp import web
from aiohttp.typedefs import Handler

from fedi.auth.app import DATABASE, OUTSIDE, SETTINGS
from fedi.documents import (
    actors,
    answers,
    app_page,
    collections,
    media,
    nodeinfo,
    objects,
    pages,
    webfinger,
)
from fedi.documents.asking import LEDGER, LOOKUPS, Lookups, answering
from fedi.documents.ledger import Ledger


def add_routes(app: web.Application) -> None:
    """`app` must carry SETTINGS, OUTSIDE, SIGNERS and LINKS."""
    app[LEDGER] = Ledger(app[OUTSIDE])
    app[LOOKUPS] = Lookups(limited=app[SETTINGS].rate_limits)
    app.cleanup_ctx.append(_recording)
    _add_discovery(app)
    _add_documents(app)
    _add_pages(app)
    _add_files(app)
    app_page.add_routes(app)


async def _recording(app: web.Application) -> AsyncIterator[None]:
    app[LEDGER].start()
    yield
    await app[LEDGER].stop()


def _add_discovery(app: web.Application) -> None:
    app.router.add_get("/.well-known/webfinger", webfinger.webfinger)
    app.router.add_get("/.well-known/host-meta", webfinger.host_meta)
    app.router.add_get("/.well-known/host-meta.json", webfinger.host_meta_json)
    app.router.add_get("/.well-known/nodeinfo", nodeinfo.links)
    app.router.add_get("/nodeinfo/{version}", nodeinfo.nodeinfo)


def _add_documents(app: web.Application) -> None:
    app.router.add_get("/ap/actor", actors.instance_actor)
    actor, status = "/ap/actors/{token}", "/ap/objects/{token}"
    app.router.add_get(actor, _either(answering(actors.by_id), pages.actor_page))
    app.router.add_get(status, _either(answering(objects.by_id), pages.object_page))
    app.router.add_get(f"{status}/activity", answering(objects.activity))
    for owner in (actor, "/ap/actor"):
        app.router.add_get(f"{owner}/outbox", answering(collections.outbox))
        app.router.add_get(f"{owner}/followers", answering(collections.followers))
        app.router.add_get(f"{owner}/following", answering(collections.following))


def _add_pages(app: web.Application) -> None:
    app.router.add_get("/", pages.front)
    app.router.add_get("/@{name}", pages.profile)
    app.router.add_get("/@{name}/{id}", pages.post)
    app.router.add_get("/@{rest:.*}", pages.nowhere)
    app.router.add_get("/tags/{tag}", pages.tag)
    app.router.add_get("/authorize_interaction", pages.interact)
    app.router.add_get("/pages/style.css", pages.style)


def _add_files(app: web.Application) -> None:
    app.router.add_get("/media/public/{key}", media.public)
    app.router.add_get("/media/partner/{token}", media.partner)
    app.router.add_get("/media/missing/{name}", media.missing)
    if DATABASE not in app:
        app.router.add_get("/media/accounts/{id}/{kind}/{version}", media.portrait)


def _either(document: Handler, page: Handler) -> Handler:
    """One id, two readers: other servers get the document, browsers a page."""

    async def serve(request: web.Request) -> web.StreamResponse:
        if answers.wants_document(request, usually=True):
            return await document(request)
        return await page(request)

    return serve
