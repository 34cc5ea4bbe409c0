"""The pictures of accounts that have none."""

from io import BytesIO

from PIL import Image

from fedi.media import pictures, probe


def test_they_are_png_of_the_sizes_that_clients_expect_and_always_the_same() -> None:
    for make, size in (
        (pictures.missing_avatar, (400, 400)),
        (pictures.missing_header, (1500, 500)),
    ):
        data = make()
        assert probe.sniff(data) == "image/png"
        assert Image.open(BytesIO(data)).size == size
        make.cache_clear()
        assert make() == data
        assert len(data) < 50_000
