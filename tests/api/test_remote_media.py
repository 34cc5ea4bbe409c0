"""Pictures that other servers keep: fetched by us, once, and never by our people's apps."""

import asyncio
from collections.abc import AsyncIterator
from io import BytesIO

import aiohttp
import pytest
from aiohttp import web
from PIL import Image

from fedi import clock
from fedi.media.links import version_of
from fedi.model.peer import Mode
from tests.documents.neighbour import neighbour
from tests.house import House


class Gallery:
    """A server on loopback that counts who asks for what."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.port = 0
        self.files: dict[str, bytes] = {}

    async def serve(self, request: web.Request) -> web.Response:
        self.asked.append(request.path)
        await asyncio.sleep(0.1)
        data = self.files.get(request.path)
        return web.Response(status=404) if data is None else web.Response(body=data)


@pytest.fixture
async def gallery() -> AsyncIterator[Gallery]:
    made = Gallery()
    out = BytesIO()
    Image.new("RGB", (50, 50), "teal").save(out, "PNG")
    made.files = {"/bob.png": out.getvalue(), "/page.png": b"<html>", "/other.png": out.getvalue()}
    app = web.Application()
    app.router.add_get("/{path:.*}", made.serve)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    made.port = runner.addresses[0][1]
    yield made
    await runner.cleanup()


async def avatar(house: House, gallery: Gallery, name: str, file: str) -> str:
    """The path of the avatar of somebody at `name`, kept in the gallery."""
    known = await neighbour(house, name)
    url = f"http://{name}.localhost:{gallery.port}{file}"
    async with house.db.transaction() as conn:
        await conn.execute(
            "UPDATE accounts SET avatar_remote = $2, fetched_at = $3 WHERE id = $1",
            known.account_id,
            url,
            clock.now(),
        )
    return f"/media/accounts/{known.account_id}/avatar/{version_of(url)}"


async def test_many_who_look_at_once_make_us_fetch_once(house: House, gallery: Gallery) -> None:
    path = await avatar(house, gallery, "globex", "/bob.png")
    await house.allow(f"globex.localhost:{gallery.port}")
    looks = await asyncio.gather(*(house.call("GET", path) for _ in range(5)))
    assert [look.status for look in looks] == [200] * 5
    assert Image.open(BytesIO(looks[0].body)).size == (400, 400)
    assert (await house.call("GET", path)).status == 200
    assert gallery.asked == ["/bob.png"]


async def test_what_failed_is_not_asked_for_again_and_never_redirected_to(
    house: House, gallery: Gallery
) -> None:
    await house.set_mode(Mode.OPEN)
    for file in ("/page.png", "/none.png"):
        name = file[1:5]
        path = await avatar(house, gallery, name, file)
        for _ in range(2):
            answer = await house.call("GET", path)
            assert answer.status == 404
            assert "Location" not in answer.headers
    assert gallery.asked == ["/page.png", "/none.png"]


async def test_a_server_that_we_do_not_speak_with_is_not_asked_for_pictures_either(
    house: House, gallery: Gallery
) -> None:
    path = await avatar(house, gallery, "globex", "/bob.png")
    assert (await house.call("GET", path)).status == 404
    assert gallery.asked == []


async def test_it_is_no_open_proxy(house: House, gallery: Gallery) -> None:
    await house.set_mode(Mode.OPEN)
    path = await avatar(house, gallery, "globex", "/bob.png")
    other = version_of(f"http://globex.localhost:{gallery.port}/other.png")
    wrong = f"{path.rpartition('/')[0]}/{other}"
    assert (await house.call("GET", wrong)).status == 404
    assert gallery.asked == []
    assert (await house.call("GET", path)).status == 200


async def test_an_attachment_is_fetched_when_somebody_looks_and_kept(
    house: House, gallery: Gallery
) -> None:
    await house.set_mode(Mode.OPEN)
    alice = await house.person("alice")
    form = aiohttp.FormData()
    form.add_field("file", gallery.files["/bob.png"], filename="a.png")
    sent = await alice.call("POST", "/api/v2/media", data=form)
    url = f"http://globex.localhost:{gallery.port}/bob.png"
    async with house.db.transaction() as conn:
        await conn.execute(
            "UPDATE media SET file = NULL, small = NULL, remote_url = $2 WHERE id = $1",
            int(sent.body["id"]),
            url,
        )
    for address in (sent.body["url"], sent.body["preview_url"], sent.body["url"]):
        assert (await house.call("GET", address)).status == 200
    assert gallery.asked == ["/bob.png"]
