"""Bringing strangers and their posts home: who may be asked, and what is believed."""

import orjson
import pytest

from fedi.actions import resolve
from fedi.activitypub.vocab import ACTIVITYSTREAMS, PUBLIC
from fedi.errors import FediError
from fedi.model.account import Account
from fedi.model.status import Status
from tests.wire import given
from tests.wire.world import World

ANA = "https://m.partner.example/users/ana"
GUS_POST = "https://g.partner.example/users/gus/statuses/01GUSPOST"


async def account(world: World, what: str) -> Account:
    return await resolve.account(world.db, world.applier._client, world.settings, what)


async def status(world: World, url: str) -> Status:
    return await resolve.status(world.db, world.applier._client, world.settings, url)


async def test_a_handle_or_an_address_leads_to_the_account(world: World) -> None:
    by_handle = await account(world, "@ana@m.partner.example")
    assert (by_handle.uri, by_handle.acct) == (ANA, "ana@m.partner.example")
    assert (await account(world, ANA)).id == by_handle.id


async def test_who_is_known_is_not_asked_for_again(world: World) -> None:
    await account(world, ANA)
    world.elsewhere.asked.clear()
    await account(world, ANA)
    assert world.elsewhere.asked == []


@pytest.mark.parametrize(
    "stranger",
    [
        "@mallory@evil.example",
        "https://evil.example/users/redirect-other-host",
        "https://m.partner.example/users/redirect-other-host",
        "https://m.partner.example/users/redirect-private",
        "https://m.partner.example/users/redirect-loop",
        "https://m.partner.example/users/inbox-loopback",
        "https://m.partner.example/users/inbox-other-host",
        "https://m.partner.example/users/id-mismatch",
        "https://m.partner.example/users/ctype-json",
        "https://m.partner.example/users/gzip-bomb",
        "https://m.partner.example/users/webfinger-no-loop",
        "https://fedi.example/ap/actors/nobody",
    ],
)
async def test_who_is_not_listed_or_lies_is_not_taken_home(world: World, stranger: str) -> None:
    before = await world.row("SELECT count(*) FROM accounts")
    with pytest.raises(FediError):
        await account(world, stranger)
    assert await world.row("SELECT count(*) FROM accounts") == before
    assert [url for url in world.elsewhere.asked if "evil.example" in url] == []


async def test_a_post_comes_with_its_author(world: World) -> None:
    found = await status(world, GUS_POST)
    assert found.content == "<p>original</p>"
    assert (await account(world, "https://g.partner.example/users/gus")).id == found.author_id


async def test_a_thread_that_answers_itself_ends(world: World) -> None:
    """K-4: 912 answers 911, which is not there."""
    found = await status(world, "https://m.partner.example/users/ana/statuses/912")
    assert found.in_reply_to_id is None


async def test_only_a_boost_by_somebody_followed_is_fetched_for(world: World) -> None:
    """The control: once press follows ana, the same boost brings the post home."""
    await world.know(ANA)
    assert await world.post(_boost(1), signer=ANA) == 202
    assert GUS_POST not in world.elsewhere.asked
    await given.establish(world, {"given": ["press follows ana"]})
    assert await world.post(_boost(2), signer=ANA) == 202
    assert world.elsewhere.asked.count(GUS_POST) == 1
    boost = await world.row("SELECT 1 FROM statuses WHERE reblog_of_id IS NOT NULL")
    assert boost is not None


def _boost(number: int) -> bytes:
    return orjson.dumps(
        {
            "@context": ACTIVITYSTREAMS,
            "id": f"{ANA}#boost-{number}",
            "type": "Announce",
            "actor": ANA,
            "object": GUS_POST,
            "to": [PUBLIC],
        }
    )
