"""The vectors' preconditions, brought about by playing what led to them."""

import json
from collections.abc import Awaitable, Callable
from typing import Any

import orjson

from fedi.activitypub.vocab import ACTIVITYSTREAMS, PUBLIC
from tests.wire.elsewhere import VECTORS
from tests.wire.world import World

Vector = dict[str, Any]

M, G, LM, PT, MK = (
    "https://m.partner.example/users/ana",
    "https://g.partner.example/users/gus",
    "https://lm.partner.example/c/widgets",
    "https://pt.partner.example/video-channels/petra_channel",
    "https://mk.partner.example/users/9x1mio",
)
EVE = "https://m.partner.example/users/eve"
FOLLOWED = {
    "aki": "https://ak.partner.example/users/aki",
    "ana": M,
    "ana (accepted)": M,
    "author 7": "https://wp.partner.example/?author=7",
    "channel": PT,
    "community": LM,
    "did:plc:abc bridge actor": "https://br.partner.example/ap/did:plc:abc",
    "gus": G,
    "hol": "https://hl.partner.example/@hol",
    "mio": MK,
    "mit": "https://mi.partner.example/users/mit",
    "pia": "https://px.partner.example/users/pia",
    "planner": "https://mz.partner.example/@planner",
}


async def establish(world: World, vector: Vector) -> None:
    for given in vector.get("given", []):
        if given.startswith("press follows "):
            name = given.removeprefix("press follows ")
            await _press_follows(world, FOLLOWED[name], accepted=True)
        else:
            await GIVEN[given](world, vector)


async def play(world: World, file: str, signer: str) -> None:
    await _post(world, signer, json.loads((VECTORS / file).read_text(encoding="utf-8")))


async def _post(world: World, signer: str, document: Vector) -> None:
    await world.know(signer)
    body = orjson.dumps({"@context": ACTIVITYSTREAMS, **document})
    assert await world.post(body, signer=signer) == 202


async def _note(world: World, author: str, uri: str, **more: Any) -> None:
    press = world.accounts["press"].uri
    note = {
        "id": uri,
        "type": "Note",
        "attributedTo": author,
        "content": "<p>before</p>",
        "published": "2026-11-20T09:00:00Z",
        "to": [PUBLIC],
        "cc": [press],
        **more,
    }
    create = {"id": f"{uri}#create", "type": "Create", "actor": author, "object": note}
    await _post(world, author, create | {"to": note["to"], "cc": note["cc"]})
    assert (await world.status(uri)).uri == uri


async def _undone(world: World, vector: Vector) -> None:
    """What an Undo takes back, sent by its own signer."""
    document = json.loads((VECTORS / vector["file"]).read_text(encoding="utf-8"))
    await _post(world, vector["signer"], document["object"])


async def _press_follows(
    world: World, uri: str, *, accepted: bool, follow: str = "follow-1"
) -> None:
    followed = await world.know(uri)
    press = world.accounts["press"]
    await world.follow(press, followed, f"{world.settings.origin}/ap/activities/{follow}", accepted)


def _stored(file: str, signer: str) -> Callable[[World, Vector], Awaitable[None]]:
    return lambda world, _: play(world, file, signer)


def _noted(author: str, uri: str, **more: Any) -> Callable[[World, Vector], Awaitable[None]]:
    return lambda world, _: _note(world, author, uri, **more)


def _asked(uri: str, follow: str) -> Callable[[World, Vector], Awaitable[None]]:
    return lambda world, _: _press_follows(world, uri, accepted=False, follow=follow)


async def _private_create(world: World, _: Vector) -> None:
    await _press_follows(world, M, accepted=True)
    await play(world, "ok/mastodon-create-note-private.json", M)


async def _for_sales(world: World, _: Vector) -> None:
    sales = world.accounts["sales"].uri
    await _note(world, G, f"{G}/statuses/01PRIV", to=[sales], cc=[])


async def _known(world: World, vector: Vector) -> None:
    await world.know(vector["signer"])


async def _question(world: World, _: Vector) -> None:
    await _press_follows(world, M, accepted=True)
    await play(world, "ok/mastodon-create-question.json", M)


async def _article(world: World, vector: Vector) -> None:
    await _press_follows(world, vector["signer"], accepted=True)
    await play(world, "ok/wordpress-create-article.json", vector["signer"])


async def _not_built(_: World, __: Vector) -> None:
    """Of a feature that is not there yet (see test_vectors.LATER)."""


GIVEN: dict[str, Callable[[World, Vector], Awaitable[None]]] = {
    "01KA1 stored": _noted(G, f"{G}/statuses/01KA1"),
    "115702 stored": _noted(M, f"{M}/statuses/115702"),
    "115703 stored as followers": _noted(
        M, f"{M}/statuses/115703", to=[f"{M}/followers"], published="2026-11-20T08:00:00Z"
    ),
    "akkoma-emojireact stored": _undone,
    "ana known with cached key": _known,
    "eve statuses/5 stored": _noted(EVE, f"{EVE}/statuses/5"),
    "follow-81 pending": _asked(PT, "follow-81"),
    "follow-90 pending": _asked("https://mi.partner.example/users/mit", "follow-90"),
    "gts-like-approved-by stored": _undone,
    "gus private post 01PRIV stored for sales only": _for_sales,
    "hol follows press": _undone,
    "mastodon-announce stored": _undone,
    "mastodon-block stored": _undone,
    "mastodon-create-note-private stored": _private_create,
    "mastodon-create-note-public stored": _stored("ok/mastodon-create-note-public.json", M),
    "mastodon-create-question stored": _question,
    "mastodon-follow-open stored": _undone,
    "misskey-create-note-mfm stored": _noted(MK, "https://mk.partner.example/notes/a1"),
    "misskey-like-unicode-reaction stored": _stored("ok/misskey-like-unicode-reaction.json", MK),
    "post 77 stored": _not_built,
    "qr-9 pending": _not_built,
    "threads-like stored": _undone,
    "wordpress-create-article stored": _article,
}
