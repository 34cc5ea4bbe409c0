"""Inside stays inside: canaries in everything internal, and a search through all that leaves.

Every internal text, handle, tag, file name and description carries a canary.  All bytes that go
to another server and back are kept, every address is asked without a token and with a partner's
signature, and no internal canary is in any of it, while the control, a public post's, is found.
"""

import io
import logging
import re
import secrets
from collections.abc import AsyncIterator
from dataclasses import dataclass
from functools import partial
from typing import Any

import aiohttp
import asyncpg
import pytest
from PIL import Image

from fedi import clock
from fedi.activitypub import keys, signatures
from fedi.app import make_app
from fedi.model.peer import Trust
from fedi.model.reach import Reach
from tests.house import Builder, House, Person, free_port, until
from tests.wiretap import Tap

INSIDE = "canaryinside" + secrets.token_hex(6)
PARTNER = "canarypartner" + secrets.token_hex(6)
PUBLIC = "canarypublic" + secrets.token_hex(6)
NOBODY = secrets.token_hex(4)  # of nobody's name
CHANGING = ("Date", "Content-Length")
ACCEPTS = ("text/html", "application/activity+json", "application/json")


@dataclass
class World:
    acme: House
    globex: House  # a partner
    initech: House  # may follow what is public, and does
    tap: Tap  # on the line to globex
    other_tap: Tap  # on the line to initech
    desk: Person
    alice: Person
    values: dict[str, list[str]]  # what a path's {name} may be


@pytest.fixture
async def world(builder: Builder, caplog: pytest.LogCaptureFixture) -> AsyncIterator[World]:
    caplog.set_level(logging.DEBUG)
    acme = await builder.house("acme.localhost")
    globex, tap = await _tapped(builder, acme, "globex.localhost", Trust.PARTNER)
    initech, other_tap = await _tapped(builder, acme, "initech.localhost", Trust.PUBLIC)
    alice = await acme.person(f"alice_{INSIDE[-8:]}", display_name=f"Alice {INSIDE}")
    desk = await acme.company("acme", alice)
    readers = [await globex.outgoing("gus"), await initech.outgoing("mike")]
    for reader in readers:
        await _follow(reader, acme, "acme")
    statuses = await _say_everything(acme, alice, desk)
    for reader in readers:
        await until(partial(_has_the_control, reader))
    values = _values(alice, desk, statuses)
    yield World(acme, globex, initech, tap, other_tap, desk, alice, values)
    await tap.stop()
    await other_tap.stop()


async def test_no_internal_byte_leaves_for_a_partner(world: World) -> None:
    sent = bytes(world.tap.towards) + bytes(world.tap.back)
    assert PUBLIC.encode() in sent, "the tap hears nothing, so it proves nothing"
    assert PARTNER.encode() in sent
    assert INSIDE.encode() not in sent
    assert INSIDE[-8:].encode() not in sent, "the handle of somebody who is inside only"


async def test_what_is_for_partners_does_not_leave_for_another_follower(world: World) -> None:
    sent = bytes(world.other_tap.towards) + bytes(world.other_tap.back)
    assert PUBLIC.encode() in sent, "the tap hears nothing, so it proves nothing"
    assert PARTNER.encode() not in sent
    assert INSIDE[-8:].encode() not in sent


@pytest.mark.parametrize("who", ["nobody", "partner", "follower", "stranger"])
async def test_no_address_tells_an_outsider_anything_internal(world: World, who: str) -> None:
    found: dict[str, set[str]] = {INSIDE[-8:]: set(), PARTNER: set(), PUBLIC: set()}
    asked = 0
    async for path, answer in _crawl(world, who):
        asked += 1
        for canary, where in found.items():
            if canary in answer:
                where.add(path)
    assert asked > 100
    assert found[INSIDE[-8:]] == set()
    assert found[PUBLIC], "the control was not found: the crawl sees nothing"
    if who != "partner":
        assert found[PARTNER] == set()


