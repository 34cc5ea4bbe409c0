"""Outboxes and follow lists.

Spec: federation.md K-1, K-2, K-7
"""

from collections.abc import Sequence

from fedi.activitypub.render.notes import with_context
from fedi.activitypub.vocab import Document


def collection(uri: str, total: int, *, first: str | None = None) -> Document:
    """`total` counts only what the requester may see.  Without `first` the list is hidden."""
    body: Document = {"id": uri, "type": "OrderedCollection", "totalItems": total}
    return with_context(body | ({"first": first} if first else {}))


def page(
    uri: str,
    *,
    part_of: str,
    items: Sequence[str | Document],
    next_page: str | None = None,
    prev_page: str | None = None,
) -> Document:
    """One page, at most 20 items by custom; an item's own `@context` is dropped."""
    bare = [
        {name: value for name, value in item.items() if name != "@context"}
        if isinstance(item, dict)
        else item
        for item in items
    ]
    body: Document = {
        "id": uri,
        "type": "OrderedCollectionPage",
        "partOf": part_of,
        "orderedItems": bare,
    }
    links = {"next": next_page, "prev": prev_page}
    return with_context(body | {name: value for name, value in links.items() if value})
