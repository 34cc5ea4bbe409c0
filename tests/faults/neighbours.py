"""Other servers on loopback, all behind one port: they sign what they send, and count what comes.

Their names end in `.peers.localhost`, so that one entry of the allow list can stand for all.
"""

import asyncio
import json
from collections import Counter, defaultdict
from typing import Any

import aiohttp
import orjson
from aiohttp import web

from fedi import clock
from fedi.activitypub import signatures
from fedi.activitypub.vocab import ACTIVITYSTREAMS, PUBLIC
from tests.faults.served import Serve
from tests.house import until
from tests.wire.elsewhere import VECTORS

KEY: dict[str, str] = json.loads((VECTORS / "keys.json").read_text(encoding="utf-8"))["peer"]
ACTIVITY_JSON = "application/activity+json"


class Neighbours:
    """Every host has one actor, `ana`.  `slow`: seconds before a host answers a delivery."""

    def __init__(self, session: aiohttp.ClientSession) -> None:
        self._session = session
        self.port = 0
        self.slow: dict[str, float] = {}
        # host → id of the object → how often each activity about it came
        self.got: dict[str, dict[str, Counter[str]]] = defaultdict(lambda: defaultdict(Counter))

    async def start(self) -> web.AppRunner:
        app = web.Application()
        app.router.add_get("/users/ana", self._actor)
        app.router.add_get("/.well-known/webfinger", self._finger)
        app.router.add_post("/{path:.*}", self._receive)
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        self.port = runner.addresses[0][1]
        return runner

    @property
    def domain(self) -> str:
        return f"peers.localhost:{self.port}"

    def named(self, name: str) -> str:
        return f"{name}.{self.domain}"

    def actor(self, name: str) -> str:
        return f"http://{self.named(name)}/users/ana"

    async def post(self, server: Serve, name: str, activity: dict[str, Any]) -> int:
        """`ana` of `name` signs and delivers; the answer's status."""
        body = orjson.dumps({"@context": ACTIVITYSTREAMS, "actor": self.actor(name), **activity})
        signed = signatures.sign_post(
            f"{self.actor(name)}#main-key",
            KEY["private"],
            f"{server.origin}/inbox",
            body,
            now=clock.now(),
        )
        async with self._session.post(
            f"{server.base}/inbox", data=body, headers=dict(signed), timeout=_PATIENCE
        ) as answer:
            await answer.read()
            return answer.status

    async def read(self, server: Serve, name: str, url: str) -> Any:
        """`ana` of `name` asks for a document of ours."""
        signed = signatures.sign_get(
            f"{self.actor(name)}#main-key",
            KEY["private"],
            url,
            now=clock.now(),
            headers={"Accept": ACTIVITY_JSON},
        )
        return await server.get(url, headers=dict(signed))

    async def write(self, server: Serve, name: str, to: str, number: int) -> int:
        """A post that mentions `to`, our actor."""
        return await self.post(server, name, self.note(name, to, number))

    def note(self, name: str, to: str, number: int) -> dict[str, Any]:
        uri = self.uri(name, number)
        about = {"to": [PUBLIC], "cc": [to]}
        note = {
            "id": uri,
            "type": "Note",
            "attributedTo": self.actor(name),
            "content": f"<p>number {number}</p>",
            "published": clock.now().isoformat(),
            "tag": [{"type": "Mention", "href": to}],
            **about,
        }
        return {"id": f"{uri}#create", "type": "Create", "object": note, **about}

    def uri(self, name: str, number: int) -> str:
        return f"http://{self.named(name)}/notes/{number}"

    async def follow(self, server: Serve, name: str, followed: str) -> None:
        """`ana` of `name` follows our actor; returns when the answer has come."""
        uri = f"http://{self.named(name)}/follows/1"
        assert (
            await self.post(server, name, {"id": uri, "type": "Follow", "object": followed}) == 202
        )

        async def accepted() -> bool:
            return uri in self.got[self.named(name)]

        await until(accepted)

    async def _receive(self, request: web.Request) -> web.Response:
        activity = orjson.loads(await request.read())
        about = activity["object"]
        uri = about if isinstance(about, str) else about["id"]
        self.got[request.host][uri][activity["id"]] += 1
        await asyncio.sleep(self.slow.get(request.host, 0))
        return web.Response(status=202)

    async def _actor(self, request: web.Request) -> web.Response:
        uri = f"http://{request.host}/users/ana"
        document = {
            "@context": [ACTIVITYSTREAMS, "https://w3id.org/security/v1"],
            "id": uri,
            "type": "Person",
            "preferredUsername": "ana",
            "inbox": f"http://{request.host}/inbox",
            "publicKey": {"id": f"{uri}#main-key", "owner": uri, "publicKeyPem": KEY["public"]},
        }
        return web.Response(body=orjson.dumps(document), content_type=ACTIVITY_JSON)

    async def _finger(self, request: web.Request) -> web.Response:
        link = {"rel": "self", "type": ACTIVITY_JSON, "href": f"http://{request.host}/users/ana"}
        jrd = {"subject": f"acct:ana@{request.host}", "links": [link]}
        return web.Response(body=orjson.dumps(jrd), content_type="application/jrd+json")


_PATIENCE = aiohttp.ClientTimeout(total=10)
