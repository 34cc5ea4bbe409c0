"""Every vector, signed by who it says and pushed through the inbox: status and effect.

The world and the vectors are described in vectors/index.json.
"""

import gzip
import json
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import pytest

from fedi.model.reach import Visibility
from tests.wire import given
from tests.wire.elsewhere import INDEX, VECTORS, actors
from tests.wire.world import World

Vector = dict[str, Any]

# Features that are not there yet: the status is checked, the effect is not.
LATER: Mapping[str, str] = {
    "ok/mastodon-create-question.json": "polls: stored as a plain post (O-13)",
    "ok/mastodon-update-poll-tally.json": "polls (O-13)",
    "ok/mastodon-move.json": "Move",
    "ok/mastodon-add-featured.json": "Add",
    "ok/mastodon-remove-featured-tag.json": "Remove",
    "ok/mastodon-quote-request.json": "quotes (O-10)",
    "ok/mastodon-create-quote-approved.json": "quotes (O-10)",
    "ok/mastodon-accept-quote-request.json": "quotes (O-10)",
    "ok/misskey-quote.json": "quotes (O-10)",
    "ok/hollo-create-note-objectlink.json": "quotes (O-10)",
    "ok/gts-poll-votes-array.json": "poll votes (O-13)",
    "ok/misskey-poll.json": "polls: stored as a plain post (O-13)",
    "ok/lemmy-announce-create-page.json": "groups (G-1)",
    "ok/lemmy-announce-delete.json": "groups (G-1)",
    "ok/iceshrimp-flag-single-id.json": "reports (Flag)",
    "hostile/quote-authorization-forged.json": "quotes (O-10)",
    "hostile/poll-vote-array-flood.json": "poll votes (O-13)",
    "hostile/announce-wrapped-delete.json": "groups (G-1)",
}
CHANGES = frozenset({"stored", "updated", "deleted"})
KEEPS = frozenset({"ignored", "rejected", "duplicate", "queued-fetch"})
# Only remembered: nothing that anybody sees changes.
UNSEEN = frozenset({"ok/mastodon-delete-before-create.json"})


@pytest.mark.parametrize("vector", INDEX["vectors"], ids=lambda vector: vector["file"])
async def test_a_vector_has_the_status_and_the_effect_that_it_must(
    world: World, vector: Vector
) -> None:
    if vector["signer"] in actors():
        await world.know(vector["signer"])
    await given.establish(world, vector)
    world.elsewhere.asked.clear()
    before = await world.snapshot()

    status = await _deliver(world, vector)

    assert status == vector["http"]
    assert await world.row("SELECT 1 FROM inbound UNION SELECT 1 FROM dead_letters") is None
    if vector["file"] in LATER:
        return
    after = await world.snapshot()
    if vector["result"] in CHANGES:
        assert after != before
    if vector["result"] in KEEPS:
        assert after == before
    for name, wanted in vector.get("expect", {}).items():
        await EXPECT[name](world, vector, wanted)


async def _deliver(world: World, vector: Vector) -> int:
    press = world.accounts["press"].uri.removeprefix(world.settings.origin)
    path = "/inbox" if vector["inbox"] == "shared" else f"{press}/inbox"
    headers = vector.get("headers", {})
    return await world.post(_body(vector), signer=vector["signer"], path=path, headers=headers)


def _body(vector: Vector) -> bytes:
    raw: bytes = (VECTORS / vector["file"]).read_bytes()
    recipe = vector.get("recipe", {})
    if "compress" in recipe:
        return gzip.compress(bytes(10_000_000))
    if "pad" in recipe:
        document = json.loads(raw)
        document["object"]["content"] += "x" * (recipe["total_bytes"] - len(raw))
        return json.dumps(document).encode()
    return raw


def _object_id(vector: Vector) -> str:
    document = json.loads((VECTORS / vector["file"]).read_bytes())
    return str(document["object"]["id"])


async def _visibility(world: World, vector: Vector, wanted: str) -> None:
    status = await world.status(_object_id(vector))
    assert status.visibility == Visibility("private" if wanted == "followers" else wanted)


async def _notify(world: World, vector: Vector, wanted: list[str]) -> None:
    async with world.db.reading() as conn:
        rows = await conn.fetch("SELECT DISTINCT account_id FROM notifications")
    names = {account.id: name for name, account in world.accounts.items()}
    assert {names[row["account_id"]] for row in rows} == set(wanted)


async def _readers(world: World, vector: Vector, wanted: list[str]) -> None:
    assert await world.readers(_object_id(vector)) == set(wanted)


async def _readers_of_01priv(world: World, _: Vector, wanted: list[str]) -> None:
    assert await world.readers(f"{given.G}/statuses/01PRIV") == set(wanted)


