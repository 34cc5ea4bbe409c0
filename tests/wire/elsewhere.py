"""Other servers on loopback: they serve the remote documents and note what is asked."""

import asyncio
import gzip
import json
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from aiohttp import web

VECTORS = Path(__file__).parent / "vectors"
INDEX: dict[str, Any] = json.loads((VECTORS / "index.json").read_text(encoding="utf-8"))
ACTORS = frozenset({"Application", "Group", "Organization", "Person", "Service"})


def document(name: str) -> Any:
    return json.loads((VECTORS / name).read_text(encoding="utf-8"))


def actors() -> dict[str, Any]:
    """{id: document} of every well-behaved remote actor."""
    found = (
        document(e["file"]) for e in INDEX["remote"].values() if "/actor-" in e.get("file", "")
    )
    return {actor["id"]: actor for actor in found}


class Elsewhere:
    """All hosts of the world but ours, behind one port."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self._handles = dict(self._proven_handles())
        self._runner: web.AppRunner | None = None

    async def start(self) -> str:
        app = web.Application()
        app.router.add_get("/{path:.*}", self._answer)
        self._runner = web.AppRunner(app, access_log=None)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        host, port = self._runner.addresses[0][:2]
        return f"{host}:{port}"

    async def stop(self) -> None:
        if self._runner:
            await self._runner.cleanup()

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        url = f"https://{request.host}{request.raw_path}"
        self.asked.append(url)
        if request.path == "/.well-known/webfinger":
            return self._finger(request.query["resource"])
        entry = INDEX["remote"].get(url)
        if entry is None:
            return web.Response(status=404)
        return await self._remote(entry)

    async def _remote(self, entry: dict[str, Any]) -> web.StreamResponse:
        note = entry.get("note", "")
        headers = {"Content-Type": entry["content_type"], **entry.get("headers", {})}
        if "gzip" in note:
            headers["Content-Encoding"] = "gzip"
            bomb = await asyncio.to_thread(gzip.compress, bytes(100_000_000))
            return web.Response(body=bomb, headers=headers)
        body = (VECTORS / entry["file"]).read_bytes() if "file" in entry else b""
        return web.Response(status=entry["status"], body=body, headers=headers)

    def _finger(self, resource: str) -> web.Response:
        actor = self._handles.get(resource.lower())
        if actor is None:
            return web.Response(status=404)
        link = {"rel": "self", "type": "application/activity+json", "href": actor}
        jrd = {"subject": resource.lower(), "links": [link]}
        return web.json_response(jrd, content_type="application/jrd+json")

    def _proven_handles(self) -> Any:
        for url, entry in INDEX["remote"].items():
            actor = document(entry["file"]) if "file" in entry else {}
            if actor.get("preferredUsername") is None:
                continue
            host = urlsplit(url).netloc
            handle = actor.get("webfinger") or f"{actor['preferredUsername']}@{host}"
            yield f"acct:{handle}".lower(), actor["id"]
        yield "acct:webfingernoloop@m.partner.example", "https://m.partner.example/users/ana"
