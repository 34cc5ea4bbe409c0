"""Mastodon.py, unmodified, against a running server: everything a first day needs."""

import asyncio
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from mastodon import Mastodon, StreamListener
from PIL import Image

from tests.clients.browser import Browser
from tests.house import House, until

REDIRECT = "urn:ietf:wg:oauth:2.0:oob"
SCOPES = ["read", "write", "follow", "push"]


async def ask(call: Callable[..., Any], *args: Any, **more: Any) -> Any:
    """The library blocks, so it runs beside the server's loop."""
    return await asyncio.to_thread(partial(call, *args, **more))


async def through_the_code_flow(house: House, name: str, password: str) -> Mastodon:
    client_id, client_secret = await ask(
        Mastodon.create_app, "Test app", scopes=SCOPES, api_base_url=house.base
    )
    client: Mastodon = await ask(
        Mastodon, client_id=client_id, client_secret=client_secret, api_base_url=house.base
    )
    url = await ask(client.auth_request_url, redirect_uris=REDIRECT, scopes=SCOPES, allow_http=True)
    jar = aiohttp.CookieJar(unsafe=True)
    async with aiohttp.ClientSession(cookie_jar=jar) as session:
        browser = Browser(session)
        consent = await browser.sign_in(url, name, password)
        done = await browser.submit(consent, {})
    code = next(word for word in done.text.split() if len(word) >= 32)
    await ask(client.log_in, code=code, redirect_uri=REDIRECT, scopes=SCOPES, allow_http=True)
    return client


@pytest.fixture
async def alice(house: House) -> Mastodon:
    await house.person("alice", password="correct horse battery", display_name="Alice Lee")
    return await through_the_code_flow(house, "alice", "correct horse battery")


@pytest.fixture
async def bob(house: House) -> Mastodon:
    await house.person("bob", password="correct horse battery")
    return await through_the_code_flow(house, "bob", "correct horse battery")


async def test_it_signs_in_and_learns_who_it_is(alice: Mastodon) -> None:
    me = await ask(alice.account_verify_credentials)
    assert (me.username, me.display_name) == ("alice", "Alice Lee")
    instance = await ask(alice.instance)
    assert instance.version.startswith("4.")


async def test_it_posts_and_the_colleague_who_follows_reads_it(
    alice: Mastodon, bob: Mastodon
) -> None:
    author = await ask(alice.account_verify_credentials)
    await ask(bob.account_follow, author.id)
    posted = await ask(alice.status_post, "hello #team", language="en")
    home = await ask(bob.timeline_home)
    assert [status.id for status in home] == [posted.id]
    assert posted.visibility == "unlisted", "the globe means the open internet"
    assert [tag.name for tag in posted.tags] == ["team"]


async def test_it_replies_boosts_favourites_and_bookmarks(alice: Mastodon, bob: Mastodon) -> None:
    posted = await ask(alice.status_post, "a question")
    answer = await ask(bob.status_reply, posted, "an answer")
    await ask(bob.status_favourite, posted.id)
    await ask(bob.status_reblog, posted.id)
    await ask(bob.status_bookmark, posted.id)
    seen = await ask(bob.status, posted.id)
    assert (seen.favourited, seen.reblogged, seen.bookmarked) == (True, True, True)
    assert (seen.favourites_count, seen.reblogs_count, seen.replies_count) == (1, 1, 1)
    thread = await ask(alice.status_context, posted.id)
    assert [one.id for one in thread.descendants] == [answer.id]
    kinds = {one.type for one in await ask(alice.notifications)}
    assert kinds == {"mention", "favourite", "reblog"}
    marked = await ask(bob.bookmarks)
    assert [one.id for one in marked] == [posted.id]


async def test_it_edits_and_deletes(alice: Mastodon) -> None:
    posted = await ask(alice.status_post, "with a tpyo", spoiler_text="careful")
    edited = await ask(alice.status_update, posted.id, status="without a typo")
    assert "without a typo" in edited.content
    assert edited.edited_at is not None
    assert len(await ask(alice.status_history, posted.id)) == 2
    await ask(alice.status_delete, posted.id)
    assert await ask(alice.timeline_home) == []


async def test_it_uploads_a_picture_with_a_description(alice: Mastodon, tmp_path: Path) -> None:
    path = tmp_path / "lunch.jpg"
    Image.new("RGB", (320, 200), "teal").save(path)
    media = await ask(
        alice.media_post, path.read_bytes(), "image/jpeg", "A teal lunch", (0.5, -0.5)
    )
    posted = await ask(alice.status_post, "lunch", media_ids=[media.id])
    (attached,) = posted.media_attachments
    assert attached.description == "A teal lunch"
    assert attached.blurhash
    async with aiohttp.ClientSession() as session, session.get(_here(alice, attached.url)) as got:
        assert got.status == 200
        assert got.content_type == "image/jpeg"


async def test_it_finds_people_tags_and_posts(alice: Mastodon) -> None:
    await ask(alice.status_post, "the pelican flies #birds")
    found = await ask(alice.search_v2, "pelican")
    assert len(found.statuses) == 1
    assert [one.username for one in (await ask(alice.search_v2, "ali")).accounts] == ["alice"]
    assert [tag.name for tag in (await ask(alice.search_v2, "#bir")).hashtags] == ["birds"]


async def test_it_pages_through_a_timeline_without_gaps_or_repeats(alice: Mastodon) -> None:
    for number in range(7):
        await ask(alice.status_post, f"number {number}")
    page = await ask(alice.timeline_home, limit=3)
    found = list(page)
    while page := await ask(alice.fetch_next, page):
        found += page
    assert len({one.id for one in found}) == len(found) == 7


async def test_it_hears_a_post_as_it_happens(alice: Mastodon, bob: Mastodon) -> None:
    heard: list[str] = []

    class Ear(StreamListener):
        def on_update(self, status: Any) -> None:
            heard.append(status.content)

    author = await ask(alice.account_verify_credentials)
    await ask(bob.account_follow, author.id)
    handle = await ask(bob.stream_user, Ear(), run_async=True)
    try:
        await asyncio.sleep(0.3)
        await ask(alice.status_post, "live")

        async def arrived() -> bool:
            return bool(heard)

        await until(arrived)
        assert "live" in heard[0]
    finally:  # the library closes once something more arrives
        closing = asyncio.create_task(ask(handle.close))
        await ask(alice.status_post, "over")
        await closing


async def test_a_revoked_token_is_dead_at_once(alice: Mastodon) -> None:
    await ask(alice.account_verify_credentials)
    await ask(alice.revoke_access_token, allow_http=True)
    with pytest.raises(Exception, match=r"401|Unauthorized|illegal|log"):
        await ask(alice.account_verify_credentials)


def _here(client: Mastodon, url: str) -> str:
    """The same path where the test's own resolver finds it."""
    return f"{client.api_base_url}/{url.split('/', 3)[3]}"
