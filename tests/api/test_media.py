"""Pictures: sent by one's app, loaded by address, gone with their post."""

import os
import time
from io import BytesIO
from typing import Any

import aiohttp
import pytest
from PIL import Image

from fedi.actions import pictures
from tests.house import House, Person, until

GPS = b"secret place 52.5N"


def photo(size: tuple[int, int] = (64, 48)) -> bytes:
    """A JPEG that tells where it was taken."""
    out = BytesIO()
    picture = Image.new("RGB", size, "teal")
    exif = Image.Exif()
    exif[0x010E] = GPS.decode()
    picture.save(out, "JPEG", exif=exif)
    return out.getvalue()


async def send(person: Person, data: bytes, name: str = "a.jpg", **fields: str) -> Any:
    form = aiohttp.FormData()
    form.add_field("file", data, filename=name, content_type="image/jpeg")
    for key, value in fields.items():
        form.add_field(key, value)
    return await person.call("POST", "/api/v2/media", data=form)


async def posted(person: Person, **more: Any) -> tuple[Any, Any]:
    """(media, status) of a post with one picture."""
    sent = await send(person, photo(), description="a door")
    assert sent.status == 200, sent
    status = await person.say("look", media_ids=[sent.body["id"]], **more)
    return status["media_attachments"][0], status


async def test_an_upload_is_ready_at_once_and_described(house: House) -> None:
    alice = await house.person("alice")
    sent = await send(alice, photo(), description="a door", focus="0.5,-0.25")
    assert sent.status == 200
    assert sent.body["type"] == "image"
    assert sent.body["description"] == "a door"
    assert sent.body["meta"]["original"]["width"] == 64
    assert sent.body["meta"]["focus"] == {"x": 0.5, "y": -0.25}
    assert sent.body["blurhash"]
    assert (await alice.get(f"/api/v1/media/{sent.body['id']}"))["url"] == sent.body["url"]


async def test_where_a_photo_was_taken_is_gone_on_the_whole_way(house: House) -> None:
    alice = await house.person("alice")
    assert GPS in photo()
    sent = await send(alice, photo())
    loaded = await house.call("GET", sent.body["url"])
    assert loaded.status == 200
    assert loaded.headers["Content-Type"] == "image/jpeg"
    assert loaded.headers["X-Content-Type-Options"] == "nosniff"
    assert GPS not in loaded.body
    assert not Image.open(BytesIO(loaded.body)).getexif()
    stored = [path.read_bytes() for path in house.served.settings.data.glob("media/*/*")]
    assert len(stored) == 2
    assert not any(GPS in data for data in stored)


@pytest.mark.parametrize(
    "data",
    [
        b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>",
        b"GIF89a<script>alert(1)</script>",
        b"%PDF-1.7",
        b"\x00\x00\x00\x18ftypmp42video",
        b"",
    ],
)
async def test_what_is_no_picture_is_refused_in_words(house: House, data: bytes) -> None:
    alice = await house.person("alice")
    sent = await send(alice, data)
    assert sent.status == 422
    assert sent.body["error"]


async def test_a_picture_with_a_page_behind_it_comes_back_without_it(house: House) -> None:
    alice = await house.person("alice")
    sent = await send(alice, photo() + b"<html><script>alert(1)</script>")
    assert sent.status == 200
    assert b"<script>" not in (await house.call("GET", sent.body["url"])).body


@pytest.mark.parametrize("focus", ["a,b", "1", "2,0", "nan,0", "inf,0"])
async def test_a_focus_outside_the_picture_is_refused(house: House, focus: str) -> None:
    alice = await house.person("alice")
    assert (await send(alice, photo(), focus=focus)).status == 422


async def test_a_description_that_is_too_long_is_refused(house: House) -> None:
    alice = await house.person("alice")
    assert (await send(alice, photo(), description="x" * 10_000)).status == 200
    assert (await send(alice, photo(), description="x" * 10_001)).status == 422


async def test_colleagues_load_it_each_with_their_own_address(house: House) -> None:
    alice, bob = await house.person("alice"), await house.person("bob")
    mine, status = await posted(alice)
    his = (await bob.get(f"/api/v1/statuses/{status['id']}"))["media_attachments"][0]
    assert his["url"] != mine["url"]
    for url in (mine["url"], his["url"], his["preview_url"]):
        loaded = await house.call("GET", url)
        assert loaded.status == 200
        assert loaded.headers["Cache-Control"].startswith("private")


