"""Streaming: each socket hears what its account may see at that moment, and not a second longer."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import orjson
import pytest
from aiohttp import WSMsgType

from fedi import clock
from fedi.api import sockets, streaming
from fedi.api.sockets import Message, Socket
from fedi.model.account import DeskRole
from fedi.store import tokens
from tests.house import House, Person

SILENCE = 0.4  # seconds; events take a hundredth of it


class Ear:
    """A client's end of a socket."""

    def __init__(self, ws: aiohttp.ClientWebSocketResponse) -> None:
        self.ws = ws

    async def ask(self, kind: str, stream: str, **more: str) -> None:
        await self.ws.send_json({"type": kind, "stream": stream, **more})

    async def hear(self) -> tuple[list[str], str, Any]:
        """(stream, event, payload); a payload that is JSON is decoded."""
        frame = await self.ws.receive_json(timeout=5)
        payload = frame.get("payload")
        assert payload is None or isinstance(payload, str), "payloads are strings"
        if payload and frame["event"] in ("update", "status.update", "notification"):
            payload = orjson.loads(payload)
        return frame["stream"], frame["event"], payload

    async def error(self) -> Any:
        return await self.ws.receive_json(timeout=5)

    async def silent(self) -> bool:
        try:
            heard = await self.ws.receive(timeout=SILENCE)
        except TimeoutError:
            return True
        raise AssertionError(heard)

    async def ended(self, seconds: float = 5) -> bool:
        message = await self.ws.receive(timeout=seconds)
        return message.type in (WSMsgType.CLOSE, WSMsgType.CLOSED, WSMsgType.CLOSING)


@asynccontextmanager
async def listening(person: Person, *streams: str, query: str = "") -> AsyncIterator[Ear]:
    """A socket that hears `streams` already: the last answer proves it."""
    url = f"{person.house.base}/api/v1/streaming{query}"
    headers = {"Host": person.house.served.settings.host}
    async with person.house.session.ws_connect(
        url, protocols=[person.secret], headers=headers, max_msg_size=0
    ) as ws:
        assert ws.protocol == person.secret, "browsers fail when it is not echoed"
        ear = Ear(ws)
        for stream in streams:
            await ear.ask("subscribe", stream)
        await ear.ask("subscribe", "no such stream")
        assert (await ear.error())["error"] == "Unknown stream type"
        yield ear


async def friends(house: House) -> tuple[Person, Person]:
    """Bob follows Alice."""
    alice, bob = await house.person("alice"), await house.person("bob")
    await bob.post(f"/api/v1/accounts/{alice.account.id}/follow")
    return alice, bob


async def test_a_follower_hears_of_a_post_its_edit_and_its_end(house: House) -> None:
    alice, bob = await friends(house)
    carol = await house.person("carol")
    async with listening(bob, "user") as ear, listening(carol, "user") as stranger:
        status = await alice.say("Lunch is ready")
        stream, event, payload = await ear.hear()
        assert (stream, event, payload["id"]) == (["user"], "update", status["id"])
        edited = {"status": "Lunch is cold"}
        await alice.call("PUT", f"/api/v1/statuses/{status['id']}", json=edited)
        stream, event, payload = await ear.hear()
        assert event == "status.update"
        assert "cold" in payload["content"]
        await alice.call("DELETE", f"/api/v1/statuses/{status['id']}")
        assert await ear.hear() == (["user"], "delete", status["id"])
        assert await stranger.silent()


async def test_everybody_gets_an_answer_of_their_own(house: House) -> None:
    alice, bob = await friends(house)
    carol = await house.person("carol")
    await carol.post(f"/api/v1/accounts/{alice.account.id}/follow")
    status = await alice.say("Lunch is ready")
    await bob.post(f"/api/v1/statuses/{status['id']}/bookmark")
    async with listening(bob, "user") as bobs, listening(carol, "user") as carols:
        edited = {"status": "Lunch is cold"}
        await alice.call("PUT", f"/api/v1/statuses/{status['id']}", json=edited)
        assert (await bobs.hear())[2]["bookmarked"] is True
        assert (await carols.hear())[2]["bookmarked"] is False


async def test_notifications_come_on_both_streams_that_carry_them(house: House) -> None:
    alice, bob = await house.person("alice"), await house.person("bob")
    async with listening(alice, "user", "user:notification") as ear:
        said = await bob.say("@alice hello", visibility="direct")
        heard = [await ear.hear(), await ear.hear()]
        assert sorted(stream for stream, _, _ in heard) == [["user"], ["user:notification"]]
        for _, event, payload in heard:
            assert (event, payload["type"]) == ("notification", "mention")
            assert payload["status"]["id"] == said["id"]


