"""Pictures of strangers and of our people, made fit to show (security.md section 5)."""

import struct
import zlib
from collections.abc import Callable
from io import BytesIO
from typing import Any

import pytest
from blurhash_rs import blurhash_decode
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import ExifTags, Image, ImageCms, ImageSequence, PngImagePlugin

from fedi import errors
from fedi.media import image, probe

SECRET = b"Alice Lee, desk 4711"


def picture(size: tuple[int, int] = (64, 48), mode: str = "RGB") -> Image.Image:
    """Red above, blue below, so that turning shows."""
    whole = Image.new("RGBA", size, (220, 20, 20, 255))
    whole.paste((20, 20, 220, 255), (0, size[1] // 2, size[0], size[1]))
    if mode == "RGBA":
        whole.paste((0, 0, 0, 0), (0, 0, size[0] // 4, size[1]))
    return whole.convert(mode)


def saved(one: Image.Image, name: str, **options: Any) -> bytes:
    out = BytesIO()
    one.save(out, name, **options)
    return out.getvalue()


def opened(data: bytes) -> Image.Image:
    found = Image.open(BytesIO(data))
    found.load()
    return found


def with_gps(orientation: int = 1) -> Image.Exif:
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = orientation
    exif[ExifTags.Base.Artist] = SECRET.decode()
    exif[ExifTags.IFD.GPSInfo] = {1: "N", 2: (52.0, 31.0, 12.0), 3: "E", 4: (13.0, 24.0, 36.0)}
    return exif


def moving(name: str, frames: int = 3, size: tuple[int, int] = (40, 30)) -> bytes:
    shots = [Image.new("RGB", size, (80 * n % 256, 200, n % 256)) for n in range(frames)]
    times = [100 + 50 * (n % 5) for n in range(frames)]
    return saved(shots[0], name, save_all=True, append_images=shots[1:], duration=times, loop=2)


def test_where_and_by_whom_a_photo_was_taken_is_gone() -> None:
    exif = with_gps()
    xmp = b"<x:xmpmeta>" + SECRET + b"</x:xmpmeta>"
    data = saved(picture(), "JPEG", exif=exif, comment=SECRET, xmp=xmp)
    assert SECRET in data
    assert opened(data).getexif().get_ifd(ExifTags.IFD.GPSInfo)
    made = image.prepare(data)
    for copy in (made.data, made.small):
        assert SECRET not in copy
        assert not dict(opened(copy).getexif())
        for mark in (b"Exif", b"xmp", b"ICC_PROFILE", b"http://ns.adobe"):
            assert mark not in copy


@pytest.mark.parametrize("name", ["PNG", "WEBP", "GIF", "AVIF"])
def test_no_format_keeps_metadata(name: str) -> None:
    options: dict[str, Any] = {}
    if name == "PNG":
        options["pnginfo"] = notes = PngImagePlugin.PngInfo()
        notes.add_text("Author", SECRET.decode())
        notes.add_itxt("XML:com.adobe.xmp", SECRET.decode())
    if name == "GIF":
        options["comment"] = SECRET
    else:
        options["exif"] = with_gps()
    data = saved(picture(), name, **options)
    assert SECRET in data
    made = image.prepare(data)
    for copy in (made.data, made.small):
        assert SECRET not in copy
        assert not dict(opened(copy).getexif())


def test_an_animation_keeps_no_comment_either() -> None:
    shots = [Image.new("RGB", (8, 8), colour) for colour in ("red", "blue")]
    data = saved(shots[0], "GIF", save_all=True, append_images=shots[1:], comment=SECRET)
    assert SECRET in data
    made = image.prepare(data)
    assert made.animated
    assert SECRET not in made.data


def test_what_is_hidden_behind_a_picture_is_gone() -> None:
    for name in ("JPEG", "PNG", "GIF", "WEBP"):
        data = saved(picture(), name) + b"<script>alert(1)</script>" + SECRET
        assert SECRET not in image.prepare(data).data


@pytest.mark.parametrize(("orientation", "turned"), [(1, False), (3, False), (6, True), (8, True)])
def test_a_photo_is_turned_upright(orientation: int, turned: bool) -> None:
    made = image.prepare(saved(picture((64, 48)), "JPEG", exif=with_gps(orientation)))
    assert (made.width, made.height) == ((48, 64) if turned else (64, 48))
    shown = opened(made.data).convert("RGB")
    assert shown.size == (made.width, made.height)
    red_is_at = {1: (32, 5), 3: (32, 43), 6: (43, 32), 8: (5, 32)}[orientation]
    red, _, blue = shown.getpixel(red_is_at)  # type: ignore[misc]  # RGB pixels are triples
    assert red > blue


@pytest.mark.parametrize(
    ("name", "mode", "content_type"),
    [
        ("JPEG", "RGB", "image/jpeg"),
        ("JPEG", "L", "image/jpeg"),
        ("JPEG", "CMYK", "image/jpeg"),
        ("PNG", "RGB", "image/png"),
        ("PNG", "RGBA", "image/png"),
        ("PNG", "P", "image/png"),
        ("PNG", "1", "image/png"),
        ("PNG", "LA", "image/png"),
        ("GIF", "P", "image/png"),
        ("WEBP", "RGBA", "image/webp"),
        ("AVIF", "RGB", "image/jpeg"),
        ("AVIF", "RGBA", "image/webp"),
    ],
)
def test_each_format_becomes_one_that_every_client_shows(
    name: str, mode: str, content_type: str
) -> None:
    base = picture(mode="RGBA" if mode in ("RGBA", "LA") else "RGB").convert(mode)
    made = image.prepare(saved(base, name))
    assert made.content_type == content_type == probe.sniff(made.data)
    assert made.small_type == probe.sniff(made.small)
    assert (made.width, made.height, made.animated) == (64, 48, False)
    assert (opened(made.data).has_transparency_data) == (mode in ("RGBA", "LA"))


def test_sixteen_bit_grey_does_not_turn_white() -> None:
    deep = Image.new("I;16", (8, 8), 0x4000)
    shown = opened(image.prepare(saved(deep, "PNG")).data).convert("L")
    assert 0x3A <= shown.getpixel((4, 4)) <= 0x46  # type: ignore[operator]  # grey is a number


def test_a_colour_profile_is_applied_and_dropped() -> None:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    data = saved(picture(), "PNG", icc_profile=profile)
    made = image.prepare(data)
    assert "icc_profile" in opened(data).info
    assert "icc_profile" not in opened(made.data).info
    broken = image.prepare(saved(picture(), "PNG", icc_profile=b"no profile"))
    assert "icc_profile" not in opened(broken.data).info


def test_a_large_photo_is_scaled_down_and_has_a_small_one() -> None:
    made = image.prepare(saved(picture((4800, 3200)), "JPEG"))
    assert made.width * made.height <= image.STORED_PIXELS
    assert made.width / made.height == pytest.approx(1.5, rel=0.01)
    assert made.small_width * made.small_height <= image.SMALL_PIXELS
    assert opened(made.small).size == (made.small_width, made.small_height)


def test_a_picture_one_pixel_high_keeps_its_pixel() -> None:
    made = image.prepare(saved(Image.new("RGB", (30_000, 1)), "PNG"))
    assert (made.width, made.height) == (image.LONGEST, 1)
    assert image.prepare(saved(Image.new("RGB", (1, 1)), "PNG")).small_width == 1


def test_blurhash_is_what_clients_can_decode() -> None:
    """federation.md O-8."""
    made = image.prepare(saved(picture((640, 480)), "JPEG"))
    assert 6 <= len(made.blurhash) <= 100
    blurred = blurhash_decode(made.blurhash, 32, 32)
    top, bottom = blurred.getpixel((16, 2)), blurred.getpixel((16, 29))
    assert top[0] > top[2]  # type: ignore[index]  # RGB pixels are triples
    assert bottom[2] > bottom[0]  # type: ignore[index]


@pytest.mark.parametrize(("kind", "size"), [("avatar", (400, 400)), ("header", (1500, 500))])
@pytest.mark.parametrize("name", ["JPEG", "PNG", "GIF"])
def test_profile_pictures_are_cut_to_their_size(
    kind: image.Kind, size: tuple[int, int], name: str
) -> None:
    data = moving("GIF") if name == "GIF" else saved(picture((2000, 900)), name)
    made = image.prepare(data, kind)
    assert (made.width, made.height) == opened(made.data).size == size
    assert not made.animated


@pytest.mark.parametrize("name", ["GIF", "PNG", "WEBP"])
def test_an_animation_keeps_moving(name: str) -> None:
    made = image.prepare(moving(name))
    shown = Image.open(BytesIO(made.data))
    assert made.animated
    assert made.content_type == image._TYPES[name]
    assert getattr(shown, "n_frames", 1) == 3
    colours, times = [], []
    for frame in ImageSequence.Iterator(shown):
        colours.append(frame.convert("RGB").getpixel((20, 15)))
        times.append(frame.info["duration"])
    assert len(set(colours)) == 3
    assert times == [100, 150, 200]
    assert shown.info["loop"] == 2
    assert probe.sniff(made.small) in ("image/jpeg", "image/webp")


def test_a_transparent_animation_does_not_leave_trails() -> None:
    shots = []
    for at in (0, 20):
        shots.append(Image.new("RGBA", (40, 20), (0, 0, 0, 0)))
        shots[-1].paste((255, 0, 0, 255), (at, 0, at + 20, 20))
    data = saved(shots[0], "GIF", save_all=True, append_images=shots[1:], disposal=2)
    shown = Image.open(BytesIO(image.prepare(data).data))
    shown.seek(1)
    second = shown.convert("RGBA")
    assert [second.getpixel((x, 10))[3] for x in (5, 35)] == [0, 255]  # type: ignore[index]


@pytest.mark.parametrize(("frames", "size"), [(2, (1400, 700)), (1001, (4, 4)), (60, (1000, 800))])
def test_an_animation_over_the_caps_becomes_its_first_frame(
    frames: int, size: tuple[int, int]
) -> None:
    made = image.prepare(moving("GIF", frames, size))
    assert (made.animated, made.content_type) == (False, "image/png")
    assert (made.width, made.height) == size


def chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def png_claiming(width: int, height: int) -> bytes:
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    pixels = chunk(b"IDAT", zlib.compress(bytes(1000)))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + pixels + chunk(b"IEND", b"")


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (png_claiming(50_000, 50_000), "too many pixels"),
        (png_claiming(12_000, 9_000), "too many pixels"),
        (png_claiming(7_000, 5_000), "too many pixels"),
        (png_claiming(0, 10), "damaged|empty"),
        (png_claiming(100, 100), "damaged"),
        (saved(picture((400, 300)), "JPEG")[:600], "damaged"),
        (saved(picture((400, 300)), "PNG")[:-200], "damaged"),
        (saved(picture(), "WEBP")[:40], "damaged"),
        (moving("GIF")[:60], "damaged"),
        (b"\xff\xd8\xff", "damaged"),
        (b"", "only JPEG"),
        (b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", "only JPEG"),
        (b"%PDF-1.7", "only JPEG"),
        (b"II*\x00" + bytes(100), "only JPEG"),
        (b"%!PS-Adobe-3.0 EPSF-3.0", "only JPEG"),
        (saved(picture(), "BMP"), "only JPEG"),
        (b"\xff\xd8\xff" + bytes(17 * 1024**2), "larger than 16 MB"),
        (b"GIF89a" + saved(picture(), "PNG"), "damaged|empty|pixels"),
    ],
)
def test_what_is_no_whole_picture_is_refused_with_a_sentence(data: bytes, why: str) -> None:
    with pytest.raises(errors.Invalid, match=f"This picture cannot be read: .*({why})"):
        image.prepare(data)


def test_the_largest_picture_allowed_is_taken() -> None:
    made = image.prepare(saved(Image.new("L", (7680, 4320), 128), "PNG"))
    assert (made.width, made.height) == (3840, 2160)


SOUND = [
    saved(picture(), "JPEG", exif=with_gps(6)),
    saved(picture(), "PNG"),
    moving("GIF"),
    moving("WEBP"),
]


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(SOUND), st.data())
def test_damaged_bytes_are_read_or_refused_never_worse(data: bytes, draw: st.DataObject) -> None:
    spoilt = bytearray(data)
    for _ in range(draw.draw(st.integers(1, 6))):
        spoilt[draw.draw(st.integers(0, len(data) - 1))] = draw.draw(st.integers(0, 255))
    try:
        made = image.prepare(bytes(spoilt))
        whole = made.width * made.height > 0
    except errors.Invalid as refusal:
        whole = refusal.say.startswith("This picture cannot be read: ")
    assert whole


def test_every_picture_type_is_known_by_its_first_bytes() -> None:
    makers: dict[str, Callable[[], bytes]] = {
        f"image/{name.lower()}": lambda name=name: saved(picture(), name)  # type: ignore[misc]
        for name in ("JPEG", "PNG", "GIF", "WEBP", "AVIF")
    }
    for media_type, make in makers.items():
        assert probe.sniff(make()[: probe.HEAD]) == media_type


@pytest.mark.parametrize(
    "head",
    [
        b"",
        b"<!DOCTYPE html>",
        b"<?xml version='1.0'?><svg/>",
        b"RIFF\x00\x00\x00\x00WAVE",
        b"\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00isommp42",
        b"\x00\x00\x00\x18ftypmp42avif",  # the minor version is no brand
        b"GIF90a",
        b" \x89PNG\r\n\x1a\n",
    ],
)
def test_anything_else_is_nothing_we_know(head: bytes) -> None:
    assert probe.sniff(head) is None