async def test_the_outside_login_cannot_read_what_is_internal(world: World) -> None:
    assert world.acme.place.outside_url is not None
    conn = await asyncpg.connect(world.acme.place.outside_url)
    try:
        views = await conn.fetch(
            "SELECT table_name FROM information_schema.tables WHERE table_schema = 'outside'"
        )
        assert len(views) > 8
        seen = ""
        for view in views:
            seen += repr(await conn.fetch(f'SELECT * FROM outside."{view["table_name"]}"'))
        assert PUBLIC in seen
        assert INSIDE[-8:] not in seen
        for table in ("statuses", "accounts", "media", "people", "tokens", "secrets", "inbound"):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await conn.fetch(f"SELECT * FROM public.{table}")
    finally:
        await conn.close()


async def test_logs_carry_no_content(world: World, caplog: pytest.LogCaptureFixture) -> None:
    async for _ in _crawl(world, "nobody"):
        pass
    phases = (caplog.get_records("setup"), caplog.get_records("call"))
    logged = "\n".join(record.getMessage() for records in phases for record in records)
    assert "serving" in logged, "nothing was logged, so nothing is proven"
    for canary in (INSIDE, PARTNER, PUBLIC):
        assert canary not in logged


async def test_internal_posts_queue_nothing(world: World) -> None:
    rows = await world.acme.fetch("SELECT convert_from(body, 'UTF8') AS body FROM outbound")
    assert any(PUBLIC in row["body"] for row in rows)
    assert not any(INSIDE in row["body"] for row in rows)


async def _tapped(builder: Builder, acme: House, host: str, trust: Trust) -> tuple[House, Tap]:
    """A neighbour, every byte of whose line to others is heard."""
    outer, inner = free_port(), free_port()
    tap = Tap(outer, inner)
    await tap.start()
    house = await builder.house(host, port=outer, bind=f"127.0.0.1:{inner}")
    await acme.allow(house.domain, trust)
    await house.allow(acme.domain)
    return house, tap


async def _has_the_control(reader: Person) -> bool:
    return any(PUBLIC in status["content"] for status in await reader.home())


async def _say_everything(acme: House, alice: Person, desk: Person) -> list[dict[str, Any]]:
    inside = await alice.say(
        f"secret {INSIDE} #{INSIDE}",
        spoiler_text=f"warning {INSIDE}",
        media_ids=[await _upload(alice, INSIDE)],
    )
    answer = await alice.say(f"more {INSIDE}", in_reply_to_id=inside["id"])
    direct = await alice.say(f"@acme only you {INSIDE}", visibility="direct")
    within = await desk.say(f"@internal from the desk {INSIDE}", visibility="public")
    partner = await desk.say(f"@partners plans {PARTNER}", media_ids=[await _upload(desk, PARTNER)])
    public = await desk.say(f"@public news {PUBLIC}", media_ids=[await _upload(desk, PUBLIC)])
    comment = await alice.say(f"aside {INSIDE}", in_reply_to_id=public["id"])
    await alice.post(f"/api/v1/statuses/{public['id']}/favourite")
    await alice.post(f"/api/v1/statuses/{public['id']}/reblog")
    return [inside, answer, direct, within, partner, public, comment]


async def _upload(person: Person, canary: str) -> str:
    picture = io.BytesIO()
    Image.new("RGB", (64, 48), "navy").save(picture, "PNG")
    form = aiohttp.FormData()
    form.add_field("file", picture.getvalue(), filename=f"{canary}.png", content_type="image/png")
    form.add_field("description", f"picture {canary}")
    answer = await person.call("POST", "/api/v2/media", data=form)
    assert answer.status in (200, 202), answer
    return str(answer.body["id"])


async def _follow(reader: Person, house: House, name: str) -> None:
    found = await reader.get(f"/api/v2/search?q=@{name}@{house.domain}&resolve=true&type=accounts")
    account = found["accounts"][0]["id"]
    await reader.post(f"/api/v1/accounts/{account}/follow")

    async def accepted() -> bool:
        (relation,) = await reader.get(f"/api/v1/accounts/relationships?id[]={account}")
        return bool(relation["following"])

    await until(accepted)


