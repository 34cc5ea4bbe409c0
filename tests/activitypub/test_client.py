"""What other servers may make us believe, against a real server on loopback."""

import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from datetime import timedelta
from email.utils import format_datetime
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from fedi import clock, errors
from fedi.activitypub import client as activitypub
from fedi.net import Client, Failure, Guard

AS2 = "https://www.w3.org/ns/activitystreams"
ACTIVITY = "application/activity+json"
NOTE = "https://a.example/notes/1"


class World:
    """Every host of the internet: documents by URL, handles by resource and host."""

    def __init__(self) -> None:
        self.asked: list[web.Request] = []
        self.documents: dict[str, web.Response] = {}
        self.handles: dict[tuple[str, str], dict[str, Any]] = {}

    def put(self, url: str, document: object, kind: str = ACTIVITY, status: int = 200) -> None:
        body = document if isinstance(document, bytes) else json.dumps(document).encode()
        headers = {"Content-Type": kind} if kind else {}
        self.documents[url] = web.Response(status=status, body=body, headers=headers)

    def move(self, url: str, to: str) -> None:
        self.documents[url] = web.Response(status=302, headers={"Location": to})

    def handle(self, host: str, resource: str, subject: str, actor: str, **link: str) -> None:
        links = [
            {"rel": "http://webfinger.net/rel/profile-page", "href": "https://a.example/@a"},
            {"rel": "self", "type": "text/html", "href": "https://evil.example/"},
            {"rel": "self", "type": ACTIVITY, "href": actor} | link,
        ]
        self.handles[host, resource] = {"subject": subject, "links": links}

    async def serve(self, request: web.Request) -> web.Response:
        self.asked.append(request)
        await request.read()
        found = self.documents.get(f"https://{request.host}{request.raw_path}")
        if found is not None:
            return web.Response(status=found.status, body=found.body, headers=found.headers)
        jrd = self.handles.get((request.host, request.query.get("resource", "")))
        kind = "application/jrd+json"
        return web.json_response(jrd, status=200 if jrd else 404, content_type=kind)


@pytest.fixture
async def routes(
    world: World, aiohttp_server: Callable[..., Awaitable[TestServer]]
) -> dict[str, str]:
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", world.serve)
    return {"*.example": f"127.0.0.1:{(await aiohttp_server(app)).port}"}


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
async def client(routes: dict[str, str]) -> AsyncIterator[Client]:
    async with Client("https://fedi.example", Guard(dev_routes=routes)) as client:
        yield client


async def refusal(client: Client, url: str = NOTE, **more: Any) -> str:
    client.failures = type(client.failures)(ttl=0)
    with pytest.raises(Failure) as caught:
        await activitypub.fetch_document(client, url, **more)
    return caught.value.reason


async def test_a_document_is_taken_under_its_own_id(client: Client, world: World) -> None:
    world.put(NOTE, {"id": NOTE, "type": "Note"})
    document, final = await activitypub.fetch_document(client, f"{NOTE}#part")
    assert (document, final) == ({"id": NOTE, "type": "Note"}, NOTE)
    accept = f'application/ld+json; profile="{AS2}", application/activity+json'
    assert world.asked[0].headers["Accept"] == accept


@pytest.mark.parametrize(
    "kind",
    [
        ACTIVITY,
        "Application/Activity+JSON; charset=utf-8",
        f'application/ld+json; profile="{AS2}"',
        f'application/ld+json;charset=utf-8;PROFILE="https://x.example/y {AS2.upper()}"',
        f"application/ld+json; profile={AS2}",
    ],
)
async def test_a_document_comes_as_activity_json(client: Client, world: World, kind: str) -> None:
    world.put(NOTE, {"id": NOTE}, kind)
    assert (await activitypub.fetch_document(client, NOTE))[1] == NOTE


@pytest.mark.parametrize(
    "kind",
    [
        "",
        "text/html",
        "application/json",
        "application/octet-stream",
        "application/ld+json",
        'application/ld+json; profile="https://www.w3.org/ns/json-ld"',
        f'application/ld+json; profile="{AS2}.evil.example"',
        f'application/ld+json; x="; profile={AS2}"',
        f'text/html; profile="{AS2}"',
        "application/activity+jsonx",
    ],
)
async def test_anything_else_might_be_an_upload_of_a_stranger(
    client: Client, world: World, kind: str
) -> None:
    world.put(NOTE, {"id": NOTE}, kind)
    assert await refusal(client) == "wrong type"


