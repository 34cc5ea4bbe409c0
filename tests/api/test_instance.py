"""What the server says of itself, before anybody signs in, in every mode."""

from fedi.model.account import Role
from fedi.model.peer import Mode
from tests.api.shapes import assert_entity
from tests.house import House

LIMITS = ["image_size_limit", "image_matrix_limit", "video_size_limit", "video_matrix_limit"]


async def test_both_instance_documents_decode_in_every_mode(house: House) -> None:
    for mode in Mode:
        await house.set_mode(mode)
        new = await house.call("GET", "/api/v2/instance")
        old = await house.call("GET", "/api/v1/instance")
        assert_entity("Instance", new.body)
        assert_entity("V1::Instance", old.body)


async def test_clients_can_read_their_limits_and_our_version(house: House) -> None:
    new = await house.call("GET", "/api/v2/instance")
    assert new.body["version"].startswith("4.5.0 (compatible; fedi ")
    assert new.body["configuration"]["urls"]["streaming"].startswith("ws")
    assert isinstance(new.body["contact"]["email"], str)
    media = new.body["configuration"]["media_attachments"]
    assert all(media[name] < 2**31 for name in LIMITS)


async def test_a_stranger_counts_nobody_who_is_inside_only(house: House) -> None:
    alice, press = await house.person("alice"), await house.outgoing("press")
    await alice.say("between us")
    await press.say("to everybody")
    outside = (await house.call("GET", "/api/v1/instance")).body["stats"]
    inside = (await alice.get("/api/v1/instance"))["stats"]
    assert (outside["user_count"], outside["status_count"]) == (1, 1)
    assert (inside["user_count"], inside["status_count"]) == (2, 2)
    usage = (await house.call("GET", "/api/v2/instance")).body["usage"]
    assert usage["users"]["active_month"] == 1


async def test_peers_are_for_admins(house: House) -> None:
    await house.allow("globex.localhost")
    admin = await house.person("root1", role=Role.ADMIN)
    assert await admin.get("/api/v1/instance/peers") == ["globex.localhost"]
    assert await (await house.person("alice")).get("/api/v1/instance/peers") == []
    assert (await house.call("GET", "/api/v1/instance/peers")).body == []


async def test_what_there_is_none_of_is_an_empty_list(house: House) -> None:
    alice = await house.person("alice")
    for path in (
        "v1/custom_emojis",
        "v1/instance/rules",
        "v1/instance/activity",
        "v1/announcements",
        "v1/trends",
        "v1/trends/tags",
        "v1/trends/statuses",
        "v1/trends/links",
        "v1/lists",
        "v1/followed_tags",
        "v2/suggestions",
        "v1/endorsements",
    ):
        assert await alice.get(f"/api/{path}") == [], path
    assert_entity("ExtendedDescription", await alice.get("/api/v1/instance/extended_description"))
    assert_entity("Tag", await alice.get("/api/v1/tags/News"))
