"""Articles, pages, videos, events and the like, shown as posts.

Spec: federation.md G-3, O-4
"""

import html

from fedi.activitypub.shapes.values import first_text, link, text
from fedi.activitypub.vocab import Document

_MAX_TITLE = 2000
_MAX_BODY = 20_000


def title_of(document: Document) -> str:
    """Plain text.  WordPress escapes names as if they were HTML, so entities are decoded once."""
    return html.unescape(text(document.get("name"), _MAX_TITLE)).strip()


def body_of(document: Document, content: str) -> str:
    """HTML, not sanitised: title, what is said of it, and the way to the original."""
    title = title_of(document)
    url, _ = link(document.get("url"), "text/html")
    shown = html.escape(url) if url else ""
    parts = [
        f"<h2>{html.escape(title)}</h2>" if title else "",
        _when_and_where(document),
        _said(document, content),
        f'<p><a href="{shown}">{shown}</a></p>' if url else "",
    ]
    return "".join(parts)


def _said(document: Document, content: str) -> str:
    """FEP-b2b8: a `preview` note was written for us; else the teaser, else the text itself."""
    preview = document.get("preview")
    previewed = preview.get("content") if isinstance(preview, dict) else None
    return first_text(_MAX_BODY, previewed, document.get("summary"), content)


def _when_and_where(document: Document) -> str:
    place = document.get("location")
    times = [text(document.get(name), 40) for name in ("startTime", "endTime")]
    where = text(place.get("name"), _MAX_TITLE) if isinstance(place, dict) else ""
    said = ", ".join(filter(None, [" – ".join(filter(None, times)), where]))
    return f"<p>{html.escape(said)}</p>" if said else ""