@pytest.mark.parametrize(
    ("document", "why"),
    [
        ({"type": "Note"}, "wrong id"),
        ({"id": None}, "wrong id"),
        ({"id": [NOTE]}, "wrong id"),
        ({"id": f"{NOTE}/"}, "wrong id"),
        ({"id": "https://A.example/notes/1"}, "wrong id"),
        ({"id": "https://b.example/notes/1"}, "wrong id"),
        ([{"id": NOTE}], "bad document"),
        (b'{"id": "x", "id": "y"}', "bad document"),
        (b"{", "bad document"),
        (b" " * ((1 << 20) + 1), "too large"),
        ({"id": NOTE, "attributedTo": "https://b.example/u"}, "wrong author"),
        ({"id": NOTE, "actor": {"id": "https://b.example/u"}}, "wrong author"),
        (
            {"id": NOTE, "attributedTo": ["https://a.example/u", "https://b.example/u"]},
            "wrong author",
        ),
        ({"id": NOTE, "attributedTo": "https://a.example.b.example/u"}, "wrong author"),
        ({"id": NOTE, "attributedTo": "https://a.example:444/u"}, "wrong author"),
        ({"id": NOTE, "actor": 7}, "wrong author"),
    ],
)
async def test_a_known_id_is_not_taken_from_a_document_that_is_not_it(
    client: Client, world: World, document: object, why: str
) -> None:
    world.put(NOTE, document)
    assert await refusal(client) == why
    assert len(world.asked) == 1
    world.put(NOTE, {"id": NOTE, "attributedTo": ["https://a.example/u", {"id": NOTE}]})
    assert await activitypub.fetch_document(client, NOTE)


async def test_a_pasted_url_leads_to_the_id_in_one_more_step(client: Client, world: World) -> None:
    world.put("https://www.example/@a/1", {"id": NOTE})
    world.put(NOTE, {"id": NOTE, "content": "the real one"})
    document, final = await activitypub.fetch_document(
        client, "https://www.example/@a/1", expect_id=False
    )
    assert (document["content"], final) == ("the real one", NOTE)
    assert await refusal(client, "https://www.example/@a/1") == "wrong id"


async def test_the_one_more_step_is_the_last(client: Client, world: World) -> None:
    for n in range(1, 5):
        world.put(f"https://a.example/{n}", {"id": f"https://a.example/{n + 1}"})
    assert await refusal(client, "https://a.example/1", expect_id=False) == "wrong id"
    assert len(world.asked) == 2


async def test_a_redirect_within_the_host_is_followed_and_to_another_refused(
    client: Client, world: World
) -> None:
    world.put(NOTE, {"id": NOTE})
    world.move("https://a.example/old", NOTE)
    world.move("https://b.example/old", NOTE)
    assert (await activitypub.fetch_document(client, "https://a.example/old"))[1] == NOTE
    assert await refusal(client, "https://b.example/old") == "wrong host"
    assert await refusal(client, "https://b.example/old", expect_id=False) == "wrong host"


async def test_what_is_gone_is_told_from_what_never_was(client: Client, world: World) -> None:
    with pytest.raises(errors.NotFound):
        await activitypub.fetch_document(client, NOTE)
    world.put(NOTE, {"id": NOTE, "type": "Tombstone"}, status=410)
    with pytest.raises(errors.Gone):
        await activitypub.fetch_document(client, NOTE)
    world.put(NOTE, {"id": NOTE}, status=401)
    assert await refusal(client) == "status 401"
    world.put(NOTE, {"id": NOTE}, status=203)
    assert await refusal(client) == "status 203"


async def test_a_broken_document_is_not_asked_for_again_at_once(
    client: Client, world: World
) -> None:
    world.put(NOTE, {"id": "https://b.example/"})
    for _ in range(3):
        with pytest.raises(Failure):
            await activitypub.fetch_document(client, NOTE)
    assert len(world.asked) == 1


async def test_a_fetch_refused_for_its_signature_may_be_tried_with_another(
    client: Client, world: World
) -> None:
    world.put(NOTE, {"id": NOTE}, status=401)
    with pytest.raises(Failure):
        await activitypub.fetch_document(client, NOTE)
    world.put(NOTE, {"id": NOTE})
    assert await activitypub.fetch_document(client, NOTE)


async def test_fetches_are_signed_and_our_policy_is_asked(client: Client, world: World) -> None:
    def sign(method: str, url: str, headers: Mapping[str, str], body: bytes) -> Mapping[str, str]:
        return {"Signature": f"{method} {url} {headers['Host']} {body!r}"}

    world.put(NOTE, {"id": NOTE})
    await activitypub.fetch_document(client, NOTE, sign=sign, allow={"a.example"}.__contains__)
    assert world.asked[0].headers["Signature"] == f"GET {NOTE} a.example b''"
    assert await refusal(client, sign=sign, allow={"b.example"}.__contains__) == "policy"
    assert len(world.asked) == 1


