"""Tell what a file is by its first bytes, never by its name or by what the sender says.

Spec: security.md section 5: an allow-list, so SVG, HTML, XML and PDF are nothing we know.
"""

HEAD = 64  # bytes that `sniff` wants to see

_STARTS = {
    b"\xff\xd8\xff": "image/jpeg",
    b"\x89PNG\r\n\x1a\n": "image/png",
    b"GIF87a": "image/gif",
    b"GIF89a": "image/gif",
}
_AVIF_BRANDS = (b"avif", b"avis")


def sniff(head: bytes) -> str | None:
    """The media type of a picture we can handle, from its first `HEAD` bytes; None for all else.

    >>> sniff(b"GIF89a..."), sniff(b"<svg xmlns='http://www.w3.org/2000/svg'>")
    ('image/gif', None)
    """
    for start, media_type in _STARTS.items():
        if head.startswith(start):
            return media_type
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "image/webp"
    return "image/avif" if _is_avif(head) else None


def _is_avif(head: bytes) -> bool:
    """ISO base media file whose `ftyp` box names AVIF as its brand or as a compatible one."""
    if head[4:8] != b"ftyp":
        return False
    brands = head[8 : min(int.from_bytes(head[:4]), HEAD)]
    return any(brands[at : at + 4] in _AVIF_BRANDS for at in (0, *range(8, len(brands), 4)))