async def test_an_address_with_another_viewer_or_a_changed_letter_is_nothing(house: House) -> None:
    alice, bob = await house.person("alice"), await house.person("bob")
    mine, _ = await posted(alice)
    assert (await house.call("GET", mine["url"])).status == 200
    one, other = str(alice.account.id), str(bob.account.id)
    for url in (
        mine["url"].replace(one, other),
        mine["url"].replace(f"/{one}/", "/0/"),
        mine["url"].replace("original", "small"),
        mine["url"].replace("original", "raw"),
        mine["url"].replace("w", "x", 1),
        mine["url"] + "%00",
    ):
        assert (await house.call("GET", url)).status == 404, url


async def test_an_upload_that_was_not_posted_is_its_owners_alone(house: House) -> None:
    alice, bob = await house.person("alice"), await house.person("bob")
    sent = await send(alice, photo())
    assert (await alice.call("GET", f"/api/v1/media/{sent.body['id']}")).status == 200
    assert (await bob.call("GET", f"/api/v1/media/{sent.body['id']}")).status == 404
    stranger = await house.call("GET", f"/api/v1/media/{sent.body['id']}")
    assert stranger.status == 401


async def test_a_picture_dies_with_its_post(house: House) -> None:
    alice, bob = await house.person("alice"), await house.person("bob")
    _, status = await posted(alice)
    his = (await bob.get(f"/api/v1/statuses/{status['id']}"))["media_attachments"][0]
    assert (await house.call("GET", his["url"])).status == 200
    assert (await alice.call("DELETE", f"/api/v1/statuses/{status['id']}")).status == 200

    async def gone() -> bool:
        return (await house.call("GET", his["url"])).status == 404

    assert await until(gone, seconds=2)


async def test_a_public_picture_is_plain_to_strangers_until_its_post_goes(house: House) -> None:
    press = await house.outgoing("press")
    mine, status = await posted(press)
    assert "/media/public/" not in mine["url"]  # colleagues see it in every mode
    seen = await house.call("GET", f"/api/v1/statuses/{status['id']}")
    url = seen.body["media_attachments"][0]["url"]
    assert "/media/public/" in url
    loaded = await house.call("GET", url, headers={"Range": "bytes=0-9"})
    assert loaded.status == 206
    assert len(loaded.body) == 10
    await press.call("DELETE", f"/api/v1/statuses/{status['id']}")
    assert (await house.call("GET", url)).status == 404


async def test_an_internal_file_is_nowhere_under_the_public_addresses(house: House) -> None:
    alice = await house.person("alice")
    await posted(alice)
    (row,) = await house.fetch("SELECT file, small, token FROM media")
    for path in (f"public/{row['file']}", f"public/{row['small']}", f"partner/{row['token']}"):
        assert (await house.call("GET", f"/media/{path}")).status == 404, path


async def test_a_loose_upload_can_be_described_anew_or_deleted_and_a_posted_one_not(
    house: House,
) -> None:
    alice = await house.person("alice")
    sent = await send(alice, photo())
    path = f"/api/v1/media/{sent.body['id']}"
    changed = await alice.call("PUT", path, json={"description": "a gate"})
    assert changed.body["description"] == "a gate"
    assert (await alice.call("DELETE", path)).status == 200
    assert (await alice.call("GET", path)).status == 404
    assert not list(house.served.settings.data.glob("media/*/*.jpg"))
    media, _ = await posted(alice)
    held = f"/api/v1/media/{media['id']}"
    assert (await alice.call("PUT", held, json={"description": "x"})).status == 422
    assert (await alice.call("DELETE", held)).status == 422


@pytest.mark.parametrize(
    "path",
    [
        "/media/../../etc/passwd",
        "/media/public/..%2f..%2flogins",
        "/media/public/%00",
        "/media/partner/%ff",
        "/media/accounts/99999999999999999999/avatar/x",
        "/media/accounts/1/face/x",
        "/media/2026w01/1/x/1/original",
        "/media/2026w01/%F0%9F%98%80/x/1/original",
        "/media/missing/none.png",
        "/media/",
    ],
)
async def test_odd_paths_are_absent(house: House, path: str) -> None:
    assert (await house.call("GET", path)).status == 404


async def test_who_has_no_avatar_gets_ours(house: House) -> None:
    loaded = await house.call("GET", "/media/missing/avatar.png")
    assert loaded.status == 200
    assert loaded.headers["Content-Type"] == "image/png"


async def test_files_of_deleted_posts_leave_the_disk_and_others_stay(house: House) -> None:
    alice = await house.person("alice")
    _, gone = await posted(alice)
    kept, _ = await posted(alice)
    await alice.call("DELETE", f"/api/v1/statuses/{gone['id']}")
    data = house.served.settings.data
    assert await pictures.sweep(house.db, data) == 0  # too young
    for path in data.glob("media/*/*"):
        os.utime(path, (time.time() - 7200,) * 2)
    assert await pictures.sweep(house.db, data) == 2
    assert (await house.call("GET", kept["url"])).status == 200