# Deliveries


def unsigned(method: str, url: str, headers: Mapping[str, str], body: bytes) -> Mapping[str, str]:
    return {}


async def test_an_activity_is_posted_with_exactly_these_bytes(client: Client, world: World) -> None:
    def sign(method: str, url: str, headers: Mapping[str, str], body: bytes) -> Mapping[str, str]:
        return {"Digest": f"{method} {len(body)}"}

    world.put("https://a.example/inbox", b"", status=202)
    inbox, body = "https://a.example/inbox", b'{ "id" : 1 }'
    assert await activitypub.post_activity(client, inbox, body, sign=sign) == (202, None)
    assert await world.asked[0].read() == body
    assert world.asked[0].method == "POST"
    assert world.asked[0].headers["Content-Type"] == ACTIVITY
    assert world.asked[0].headers["Digest"] == "POST 12"


@pytest.mark.parametrize(
    ("text", "least", "most"),
    [
        ("120", 120, 120),
        ("0", 0, 0),
        ("9" * 5000, 86_400, 86_400),
        ("-5", None, None),
        ("soon", None, None),
        ("٣", None, None),
        ("Thu, 01 Jan 1970 00:00:00 GMT", 0, 0),
        ("Fri, 31 Dec 9999 23:59:59 GMT", 86_400, 86_400),
        (format_datetime(clock.now() + timedelta(minutes=30), usegmt=True), 1700, 1800),
    ],
)
async def test_a_peer_may_ask_to_wait(
    client: Client, world: World, text: str, least: int | None, most: int | None
) -> None:
    world.put("https://a.example/inbox", b"", status=429)
    world.documents["https://a.example/inbox"].headers["Retry-After"] = text
    status, wait = await activitypub.post_activity(
        client, "https://a.example/inbox", b"{}", sign=unsigned
    )
    assert status == 429
    if least is None or most is None:
        assert wait is None
    else:
        assert wait is not None
        assert least <= wait <= most


async def test_a_delivery_is_not_redirected(client: Client, world: World) -> None:
    world.move("https://a.example/inbox", "https://b.example/inbox")
    status, _ = await activitypub.post_activity(
        client, "https://a.example/inbox", b"{}", sign=unsigned
    )
    assert (status, len(world.asked)) == (302, 1)


# Handles

ANN = "https://fedi.example/ap/ann"


async def test_a_handle_leads_to_its_actor(client: Client, world: World) -> None:
    world.handle("a.example", "acct:Ann@a.example", "acct:ann@A.example", ANN)
    assert await activitypub.resolve_handle(client, "Ann", "A.example") == ANN
    kind = f'application/ld+json; profile="{AS2}"'
    world.handle("a.example", "acct:Ann@a.example", "acct:ann@a.example", ANN, type=kind)
    assert await activitypub.resolve_handle(client, "Ann", "a.example") == ANN


async def test_a_handle_may_settle_on_another_domain_once(client: Client, world: World) -> None:
    world.handle("fedi.example", "acct:ann@fedi.example", "acct:ann@a.example", "https://x/")
    world.handle("a.example", "acct:ann@a.example", "acct:ann@a.example", ANN)
    assert await activitypub.resolve_handle(client, "ann", "fedi.example") == ANN
    world.handle("a.example", "acct:ann@a.example", "acct:ann@b.example", ANN)
    world.handle("b.example", "acct:ann@b.example", "acct:ann@b.example", ANN)
    world.asked.clear()
    with pytest.raises(activitypub.Contradiction):
        await activitypub.resolve_handle(client, "ann", "fedi.example")
    assert len(world.asked) == 2


async def test_a_handle_of_nobody_is_not_found(client: Client) -> None:
    with pytest.raises(errors.NotFound):
        await activitypub.resolve_handle(client, "ann", "a.example")


@pytest.mark.parametrize(
    "jrd",
    [
        {},
        {"subject": 7},
        {"subject": "https://a.example/ann"},
        {"subject": "acct:ann@127.0.0.1"},
        {"subject": "acct:ann@a.example", "links": {"rel": "self"}},
        {"subject": "acct:ann@a.example", "links": [{"rel": "self", "type": "text/html"}]},
        {"subject": "acct:ann@a.example", "links": [{"rel": "self", "type": ACTIVITY, "href": 1}]},
    ],
)
async def test_a_broken_answer_about_a_handle_is_refused(
    client: Client, world: World, jrd: dict[str, Any]
) -> None:
    world.handles["a.example", "acct:ann@a.example"] = jrd | {"x": 1}
    with pytest.raises(activitypub.Contradiction):
        await activitypub.resolve_handle(client, "ann", "a.example")


