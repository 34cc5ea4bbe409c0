"""Who a post is addressed to: `to` and `cc` from reach and visibility, and back again.

Spec: federation.md section 8, W-1, W-2, O-5, X-1, L-8; product.md "Reach"
"""

from collections.abc import Collection, Iterable

from fedi.activitypub.vocab import PUBLIC
from fedi.errors import Forbidden
from fedi.model.reach import Reach, Visibility

Audience = tuple[list[str], list[str]]


def audience(
    reach: Reach, visibility: Visibility, followers_uri: str, mention_uris: Iterable[str]
) -> Audience:
    """(`to`, `cc`) of a post that leaves; `mention_uris` are people outside only (W-4).

    Forbidden for an internal post: the doors refuse it long before, and this is the last line.
    """
    if reach is Reach.INTERNAL:
        raise Forbidden("An internal post is never written down for the outside")
    mentions = list(dict.fromkeys(mention_uris))
    if reach is Reach.PARTNERS and visibility.open:
        visibility = Visibility.PRIVATE  # partners never means Public, whatever the menu said
    match visibility:
        case Visibility.PUBLIC:
            return [PUBLIC], [followers_uri, *mentions]
        case Visibility.UNLISTED:
            return [followers_uri], [PUBLIC, *mentions]
        case Visibility.PRIVATE:
            return [followers_uri], mentions
        case Visibility.DIRECT:
            return mentions, []


def visibility_of(
    to: Collection[str], cc: Collection[str], followers_uri: str | None
) -> Visibility:
    """W-1: what a received post means; `followers_uri` is its author's, compared byte for byte.

    Collections that we do not know grant nothing, so they fall through to direct.  "Limited"
    (addressed, not mentioned) is direct too: clients know no fifth value.
    """
    if PUBLIC in to:
        return Visibility.PUBLIC
    if PUBLIC in cc:
        return Visibility.UNLISTED
    if followers_uri and (followers_uri in to or followers_uri in cc):
        return Visibility.PRIVATE
    return Visibility.DIRECT


def reach_of(visibility: Visibility, host: str) -> tuple[Reach, list[str] | None]:
    """(reach, reach_domains) of a post received from `host`: never wider than it was sent."""
    if visibility.open:
        return Reach.PUBLIC, None
    return Reach.PARTNERS, [host]


def reaches_followers(to: Collection[str], cc: Collection[str], followers_uri: str) -> bool:
    """X-1: whether the author's followers are among the recipients."""
    return followers_uri in to or followers_uri in cc


def addressed_actors(
    to: Iterable[str], cc: Iterable[str], followers_uri: str | None = None
) -> list[str]:
    """X-1: the ids addressed by name, each once: neither Public nor the author's followers."""
    return [uri for uri in dict.fromkeys([*to, *cc]) if uri not in (PUBLIC, followers_uri)]
