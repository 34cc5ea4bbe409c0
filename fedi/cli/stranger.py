"""A server that nobody allowed: it has an actor and a key, signs as it should, and is refused.

Only for `fedi demo`; it is no fedi, just enough of ActivityPub to knock.
"""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from urllib.parse import urlsplit

import orjson
from aiohttp import web

from fedi import clock, ids
from fedi.activitypub import keys, signatures
from fedi.activitypub.vocab import ACTIVITYSTREAMS
from fedi.net import Client

ACTIVITY_JSON = "application/activity+json"


@dataclass(frozen=True, slots=True)
class Stranger:
    """`milton` of a server of his own."""

    client: Client
    host: str
    private_pem: str
    public_pem: str

    @property
    def actor(self) -> str:
        return f"http://{self.host}/actor"

    async def follow(self, target: str, inbox: str) -> tuple[int, bool]:
        """Ask to follow: the answer's status, and whether the signature was a good one."""
        follow = {
            "@context": ACTIVITYSTREAMS,
            "id": f"{self.actor}#follows/{ids.token()}",
            "type": "Follow",
            "actor": self.actor,
            "object": target,
        }
        body = orjson.dumps(follow)
        headers = signatures.sign_post(
            f"{self.actor}#main-key", self.private_pem, inbox, body, now=clock.now()
        )
        answer = await self.client.request("POST", inbox, headers=headers, body=body)
        return answer.status, self._is_good(inbox, headers, body)

    async def read(self, url: str) -> int:
        """Ask for a document: the answer's status."""
        headers = signatures.sign_get(
            f"{self.actor}#main-key",
            self.private_pem,
            url,
            now=clock.now(),
            headers={"Accept": ACTIVITY_JSON},
        )
        return (await self.client.request("GET", url, headers=headers)).status

    def _is_good(self, url: str, headers: Mapping[str, str], body: bytes) -> bool:
        """Checked as any server would: so it is refused for what it is, not for a bad signature."""
        parts = urlsplit(url)
        received = {name.lower(): [value] for name, value in headers.items()}
        presented = signatures.read("POST", parts.path, received)
        signatures.check(
            presented,
            self.public_pem,
            method="POST",
            path=parts.path,
            headers=received,
            body=body,
            now=clock.now(),
            hosts=[parts.netloc],
        )
        return True


@asynccontextmanager
async def knocking(client: Client, host: str) -> AsyncIterator[Stranger]:
    """Serve the stranger's actor on loopback while the block lasts."""
    private_pem, public_pem = keys.generate()
    stranger = Stranger(client, host, private_pem, public_pem)
    app = web.Application()
    _add(app, "/actor", _document(stranger), ACTIVITY_JSON)
    _add(app, "/.well-known/webfinger", _jrd(stranger), "application/jrd+json")
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", int(host.partition(":")[2])).start()
        yield stranger
    finally:
        await runner.cleanup()


def _add(app: web.Application, path: str, document: dict[str, object], kind: str) -> None:
    async def answer(_: web.Request) -> web.Response:
        return web.Response(body=orjson.dumps(document), content_type=kind)

    app.router.add_get(path, answer)


def _document(stranger: Stranger) -> dict[str, object]:
    return {
        "@context": [ACTIVITYSTREAMS, "https://w3id.org/security/v1"],
        "id": stranger.actor,
        "type": "Person",
        "preferredUsername": "milton",
        "inbox": f"http://{stranger.host}/inbox",
        "publicKey": {
            "id": f"{stranger.actor}#main-key",
            "owner": stranger.actor,
            "publicKeyPem": stranger.public_pem,
        },
    }


def _jrd(stranger: Stranger) -> dict[str, object]:
    return {
        "subject": f"acct:milton@{stranger.host}",
        "links": [{"rel": "self", "type": ACTIVITY_JSON, "href": stranger.actor}],
    }
