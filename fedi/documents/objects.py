"""Posts and boosts of ours, by their ids.

Spec: federation.md section 8, W-4, X-1; L-4.
"""

import re
from collections.abc import Mapping, Sequence

from fedi.activitypub import render
from fedi.activitypub.render import Post
from fedi.activitypub.vocab import Document
from fedi.documents.actors import TOKEN, USERNAME
from fedi.documents.asking import GONE, Asking, Offer
from fedi.model.status import Status
from fedi.policy import fetch
from fedi.store import Conn, outside, outside_pages
from fedi.store.outside import Site

NUMBER = re.compile(r"[0-9]{1,19}")
MAX_ID = 2**63 - 1


async def by_id(asking: Asking, conn: Conn) -> Offer | None:
    """The Note; for a boost the Announce, which is what its id names."""
    post = await _post(asking, conn)
    if post is None:
        gone = await _tombstone(asking, conn)
        return Offer(GONE, None) if gone else None
    return await offer(asking, conn, post)


async def activity(asking: Asking, conn: Conn) -> Offer | None:
    """The Create that brought it."""
    post = await _post(asking, conn)
    if post is None or post.boost_of is not None:
        return None
    return await _offered(asking, conn, post, render.create(post))


async def by_page(asking: Asking, conn: Conn) -> Offer | None:
    """The page of a post, asked for as a document."""
    post = await named(conn, asking.site, asking.request.match_info)
    return await offer(asking, conn, post) if post else None


async def named(conn: Conn, site: Site, path: Mapping[str, str]) -> Post | None:
    """The post behind `/@name/id`."""
    name, number = path["name"], path["id"]
    if not USERNAME.fullmatch(name) or not NUMBER.fullmatch(number) or int(number) > MAX_ID:
        return None
    return await outside_pages.named_post(conn, site, name, int(number))


async def offer(asking: Asking, conn: Conn, post: Post) -> Offer | None:
    if post.boost_of is None:
        return await _offered(asking, conn, post, render.with_context(render.note(post)))
    announced = await activities(conn, [post])
    return await _offered(asking, conn, post, announced[0]) if announced else None


async def activities(conn: Conn, posts: Sequence[Post]) -> list[Document]:
    """What brought each of them: Create, or Announce; a boost of what cannot be named is left."""
    boosts = [post.status.id for post in posts if post.boost_of is not None]
    repeated = await outside_pages.boosted(conn, boosts) if boosts else {}
    made = []
    for post in posts:
        if post.boost_of is None:
            made.append(render.create(post))
        elif post.status.id in repeated:
            made.append(_announce(post, *repeated[post.status.id]))
    return made


def _announce(post: Post, target: str, author: str) -> Document:
    return render.announce(
        post.status.uri,
        actor=post.author_uri,
        followers=post.followers_uri,
        target=target,
        author=author,
        published=post.status.created_at,
        reach=post.status.reach,
        visibility=post.status.visibility,
    )


async def _post(asking: Asking, conn: Conn) -> Post | None:
    token = asking.request.match_info["token"]
    if not TOKEN.fullmatch(token):
        return None
    return await outside.post_by_uri(conn, asking.site, f"{asking.site.origin}/ap/objects/{token}")


async def _offered(asking: Asking, conn: Conn, post: Post, body: Document) -> Offer:
    return Offer(await _terms(asking, conn, post.status), body, [post.status.uri])


async def _terms(asking: Asking, conn: Conn, status: Status) -> fetch.Document:
    addressed = False
    if asking.by is not None:
        addressed = asking.by.host in await outside.addressed_hosts(conn, status)
    domains = status.reach_domains
    return fetch.Document(
        account_id=status.author_id,
        reach=status.reach,
        reach_domains=None if domains is None else tuple(domains),
        visibility=status.visibility,
        addressed=addressed,
    )


async def _tombstone(asking: Asking, conn: Conn) -> bool:
    return (
        TOKEN.fullmatch(asking.request.match_info["token"]) is not None
        and await outside.tombstone(conn, asking.uri) is not None
    )
