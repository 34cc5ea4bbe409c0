"""Attachments as clients see them: Mastodon's MediaAttachment."""

from typing import Any, TypedDict

from fedi.api.view import View
from fedi.media.links import Variant
from fedi.model.reach import Reach
from fedi.model.status import Release, Status
from fedi.store.media import Media
from fedi.store.renderings import Attachment


class MediaEntity(TypedDict):
    id: str
    type: str
    url: str | None
    preview_url: str | None
    remote_url: None
    meta: dict[str, Any]
    description: str | None
    blurhash: str | None


def render(view: View, media: Attachment | Media, status: Status | None) -> MediaEntity:
    """`status` None: uploaded, not yet posted.

    Never the address on the owner's server: clients would load it and show who reads here.
    """
    public = status is not None and everybodys(status) and not view.inside
    return {
        "id": str(media.id),
        "type": media.kind,
        "url": _url(view, media, "original", public=public),
        "preview_url": _url(view, media, "small", public=public),
        "remote_url": None,
        "meta": _meta(media),
        "description": media.description or None,
        "blurhash": media.blurhash,
    }


def everybodys(status: Status) -> bool:
    """Its files have plain addresses: anybody may read it, now and with any cache."""
    return (
        status.local
        and status.reach is Reach.PUBLIC
        and status.visibility.open
        and status.release is Release.RELEASED
    )


def _url(view: View, media: Attachment | Media, variant: Variant, *, public: bool) -> str:
    key = media.file if variant == "original" else media.small or media.file
    if public and key is not None:
        return view.links.public(key)
    return view.links.attachment(media.id, variant, view.viewer.id, now=view.now)


def _meta(media: Attachment | Media) -> dict[str, Any]:
    meta: dict[str, Any] = {}
    if media.width and media.height:
        meta["original"] = _extent(media.width, media.height)
    if media.small_width and media.small_height:
        meta["small"] = _extent(media.small_width, media.small_height)
    if media.focus_x is not None and media.focus_y is not None:
        meta["focus"] = {"x": media.focus_x, "y": media.focus_y}
    return meta


def _extent(width: int, height: int) -> dict[str, Any]:
    size, aspect = f"{width}x{height}", round(width / height, 6)
    return {"width": width, "height": height, "size": size, "aspect": aspect}
