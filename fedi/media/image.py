"""Make a picture from anywhere fit to show: upright, bounded, and with nothing in it but pixels.

Run it through fedi.media.workers: decoders have had holes, and a worker has little to lose.
Spec: security.md section 5; federation.md section 13 (limits).
"""

import warnings
from contextlib import suppress
from dataclasses import dataclass
from io import BytesIO
from typing import Any, Literal

from blurhash_rs import blurhash_encode
from PIL import Image, ImageCms, ImageFile, ImageOps, ImageSequence, UnidentifiedImageError

from fedi import errors
from fedi.media import probe

Kind = Literal["attachment", "avatar", "header"]

MAX_BYTES = 16 * 1024 * 1024
MAX_PIXELS = 33_177_600  # decoded; 7680x4320, as in Mastodon
LONGEST = 10_000  # a side; encoders stop at 16,383
STORED_PIXELS = 3840 * 2160
SMALL_PIXELS = 640 * 360
ANIMATION_PIXELS = 1280 * 720  # of one frame
ANIMATION_FRAMES = 1_000
ANIMATION_TOTAL = 40_000_000  # of all frames: what a worker encodes within its time
_CROPS = {"avatar": (400, 400), "header": (1500, 500)}
_BLURHASH_EXTENT, _BLURHASH_PARTS = 64, (4, 3)
_QUALITY = 85
_FORMATS = {
    "image/jpeg": "JPEG",
    "image/png": "PNG",
    "image/gif": "GIF",
    "image/webp": "WEBP",
    "image/avif": "AVIF",
}
_TYPES = {name: media_type for media_type, name in _FORMATS.items()}
_SAVE: dict[str, dict[str, Any]] = {
    "JPEG": {"quality": _QUALITY, "progressive": True},
    "PNG": {},
    "WEBP": {"quality": _QUALITY, "method": 2},
}
# Each frame is whole, so the one before must be wiped where the next is transparent.
_ANIMATED: dict[str, dict[str, Any]] = {
    "GIF": {"disposal": 2, "optimize": False},
    "PNG": {},
    "WEBP": {"quality": _QUALITY, "method": 0},
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """A picture ready to store, and a small one for timelines.  Extents in pixels, upright."""

    data: bytes
    content_type: str
    width: int
    height: int
    small: bytes
    small_type: str
    small_width: int
    small_height: int
    blurhash: str
    animated: bool


def prepare(data: bytes, kind: Kind = "attachment") -> Prepared:
    """Decode, turn upright, bound and encode anew: EXIF, GPS, XMP, comments and profiles are gone.

    attachment  at most 8.3 Mpx, its format kept (AVIF becomes WebP, a still GIF PNG); animations
                stay if they are within the caps above, else their first frame is taken
    avatar      400x400 cut from the middle, still
    header      1500x500 cut from the middle, still
    raises      Invalid, with a sentence to show, for anything that is no whole picture
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # our own cap is lower than the one it warns about
            return _prepare(data, kind)
    except errors.FediError:
        raise
    except Image.DecompressionBombError:
        raise _unreadable("it has too many pixels") from None
    except UnidentifiedImageError:
        raise _unreadable("it is damaged or not a picture") from None
    except MemoryError:
        raise _unreadable("it needs too much memory") from None
    except Exception:  # decoders raise nearly anything for hostile bytes
        raise _unreadable("it is damaged or incomplete") from None


def _unreadable(why: str) -> errors.Invalid:
    return errors.Invalid(f"This picture cannot be read: {why}")


def _prepare(data: bytes, kind: Kind) -> Prepared:
    picture = _open(data)
    frames = getattr(picture, "n_frames", 1)
    if (
        kind == "attachment"
        and picture.format in ("GIF", "PNG", "WEBP")
        and _moves(picture, frames)
    ):
        return _animation(picture)
    crop = _CROPS.get(kind)
    # A JPEG can be decoded at a fraction of its size, several times faster.
    if picture.format == "JPEG" and crop:
        picture.draft("RGB", (crop[0] * 2, crop[1] * 2))
    still = _bare(picture)
    still = ImageOps.fit(still, crop) if crop else _within(still, STORED_PIXELS)
    return _done(*_encode(still, _still_format(picture.format, still)), still, animated=False)


def _open(data: bytes) -> ImageFile.ImageFile:
    """Read the header only, and look at the claimed extents before anything is decoded."""
    if len(data) > MAX_BYTES:
        raise _unreadable(f"it is larger than {MAX_BYTES // 1024**2} MB")
    media_type = probe.sniff(data[: probe.HEAD])
    if media_type is None:
        raise _unreadable("only JPEG, PNG, GIF, WebP and AVIF are accepted")
    picture = Image.open(BytesIO(data), formats=[_FORMATS[media_type]])
    if picture.width * picture.height > MAX_PIXELS:
        raise _unreadable("it has too many pixels")
    if not picture.width or not picture.height:
        raise _unreadable("it is empty")
    return picture


def _moves(picture: ImageFile.ImageFile, frames: int) -> bool:
    pixels = picture.width * picture.height
    return (
        1 < frames <= ANIMATION_FRAMES
        and pixels <= ANIMATION_PIXELS
        and pixels * frames <= ANIMATION_TOTAL
    )


def _bare(picture: Image.Image) -> Image.Image:
    """Upright RGB or RGBA pixels in sRGB, without the `info` that encoders would write back."""
    profile = picture.info.get("icc_profile")
    picture.load()
    with suppress(Exception):  # a broken EXIF block is no reason to lose the picture
        picture = ImageOps.exif_transpose(picture)
    pixels = _eight_bits(picture)
    if profile:
        with suppress(Exception):  # nor is a broken colour profile
            pixels = _in_srgb(pixels, profile)
    mode = "RGBA" if _has_alpha(pixels) else "RGB"
    pixels = pixels.convert(mode) if pixels.mode != mode else pixels.copy()
    pixels.info = {}
    return pixels


def _eight_bits(picture: Image.Image) -> Image.Image:
    """16-bit grey, which Pillow would clip to white, as 8-bit grey."""
    if not picture.mode.startswith("I"):
        return picture
    return picture.convert("I").point(lambda value: value / 257).convert("L")


def _in_srgb(picture: Image.Image, profile: bytes) -> Image.Image:
    """Phones photograph in wider colour spaces; without the profile they would look dull."""
    if picture.mode not in ("RGB", "RGBA", "CMYK", "L"):
        return picture
    source = ImageCms.ImageCmsProfile(BytesIO(profile))
    mode = "RGBA" if picture.mode == "RGBA" else "RGB"
    turned = ImageCms.profileToProfile(
        picture, source, ImageCms.createProfile("sRGB"), outputMode=mode
    )
    return turned or picture


def _has_alpha(picture: Image.Image) -> bool:
    if not picture.has_transparency_data:
        return False
    alpha = picture.convert("RGBA").getchannel("A")
    return alpha.getextrema() != (255, 255)


def _within(picture: Image.Image, area: int) -> Image.Image:
    """Scaled down to at most `area` pixels and LONGEST a side; extents at least 1."""
    width, height = picture.size
    scale = min((area / (width * height)) ** 0.5, LONGEST / max(width, height))
    if scale >= 1:
        return picture
    size = max(1, int(width * scale)), max(1, int(height * scale))
    return picture.resize(size, Image.Resampling.LANCZOS, reducing_gap=2.0)


def _still_format(source: str | None, still: Image.Image) -> str:
    match source:
        case "JPEG" | "MPO":
            return "JPEG"
        case "PNG" | "GIF":
            return "PNG"
        case _:
            return "WEBP" if still.mode == "RGBA" or source == "WEBP" else "JPEG"


def _encode(picture: Image.Image, name: str) -> tuple[bytes, str]:
    out = BytesIO()
    opaque = picture.convert("RGB") if name == "JPEG" else picture
    opaque.save(out, name, **_SAVE[name])
    return out.getvalue(), _TYPES[name]


def _animation(picture: ImageFile.ImageFile) -> Prepared:
    """Every frame encoded anew; of the rest only times and the loop count are kept."""
    name = picture.format or "GIF"
    frames, times = [], []
    for frame in ImageSequence.Iterator(picture):
        frames.append(frame.convert("RGBA"))  # decodes: only then is the time known
        frames[-1].info = {}
        times.append(min(max(int(frame.info.get("duration", 0)), 20), 60_000))
    loop = {"loop": int(picture.info["loop"])} if "loop" in picture.info else {}
    out = BytesIO()
    options = {"append_images": frames[1:], "duration": times, **loop, **_ANIMATED[name]}
    frames[0].save(out, name, save_all=True, **options)
    return _done(out.getvalue(), _TYPES[name], frames[0], animated=True)


def _done(data: bytes, content_type: str, shown: Image.Image, *, animated: bool) -> Prepared:
    small = _within(shown, SMALL_PIXELS)
    small_bytes, small_type = _encode(small, "WEBP" if _has_alpha(small) else "JPEG")
    return Prepared(
        data=data,
        content_type=content_type,
        width=shown.width,
        height=shown.height,
        small=small_bytes,
        small_type=small_type,
        small_width=small.width,
        small_height=small.height,
        blurhash=_blurhash(small),
        animated=animated,
    )


def _blurhash(picture: Image.Image) -> str:
    """On white where the picture is transparent, as most pages would show it."""
    tiny = picture.convert("RGBA")
    tiny.thumbnail((_BLURHASH_EXTENT, _BLURHASH_EXTENT))
    ground = Image.new("RGBA", tiny.size, "white")
    ground.alpha_composite(tiny)
    return blurhash_encode(ground.convert("RGB"), *_BLURHASH_PARTS)