async def test_what_a_policy_holds_back_is_not_announced(house: House) -> None:
    alice, bob = await house.person("alice"), await house.person("bob")
    policy = {"for_not_following": "filter"}
    await alice.call("PUT", "/api/v2/notifications/policy", json=policy)
    async with listening(alice, "user:notification") as ear:
        await bob.say("@alice hello")
        assert await ear.silent()


async def test_public_streams_carry_what_their_timelines_do(house: House) -> None:
    alice, bob = await friends(house)
    async with (
        listening(bob, "public") as public,
        listening(bob, "public:local") as local,
        listening(bob, "public:remote") as remote,
        listening(bob, "public:media") as media,
    ):
        status = await alice.say("Lunch is ready")
        await alice.say("Only for some", visibility="private")
        assert (await public.hear())[0] == ["public"]
        assert (await local.hear())[2]["id"] == status["id"]
        await alice.call("DELETE", f"/api/v1/statuses/{status['id']}")
        assert await public.hear() == (["public"], "delete", status["id"])
        assert await local.hear() == (["public:local"], "delete", status["id"])
        for ear in (public, local, remote, media):
            assert await ear.silent()


async def test_a_hashtag_is_heard_in_any_case_until_unsubscribed(house: House) -> None:
    alice, bob = await friends(house)
    async with listening(bob) as ear:
        await ear.ask("subscribe", "hashtag", tag="#Lunch")
        await ear.ask("subscribe", "hashtag")
        assert (await ear.error())["error"] == "Invalid hashtag"
        await alice.say("It is #LUNCH time")
        stream, event, _ = await ear.hear()
        assert (stream, event) == (["hashtag", "lunch"], "update")
        await alice.say("It is #dinner time")
        await ear.ask("unsubscribe", "hashtag", tag="lunch")
        await ear.ask("unsubscribe", "hashtag")
        await ear.error()
        await alice.say("It is #lunch time")
        assert await ear.silent()


async def test_a_muted_or_blocking_author_is_not_heard(house: House) -> None:
    alice, bob = await friends(house)
    async with listening(bob, "user", "public") as ear:
        await alice.say("before")
        assert {(await ear.hear())[0][0], (await ear.hear())[0][0]} == {"user", "public"}
        await alice.post(f"/api/v1/accounts/{bob.account.id}/block")
        await alice.say("after")
        assert await ear.silent()


async def test_a_changed_filter_is_announced_without_payload(house: House) -> None:
    alice = await house.person("alice")
    async with listening(alice, "user") as ear:
        await alice.post("/api/v2/filters", {"title": "Lunch", "context": ["home"]})
        frame = await ear.ws.receive_json(timeout=5)
        assert frame == {"stream": ["user"], "event": "filters_changed"}


@pytest.mark.parametrize(
    "sent", ["{", "[]", '{"type": "subscribe", "stream": 1}', '{"type": "shout"}', "\u00e9" * 100]
)
async def test_a_senseless_frame_is_refused_and_the_socket_stays(house: House, sent: str) -> None:
    alice, bob = await friends(house)
    async with listening(bob, "user") as ear:
        await ear.ws.send_str(sent)
        assert "error" in await ear.error()
        for stream in ("local", "list"):
            await ear.ask("subscribe", stream, list="1")
            assert (await ear.error())["status"] == 400
        await alice.say("Lunch is ready")
        assert (await ear.hear())[1] == "update"


async def test_a_client_cannot_listen_without_end(house: House) -> None:
    alice = await house.person("alice")
    async with listening(alice) as ear:
        for number in range(sockets.MOST_CHANNELS):
            await ear.ask("subscribe", "hashtag", tag=f"tag{number}")
        await ear.ask("subscribe", "hashtag", tag="tag0")
        await ear.ask("subscribe", "user")
        assert (await ear.error())["error"] == "Too many streams"
        await ear.ws.send_str("x" * (streaming.LONGEST_FRAME + 1))
        assert await ear.ended()


async def test_the_stream_may_be_named_in_the_address(house: House) -> None:
    alice, bob = await friends(house)
    async with (
        listening(bob, query="?stream=user") as ear,
        listening(bob, query="/?stream=public&only_media=true") as media,
    ):
        await alice.say("Lunch is ready")
        assert (await ear.hear())[0] == ["user"]
        assert await media.silent()