async def _media_rows(world: World, vector: Vector) -> list[Any]:
    status = await world.status(_object_id(vector))
    async with world.db.reading() as conn:
        return await conn.fetch(
            "SELECT * FROM media WHERE status_id = $1 ORDER BY position", status.id
        )


async def _media(world: World, vector: Vector, wanted: int) -> None:
    assert len(await _media_rows(world, vector)) == wanted


async def _media_max(world: World, vector: Vector, wanted: int) -> None:
    assert 0 < len(await _media_rows(world, vector)) <= wanted


async def _media_url(world: World, vector: Vector, wanted: str) -> None:
    assert [row["remote_url"] for row in await _media_rows(world, vector)] == [wanted]


async def _alt(world: World, vector: Vector, wanted: str) -> None:
    assert [row["description"] for row in await _media_rows(world, vector)] == [wanted]


async def _tags(world: World, vector: Vector, wanted: list[str]) -> None:
    status = await world.status(_object_id(vector))
    async with world.db.reading() as conn:
        rows = await conn.fetch("SELECT tag FROM status_tags WHERE status_id = $1", status.id)
    assert sorted(row["tag"] for row in rows) == sorted(wanted)


async def _mentions(world: World, vector: Vector, wanted: list[str]) -> None:
    """Of accounts that exist inside only."""
    status = await world.status(_object_id(vector))
    row = await world.row(
        "SELECT 1 FROM mentions WHERE status_id = $1 AND account_id = $2",
        status.id,
        world.accounts["dana"].id,
    )
    assert row is None
    assert wanted == []


async def _language(world: World, vector: Vector, wanted: str) -> None:
    assert (await world.status(_object_id(vector))).language == wanted


async def _published(world: World, vector: Vector, wanted: str) -> None:
    status = await world.status(_object_id(vector))
    assert status.created_at.isoformat() == wanted.replace("Z", "+00:00")


async def _in_reply_to(world: World, vector: Vector, wanted: str | None) -> None:
    status = await world.status(_object_id(vector))
    if wanted is None:
        assert status.in_reply_to_id is None
        return
    parent = await world.status(world.posts.get(wanted, wanted))
    assert status.in_reply_to_id == parent.id


async def _edited(world: World, vector: Vector, wanted: bool) -> None:
    assert ((await world.status(_object_id(vector))).edited_at is not None) is wanted


async def _revisions(world: World, vector: Vector, wanted: int) -> None:
    assert (await world.status(_object_id(vector))).revision == wanted


async def _sensitive(world: World, vector: Vector, wanted: bool) -> None:
    assert (await world.status(_object_id(vector))).sensitive is wanted


async def _cw(world: World, vector: Vector, wanted: str) -> None:
    assert (await world.status(_object_id(vector))).spoiler_text == wanted


async def _text(world: World, vector: Vector, wanted: str) -> None:
    assert (await world.status(_object_id(vector))).content == wanted


async def _forbidden(world: World, vector: Vector, wanted: list[str]) -> None:
    content = (await world.status(_object_id(vector))).content.lower()
    assert [bad for bad in wanted if bad in content] == []


async def _likes(world: World, _: Vector, wanted: int) -> None:
    p1 = await world.status(world.posts["p1"])
    row = await world.row("SELECT favourites FROM status_stats WHERE status_id = $1", p1.id)
    assert row["favourites"] == wanted


async def _p1_unchanged(world: World, _: Vector, wanted: bool) -> None:
    assert ((await world.status(world.posts["p1"])).content == "<p>p1</p>") is wanted


async def _requests(world: World, _: Vector, wanted: int) -> None:
    assert len(world.elsewhere.asked) == wanted


async def _requests_max(world: World, _: Vector, wanted: int) -> None:
    assert len(world.elsewhere.asked) <= wanted


async def _outbound(world: World, _: Vector, wanted: str | None) -> None:
    assert wanted is None
    assert await world.row("SELECT 1 FROM outbound") is None


EXPECT: Mapping[str, Callable[[World, Vector, Any], Awaitable[None]]] = {
    "alt": _alt,
    "cw": _cw,
    "edited": _edited,
    "forbidden_substrings": _forbidden,
    "in_reply_to": _in_reply_to,
    "language": _language,
    "likes": _likes,
    "media": _media,
    "media_max": _media_max,
    "media_url": _media_url,
    "mentions": _mentions,
    "notify": _notify,
    "outbound": _outbound,
    "outbound_requests": _requests,
    "outbound_requests_max": _requests_max,
    "p1_unchanged": _p1_unchanged,
    "published": _published,
    "readers": _readers,
    "readers_of_01PRIV": _readers_of_01priv,
    "revisions": _revisions,
    "sensitive": _sensitive,
    "tags": _tags,
    "text": _text,
    "visibility": _visibility,
}
