"""Single values of a stranger's document: text, numbers, web addresses.

Spec: federation.md O-4, O-8, O-14, section 13; security.md section 4
"""

import re
from typing import Any

from fedi.activitypub.vocab import Document, items, parts_of

MAX_COUNT = 1_000_000_000  # what a client can show; a million times that is somebody joking

_UNSTORABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
_AMPERSAND = re.compile(r"&(?:amp|#0*38|#[xX]0*26);")


def text(value: object, limit: int) -> str:
    """A string or `{"@value": …}`, at most `limit` characters, without what cannot be stored."""
    if isinstance(value, dict):
        value = value.get("@value")
    if not isinstance(value, str):
        return ""
    return _UNSTORABLE.sub("", value[:limit])


def first_text(limit: int, *values: object) -> str:
    return next(filter(None, (text(value, limit) for value in values)), "")


def count(value: object) -> int | None:
    """A whole number, not negative, capped at a thousand million."""
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        return None
    return min(value, MAX_COUNT)


def web_url(value: object) -> str | None:
    """The string itself if it is an https URL of a named host, else None.

    Plain http only for the names that exist on no network (RFC 6761), where development runs.
    """
    parts = parts_of(value)
    if parts is None or not isinstance(value, str):
        return None
    return value if parts.scheme == "https" or _is_development(parts.name) else None


def escaped_url(value: object) -> str | None:
    """`web_url` with `&amp;` decoded once: WordPress escapes addresses as if they were HTML."""
    return web_url(_AMPERSAND.sub("&", value)) if isinstance(value, str) else None


def link(value: object, *prefer: str) -> tuple[str | None, str | None]:
    """(href, mediaType) of a URL, a Link or a list of them (O-8, O-14).

    Of a list, the first whose media type starts with one of `prefer`, else the first usable one.
    """
    found = [pair for pair in map(_link, items(value)[:50]) if pair[0]]
    for start in prefer:
        for href, media_type in found:
            if media_type and media_type.startswith(start):
                return href, media_type
    return found[0] if found else (None, None)


def objects(value: object, most: int) -> list[Document]:
    """The objects among one or many; what is not an object is skipped, one by one."""
    return [item for item in items(value)[:most] if isinstance(item, dict)]


def media_type(value: object) -> str | None:
    """`image/png` of `Image/PNG; q=1`."""
    name = text(value, 100).partition(";")[0].strip().lower()
    return name if re.fullmatch(r"[a-z0-9.+-]+/[a-z0-9.+-]+", name) else None


def _link(value: Any) -> tuple[str | None, str | None]:
    if not isinstance(value, dict):
        return escaped_url(value), None
    href = value.get("href") or value.get("url")
    return escaped_url(href), media_type(value.get("mediaType"))


def _is_development(name: str) -> bool:
    return name == "localhost" or name.endswith((".localhost", ".test"))
