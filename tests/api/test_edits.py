"""An edit shows what it names and nothing else."""

import io
from typing import Any

import aiohttp
from PIL import Image

from tests.house import House, Person


async def test_a_picture_that_an_edit_leaves_out_is_gone(house: House) -> None:
    acme = await house.company("acme", await house.person("alice"))
    kept, wrong = await _upload(acme), await _upload(acme)
    said = await acme.say("look", media_ids=[kept["id"], wrong["id"]])
    path = f"/api/v1/statuses/{said['id']}"
    before = (await house.call("GET", path)).body["media_attachments"]
    assert [(await house.call("GET", one["url"])).status for one in before] == [200, 200]
    edited = await acme.call("PUT", path, json={"status": "look", "media_ids": [kept["id"]]})
    assert [one["id"] for one in edited.body["media_attachments"]] == [kept["id"]]
    assert [(await house.call("GET", one["url"])).status for one in before] == [200, 404]
    told = await house.call("GET", f"{path}/history")
    assert wrong["id"] not in str(told.body)


async def _upload(person: Person) -> Any:
    picture = io.BytesIO()
    Image.new("RGB", (64, 48), "navy").save(picture, "PNG")
    form = aiohttp.FormData()
    form.add_field("file", picture.getvalue(), filename="a.png", content_type="image/png")
    return (await person.call("POST", "/api/v2/media", data=form)).body
