"""The pictures of accounts that have none.  Drawn once per process, the same bytes every time."""

from functools import cache
from io import BytesIO

from PIL import Image, ImageDraw

AVATAR_EXTENT = 400
HEADER_SIZE = (1500, 500)
_SMOOTH = 4  # drawn larger and scaled down: Pillow draws jagged edges
_DUSK, _DAWN, _PAPER = (88, 101, 148), (148, 165, 200), (236, 240, 248)


@cache
def missing_avatar() -> bytes:
    """A PNG of 400x400: head and shoulders."""
    extent = AVATAR_EXTENT * _SMOOTH
    picture = _fade((extent, extent))
    draw = ImageDraw.Draw(picture)
    middle, head = extent / 2, extent * 0.17
    draw.ellipse(_around(middle, extent * 0.38, head, head), fill=_PAPER)
    draw.ellipse(_around(middle, extent * 0.98, extent * 0.34, extent * 0.38), fill=_PAPER)
    return _png(picture.resize((AVATAR_EXTENT, AVATAR_EXTENT), Image.Resampling.LANCZOS))


@cache
def missing_header() -> bytes:
    """A PNG of 1500x500: an empty sky."""
    return _png(_fade(HEADER_SIZE))


def _fade(size: tuple[int, int]) -> Image.Image:
    down = Image.linear_gradient("L").resize(size)
    return Image.composite(Image.new("RGB", size, _DAWN), Image.new("RGB", size, _DUSK), down)


def _around(x: float, y: float, wide: float, high: float) -> tuple[float, float, float, float]:
    return x - wide, y - high, x + wide, y + high


def _png(picture: Image.Image) -> bytes:
    out = BytesIO()
    picture.save(out, "PNG", optimize=True)
    return out.getvalue()
