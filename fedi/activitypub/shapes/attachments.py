"""Media of a post as its author's server describes it.  Nothing is fetched here.

Spec: federation.md O-8, section 13
"""

import re
from dataclasses import dataclass, replace
from typing import Any

from fedi.activitypub.shapes.values import count, first_text, link, media_type, objects
from fedi.activitypub.vocab import Document, items, type_of

MAX_ATTACHMENTS = 16
_MAX_READ = 100
_MAX_DESCRIPTION = 10_000
_MAX_SIDE = 65_535
_MAX_COMPONENTS = 6

_TYPES = frozenset({"Audio", "Document", "Image", "Video"})
_MEDIA = ("image/", "video/", "audio/")
_BLURHASH = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz#$%*+,-.:;=?@[]^_{|}~"
_BLURHASH_FORM = re.compile(f"[{re.escape(_BLURHASH)}]{{6,100}}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Attachment:
    kind: str  # image, video, audio, unknown
    media_type: str | None
    url: str
    description: str  # at most 10 000 characters, plain text
    blurhash: str | None
    focus: tuple[float, float] | None  # x and y in [-1, 1]
    width: int | None
    height: int | None
    preview: str | None


def read_attachments(document: Document) -> list[Attachment]:
    """At most 16.  A `Link` is a card hint, not media; a bare `image` counts when alone."""
    found = [read_attachment(item) for item in objects(document.get("attachment"), _MAX_READ)]
    if not any(found):
        found = [_picture(item) for item in items(document.get("image"))[:_MAX_READ]]
    return [attachment for attachment in found if attachment][:MAX_ATTACHMENTS]


def read_attachment(item: Document) -> Attachment | None:
    kind = type_of(item, _TYPES)
    url, linked_type = link(item.get("url") or item.get("href"), *_MEDIA)
    if kind is None or url is None:
        return None
    media = media_type(item.get("mediaType")) or linked_type
    return Attachment(
        kind=_kind(kind, media),
        media_type=media,
        url=url,
        description=first_text(_MAX_DESCRIPTION, item.get("summary"), item.get("name")),
        blurhash=blurhash(item.get("blurhash")),
        focus=_focus(item.get("focalPoint")),
        width=_side(item.get("width")),
        height=_side(item.get("height")),
        preview=link(item.get("icon"), "image/")[0],
    )


def thumbnail(document: Document) -> Attachment | None:
    """The widest `icon` of a converted video or sound (G-3)."""
    found = [picture for picture in map(_picture, items(document.get("icon"))[:10]) if picture]
    return max(found, key=lambda picture: picture.width or 0, default=None)


def blurhash(value: object) -> str | None:
    """O-8: the string if its letters are right and it has at most 6x6 components."""
    if not isinstance(value, str) or not _BLURHASH_FORM.fullmatch(value):
        return None
    rows, columns = divmod(_BLURHASH.index(value[0]), 9)
    return value if rows < _MAX_COMPONENTS and columns < _MAX_COMPONENTS else None


def _picture(value: Any) -> Attachment | None:
    item = value if isinstance(value, dict) else {"url": value}
    found = read_attachment({**item, "type": "Image"})
    return replace(found, preview=None) if found else None


def _kind(kind: str, media: str | None) -> str:
    if media and media.startswith(_MEDIA):
        return media.partition("/")[0]
    return "unknown" if kind == "Document" else kind.lower()


def _focus(value: object) -> tuple[float, float] | None:
    if not isinstance(value, list) or len(value) != 2:  # noqa: PLR2004 - x and y
        return None
    if not all(isinstance(part, int | float) and -1 <= part <= 1 for part in value):
        return None
    return float(value[0]), float(value[1])


def _side(value: object) -> int | None:
    """A zero or absurd extent is worse than none: naive renderers divide by it."""
    side = count(value)
    return side if side and side <= _MAX_SIDE else None