@pytest.mark.parametrize(
    ("user", "host"),
    [
        ("", "a.example"),
        ("a b", "a.example"),
        ("a/b", "a.example"),
        ("a@b", "a.example"),
        ("ann", ""),
        ("ann", "a.example/b"),
        ("ann", "a.example@b.example"),
        ("ann", "127.0.0.1"),
        ("ann", "localhost"),
        ("ann", "a.example:8443"),
    ],
)
async def test_what_is_no_handle_is_never_asked_for(
    client: Client, world: World, user: str, host: str
) -> None:
    with pytest.raises((errors.Invalid, Failure)):
        await activitypub.resolve_handle(client, user, host)
    assert not world.asked


async def test_a_split_domain_may_redirect_webfinger_to_its_server(
    client: Client, world: World
) -> None:
    query = "/.well-known/webfinger?resource=acct:ann@a.example"
    world.move(f"https://a.example{query}", f"https://fedi.example{query}")
    world.handle("fedi.example", "acct:ann@a.example", "acct:ann@a.example", ANN)
    both = {"a.example", "fedi.example"}.__contains__
    assert await activitypub.resolve_handle(client, "ann", "a.example", allow=both) == ANN
    with pytest.raises(Failure) as caught:
        await activitypub.resolve_handle(
            client, "ann", "a.example", allow={"a.example"}.__contains__
        )
    assert caught.value.reason == "policy"


def ann(**more: object) -> dict[str, object]:
    return {"id": ANN, "type": "Person", "preferredUsername": "Ann"} | more


async def test_an_actor_and_its_own_domain_agree(client: Client, world: World) -> None:
    world.handle("fedi.example", "acct:Ann@fedi.example", "acct:ann@fedi.example", ANN)
    assert await activitypub.loops_back(client, ann()) == "Ann@fedi.example"


async def test_an_actor_may_be_known_at_another_domain_that_agrees(
    client: Client, world: World
) -> None:
    world.handle("fedi.example", "acct:Ann@fedi.example", "acct:ann@a.example", ANN)
    world.handle("a.example", "acct:ann@a.example", "acct:ann@a.example", ANN)
    assert await activitypub.loops_back(client, ann()) == "Ann@a.example"
    assert await activitypub.loops_back(client, ann(webfinger="ann@a.example")) == "ann@a.example"


async def test_an_actor_cannot_take_a_handle_whose_domain_names_another(
    client: Client, world: World
) -> None:
    world.handle("a.example", "acct:ceo@a.example", "acct:ceo@a.example", "https://a.example/ceo")
    thief = ann(webfinger="ceo@a.example")
    assert await activitypub.loops_back(client, thief) is None
    world.handle("a.example", "acct:ceo@a.example", "acct:ceo@a.example", ANN)
    assert await activitypub.loops_back(client, thief) == "ceo@a.example"


async def test_a_domain_cannot_give_an_actor_a_handle_that_it_does_not_name(
    client: Client, world: World
) -> None:
    world.handle("fedi.example", "acct:Ann@fedi.example", "acct:fool@a.example", ANN)
    world.handle("a.example", "acct:fool@a.example", "acct:fool@a.example", ANN)
    assert await activitypub.loops_back(client, ann()) is None
    world.handle("b.example", "acct:ann@b.example", "acct:ann@a.example", ANN)
    world.handle("a.example", "acct:ann@a.example", "acct:ann@a.example", ANN)
    assert await activitypub.loops_back(client, ann(webfinger="ann@b.example")) is None
    assert await activitypub.loops_back(client, ann(webfinger="ann@a.example")) == "ann@a.example"


@pytest.mark.parametrize(
    "actor",
    [
        {},
        {"id": ANN},
        {"id": 7, "preferredUsername": "ann"},
        {"id": ANN, "preferredUsername": ["ann"]},
        {"id": ANN, "webfinger": {"a": 1}, "preferredUsername": "ann"},
        {"id": "https://127.0.0.1/", "preferredUsername": "ann"},
        {"id": ANN, "preferredUsername": "ann@b.example"},
        {"id": ANN, "preferredUsername": "unknown"},
    ],
)
async def test_an_actor_without_a_proper_name_is_refused(
    client: Client, actor: dict[str, object]
) -> None:
    assert await activitypub.loops_back(client, actor) is None


async def test_a_domain_that_cannot_be_asked_is_no_verdict(client: Client) -> None:
    with pytest.raises(errors.Unreachable):
        await activitypub.loops_back(client, ann(), allow=frozenset[str]().__contains__)