def _values(alice: Person, desk: Person, statuses: list[dict[str, Any]]) -> dict[str, list[str]]:
    media = [one for status in statuses for one in status["media_attachments"]]
    accounts = [alice.account, desk.account]
    return {
        "id": [s["id"] for s in statuses]
        + [str(a.id) for a in accounts]
        + [m["id"] for m in media],
        "name": [a.username for a in accounts],
        "username": [a.username for a in accounts],
        "token": [uri.rpartition("/")[2] for uri in _uris(accounts, statuses)],
        "tag": [INSIDE, "news"],
        "hashtag": [INSIDE],
        "file": [url.rpartition("/")[2] for m in media for url in (m["url"], m["preview_url"])],
    }


def _uris(accounts: list[Any], statuses: list[dict[str, Any]]) -> list[str]:
    return [a.uri for a in accounts] + [s["uri"] for s in statuses]


async def _crawl(world: World, who: str) -> AsyncIterator[tuple[str, str]]:
    """(path, answer) of every GET route, filled with everything that is known inside.

    An answer may repeat what was asked.  So where the path itself names a canary, the answer must
    be the one that a name which does not exist gets, letter for letter.
    """
    for path in _paths(world):
        for accept in ACCEPTS:
            answer = await _ask(world, who, path, accept)
            if INSIDE[-8:] in path:
                nobody = await _ask(world, who, path.replace(INSIDE[-8:], NOBODY), accept)
                assert _alike(answer.replace(INSIDE[-8:], NOBODY)) == _alike(nobody), path
                answer = ""
            yield path, answer


def _alike(answer: str) -> str:
    """A hashtag's id is made from its name, so it differs with what was asked."""
    return re.sub(r"'id': '\d+', 'name'", "'name'", answer)


async def _ask(world: World, who: str, path: str, accept: str) -> str:
    headers = {"Accept": accept, **await _signed(world, who, path)}
    answer = await world.acme.call("GET", path, headers=headers)
    assert answer.status < 500, (path, answer)
    told = {name: value for name, value in answer.headers.items() if name not in CHANGING}
    return f"{answer.status} {told!r} {answer.body!r}"


def _paths(world: World) -> list[str]:
    alice, desk = world.alice.account, world.desk.account
    app = make_app(world.acme.served.parts)
    patterns = {r.canonical for r in app.router.resources() if "/streaming" not in r.canonical}
    paths = [path for pattern in sorted(patterns) for path in _filled(pattern, world.values)]
    names = [f"{one.username}@{world.acme.domain}" for one in (alice, desk)]
    paths += [f"/.well-known/webfinger?resource=acct:{name}" for name in names]
    paths += [f"/api/v1/accounts/lookup?acct={name}" for name in names]
    paths += [f"/api/v2/search?q={word}" for word in (INSIDE, PUBLIC, alice.username)]
    paths += ["/api/v1/timelines/public?local=true", f"/@{alice.username}", "/@acme"]
    paths += [f"/ap/actors/{uri}/outbox?page=true" for uri in world.values["token"]]
    return [path for path in paths if "{" not in path]


def _filled(pattern: str, values: dict[str, list[str]]) -> list[str]:
    paths = [pattern]
    for name, known in values.items():
        place = "{" + name + "}"
        paths = [
            path.replace(place, value)
            for path in paths
            for value in (known if place in path else [""])
        ]
    return paths


async def _signed(world: World, who: str, path: str) -> dict[str, str]:
    """The headers of a signature by the partner, by a server nobody knows, or none."""
    if who == "nobody":
        return {}
    url = world.acme.origin + path
    if who == "stranger":
        private_pem, _ = keys.generate() if not _stranger else _stranger[0]
        _stranger.append((private_pem, ""))
        key_id = "https://stranger.example/actor#main-key"
    else:
        signer = world.globex if who == "partner" else world.initech
        row = (await signer.fetch("SELECT key_id, private_pem FROM outside.instance_actor"))[0]
        key_id, private_pem = row["key_id"], row["private_pem"]
    return signatures.sign_get(key_id, private_pem, url, now=clock.now())


_stranger: list[tuple[str, str]] = []


def test_the_canaries_differ() -> None:
    assert len({INSIDE, PARTNER, PUBLIC, Reach.INTERNAL}) == 4
