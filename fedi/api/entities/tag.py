"""Hashtags: Mastodon's Tag."""

from hashlib import blake2b
from typing import Any, NotRequired, TypedDict

from fedi.api.view import View


class TagEntity(TypedDict):
    id: str
    name: str
    url: str
    history: list[dict[str, Any]]
    following: NotRequired[bool]


def render(view: View, name: str) -> TagEntity:
    """Its id is made of its name: tags have no row.  `history` counts nothing yet: no days."""
    entity: TagEntity = {
        "id": _id(name.lower()),
        "name": name,
        "url": f"{view.settings.origin}/tags/{name.lower()}",
        "history": [],
    }
    if view.inside:
        entity["following"] = False
    return entity


def _id(name: str) -> str:
    """Stays below 2^53: some clients keep ids as floats."""
    return str(int.from_bytes(blake2b(name.encode(), digest_size=6).digest()))