async def test_a_token_may_come_in_three_ways_and_must_be_good(house: House) -> None:
    alice = await house.person("alice")
    url = f"{house.base}/api/v1/streaming"
    header = {"Authorization": f"Bearer {alice.secret}"}
    for address, headers in ((url, header), (f"{url}?access_token={alice.secret}", {})):
        async with house.session.ws_connect(address, headers=headers) as ws:
            await ws.send_json({"type": "subscribe", "stream": "user"})
    for address, headers in (
        (url, {}),
        (f"{url}?access_token=short", {}),
        (f"{url}?access_token={'x' * 43}", {}),
        (f"{url}?access_token=%FF{'x' * 43}", {}),
        (url, {"Authorization": "Basic " + alice.secret}),
    ):
        with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
            await house.session.ws_connect(address, headers=headers)
        assert refused.value.status == 401


async def test_scopes_decide_what_a_socket_may_hear(house: House) -> None:
    alice, bob = await friends(house)
    reader = await house.sign_in(alice.account, scopes=["read:statuses"])
    async with listening(reader, "user") as ear:
        await ear.ask("subscribe", "user:notification")
        assert (await ear.error())["status"] == 401
        await bob.say("@alice hello")
        assert await ear.silent()
    writer = await house.sign_in(alice.account, scopes=["write"])
    answer = await writer.call("GET", "/api/v1/streaming")
    assert answer.status == 403
    assert (await alice.call("GET", "/api/v1/streaming")).status == 400
    assert (await house.call("GET", "/api/v1/streaming/health")).body == b"OK"


async def test_a_revoked_token_is_sent_away_at_once(house: House) -> None:
    alice, bob = await house.person("alice"), await house.person("bob")
    async with listening(alice, "user") as stays, listening(bob, "user") as ear:
        async with house.db.transaction() as conn:
            await tokens.revoke_all(conn, bob.account.id, at=clock.now())
        assert await ear.ended(1)
        await alice.say("still here")
        assert (await stays.hear())[1] == "update"
    with pytest.raises(aiohttp.WSServerHandshakeError):
        await house.session.ws_connect(f"{house.base}/api/v1/streaming?access_token={bob.secret}")


async def test_a_lost_desk_role_ends_the_socket_though_nobody_said_so(house: House) -> None:
    bob = await house.person("bob")
    acme = await house.company("acme", bob, DeskRole.EDITOR)
    async with listening(bob, "user") as stays, listening(acme, "user") as ear:
        async with house.db.transaction() as conn:
            await conn.execute("DELETE FROM desk_roles")
        assert await ear.ended(streaming.LOOK_EVERY + 1)
        assert await stays.silent()


async def test_a_client_that_does_not_read_is_dropped_and_others_are_not_kept_waiting(
    house: House,
) -> None:
    alice, bob = await house.person("alice"), await house.person("bob")
    async with listening(alice, "user") as ear, deaf(bob):
        [reads], [does_not] = open_sockets(alice), open_sockets(bob)
        large = Message("update", orjson.dumps({"text": "x" * 500_000}).decode())
        for _ in range(20):
            reads.tell(large, streaming.HOME)
            does_not.tell(large, streaming.HOME)
            assert (await ear.hear())[1] == "update"
        async with asyncio.timeout(5):
            while open_sockets(bob):
                await asyncio.sleep(0.02)
        assert open_sockets(alice) == [reads]


@asynccontextmanager
async def deaf(person: Person) -> AsyncIterator[None]:
    """A client that opens a socket and never reads from it."""
    plain = socket.socket()
    plain.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    plain.setblocking(False)
    loop = asyncio.get_running_loop()
    with plain:
        await loop.sock_connect(plain, ("127.0.0.1", person.house.served.port))
        asked = (
            f"GET /api/v1/streaming?stream=user&access_token={person.secret} HTTP/1.1\r\n"
            f"Host: {person.house.served.settings.host}\r\n"
            "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
            "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
        )
        await loop.sock_sendall(plain, asked.encode())
        assert b"101" in await loop.sock_recv(plain, 64)
        yield


def open_sockets(person: Person) -> list[Socket]:
    streams = person.house.served.parts.streams
    assert streams is not None
    return [one for one in streams._sockets if one.account.id == person.account.id]


async def test_no_task_outlives_its_socket(house: House) -> None:
    alice = await house.person("alice")
    before = {task for task in asyncio.all_tasks() if task.get_name() == "socket"}
    async with listening(alice, "user"):
        during = {task for task in asyncio.all_tasks() if task.get_name() == "socket"}
        assert len(during) == len(before) + 1
    async with asyncio.timeout(5):
        while {task for task in asyncio.all_tasks() if task.get_name() == "socket"} != before:
            await asyncio.sleep(0.02)
