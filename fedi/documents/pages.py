"""Pages for people without an account: what is public, in plain HTML without scripts.

Hidden and absent give the same page, byte for byte; FEDI_PUBLIC_PAGES=off and `closed` give it for
everything.
Spec: product.md "Nothing else leaks", "Peers and policy"; security.md section 5.
"""

import re
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import quote

from aiohttp import web
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from fedi.activitypub.render import Post
from fedi.auth.app import LINKS, OUTSIDE, SETTINGS
from fedi.config import Settings
from fedi.documents import actors, answers, objects
from fedi.documents.asking import answering
from fedi.model.account import Account, Kind
from fedi.model.peer import Mode
from fedi.model.reach import Reach
from fedi.store import Conn, outside, outside_pages
from fedi.store.outside import Site
from fedi.text import sanitise

PAGE = 20
SUMMARY = 200  # characters of a post in a link preview
_HERE = Path(__file__).parent / "templates"
_STYLE = (_HERE / "style.css").read_text(encoding="utf-8")
_TAG = re.compile(r"[\w\u00b7\u30fb\u200c]{1,100}")
_TEMPLATES = Environment(
    loader=FileSystemLoader(_HERE),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_TEMPLATES.filters["safe_html"] = lambda html: Markup(sanitise.clean(html))  # noqa: S704 - cleaned here
_TEMPLATES.filters["plain"] = sanitise.plain

_actor = answering(actors.by_name)
_object = answering(objects.by_page)


async def front(request: web.Request) -> web.Response:
    """What this server is, in every mode; of whom it is full it says nothing."""
    async with request.app[OUTSIDE].reading() as conn:
        title = await outside.setting(conn, "title")
        description = await outside.setting(conn, "description")
    settings = request.app[SETTINGS]
    return _page(settings, "front.html", title=title or settings.domain, text=description or "")


async def profile(request: web.Request) -> web.StreamResponse:
    """A person's or company's public posts; the actor for who asks for a document."""
    if answers.wants_document(request, usually=False):
        return await _actor(request)
    settings = request.app[SETTINGS]
    async with request.app[OUTSIDE].reading() as conn:
        account = await actors.account_named(conn, request.match_info["name"])
        if account is None or not _has_page(account) or not await _open(settings, conn):
            return not_found(settings)
        before = _before(request)
        posts = await outside_pages.public_posts(
            conn, _site(settings), account.id, before=before, limit=PAGE
        )
    return _page(
        settings,
        "profile.html",
        account=account,
        avatar=request.app[LINKS].portrait(account, "avatar"),
        posts=posts,
        authors={account.uri: account},
        older=_older(posts),
    )


async def post(request: web.Request) -> web.StreamResponse:
    if answers.wants_document(request, usually=False):
        return await _object(request)
    settings = request.app[SETTINGS]
    async with request.app[OUTSIDE].reading() as conn:
        found = await objects.named(conn, _site(settings), request.match_info)
        if found is None or not _is_public(found) or not await _open(settings, conn):
            return not_found(settings)
        authors = await outside_pages.accounts(conn, [found.author_uri])
    author = authors[found.author_uri]
    avatar = request.app[LINKS].portrait(author, "avatar")
    return _page(
        settings,
        "post.html",
        post=found,
        authors=authors,
        account=author,
        avatar=avatar,
        summary=_summary(found),
        preview=_preview(found) or avatar,
    )


async def tag(request: web.Request) -> web.Response:
    """A hashtag that nobody used in public looks like one that nobody used at all."""
    settings, name = request.app[SETTINGS], request.match_info["tag"].lower()
    if not _TAG.fullmatch(name):
        return not_found(settings)
    async with request.app[OUTSIDE].reading() as conn:
        posts = await outside_pages.tagged_posts(
            conn, _site(settings), name, before=_before(request), limit=PAGE
        )
        if not posts or not await _open(settings, conn):
            return not_found(settings)
        authors = await outside_pages.accounts(conn, [one.author_uri for one in posts])
    return _page(settings, "tag.html", tag=name, posts=posts, authors=authors, older=_older(posts))


async def object_page(request: web.Request) -> web.StreamResponse:
    """An object's id in a browser: on to its page, if it has one for everybody."""
    settings = request.app[SETTINGS]
    token = request.match_info["token"]
    async with request.app[OUTSIDE].reading() as conn:
        uri = f"{settings.origin}/ap/objects/{token}"
        known = actors.TOKEN.fullmatch(token)
        found = await outside.post_by_uri(conn, _site(settings), uri) if known else None
        if found is None or not _is_public(found) or not await _open(settings, conn):
            return not_found(settings)
    return _to(found.status.url or uri)


async def actor_page(request: web.Request) -> web.StreamResponse:
    settings = request.app[SETTINGS]
    token = request.match_info["token"]
    async with request.app[OUTSIDE].reading() as conn:
        uri = f"{settings.origin}/ap/actors/{token}"
        known = actors.TOKEN.fullmatch(token)
        account = await outside.account_by_uri(conn, uri) if known else None
        if account is None or not _has_page(account) or not await _open(settings, conn):
            return not_found(settings)
    return _to(account.url or f"{settings.origin}/@{account.username}")


async def interact(request: web.Request) -> web.Response:
    """Where other servers send their people to follow or answer here: the web client knows."""
    uri = request.query.get("uri", "")[:2048]
    return web.Response(status=302, headers={"Location": f"/app/?uri={quote(uri, safe='')}"})


async def style(_: web.Request) -> web.Response:
    headers = {"Cache-Control": "public, max-age=3600", "X-Content-Type-Options": "nosniff"}
    return web.Response(text=_STYLE, content_type="text/css", headers=headers)


async def nowhere(request: web.Request) -> web.Response:
    return not_found(request.app[SETTINGS])


def not_found(settings: Settings) -> web.Response:
    return _page(settings, "absent.html", status=404)


async def _open(settings: Settings, conn: Conn) -> bool:
    closed = (await outside.directory(conn)).mode is Mode.CLOSED
    return settings.public_pages and not closed


def _has_page(account: Account) -> bool:
    return (
        account.max_reach is Reach.PUBLIC
        and account.suspended_at is None
        and account.kind is not Kind.SERVICE
    )


def _is_public(found: Post) -> bool:
    status = found.status
    return found.boost_of is None and status.reach is Reach.PUBLIC and status.visibility.open


def _summary(found: Post) -> str:
    """What link previews show: of a post behind a warning, the warning."""
    text = found.status.spoiler_text or " ".join(sanitise.plain(found.content).split())
    return text if len(text) <= SUMMARY else f"{text[: SUMMARY - 1]}…"


def _preview(found: Post) -> str | None:
    if found.status.sensitive or found.status.spoiler_text or not found.attachments:
        return None
    return found.attachments[0].url


def _before(request: web.Request) -> int | None:
    text = request.query.get("before", "")
    if not objects.NUMBER.fullmatch(text):
        return None
    return min(int(text), objects.MAX_ID)


def _older(posts: Sequence[Post]) -> int | None:
    return posts[-1].status.id if len(posts) == PAGE else None


def _site(settings: Settings) -> Site:
    return Site(settings.origin, settings.domain)


def _to(url: str) -> web.Response:
    headers = {"Location": url, "Vary": "Accept, Signature", "Cache-Control": "no-store"}
    return web.Response(status=302, headers=headers)


def _page(
    settings: Settings, template: str, *, status: int = 200, **values: object
) -> web.Response:
    html = _TEMPLATES.get_template(template).render(settings=settings, **values)
    media = f" {settings.media_url}" if settings.media_url else ""
    policy = (
        f"default-src 'none'; style-src 'self'; img-src 'self'{media}; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
    return answers.page(html, policy, status=status)
