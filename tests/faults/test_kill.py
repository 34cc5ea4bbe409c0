"""`kill -9` at the worst moment: what was answered with yes is there afterwards, once.

Promise 2: a client or a peer that was told "accepted" never has to ask again.
"""

import asyncio
import signal
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import asyncpg
import orjson
import pytest

from fedi import clock
from fedi.activitypub import signatures
from tests.cli.command import run, start
from tests.house import Builder, House, Person, free_port, until

PUBLIC = "https://www.w3.org/ns/activitystreams#Public"


@dataclass
class Server:
    """Acme as a process of its own, which can be killed and started again."""

    environ: dict[str, str]
    session: aiohttp.ClientSession
    process: asyncio.subprocess.Process | None = None
    token: str = ""

    @property
    def base(self) -> str:
        return f"http://{self.environ['FEDI_BIND']}"

    @property
    def host(self) -> str:
        return self.environ["FEDI_URL"].removeprefix("http://")

    async def start(self) -> None:
        self.process = await start("serve", **self.environ)
        await until(self._ready, 60)

    async def kill(self) -> None:
        assert self.process is not None
        self.process.send_signal(signal.SIGKILL)
        await self.process.communicate()

    async def done(self, *words: str) -> Any:
        ran = await run(*words, "--json", **self.environ)
        assert ran.code == 0, ran
        return ran.json

    async def post(self, path: str, body: bytes, headers: dict[str, str]) -> int:
        """The status of the answer; 0 when there was none."""
        headers = {"Host": self.host, **headers}
        try:
            async with self.session.post(self.base + path, data=body, headers=headers) as answer:
                await answer.read()
                return answer.status
        except (aiohttp.ClientError, OSError):
            return 0

    async def _ready(self) -> bool:
        try:
            async with self.session.get(f"{self.base}/readyz") as answer:
                return answer.status == 200
        except (aiohttp.ClientError, OSError):
            return False


@pytest.fixture
async def globex(builder: Builder) -> House:
    return await builder.house("globex.localhost")


@pytest.fixture
async def acme(builder: Builder, globex: House, tmp_path: Path) -> AsyncIterator[Server]:
    port = free_port()
    place = await builder.database("killed")
    environ = {
        "FEDI_DATA": str(tmp_path / "killed"),
        "FEDI_URL": f"http://acme.localhost:{port}",
        "FEDI_BIND": f"127.0.0.1:{port}",
        "FEDI_DEV_PEERS": "*.localhost",
        "FEDI_RATE_LIMITS": "off",
        "FEDI_OUTBOX_HOLD": "0",
        "FEDI_DATABASE_URL": place.url,
        "FEDI_DATABASE_URL_OUTSIDE": place.outside_url or "",
    }
    async with aiohttp.ClientSession() as session:
        server = Server(environ, session)
        await server.start()
        await _people(server, globex)
        yield server
        await server.kill()


async def test_every_accepted_activity_is_applied_once(acme: Server, globex: House) -> None:
    gus = await globex.outgoing("gus")
    company = await _finds(gus, acme)
    key_id, private_pem = await _key_of(globex, gus)
    inbox = f"{acme.environ['FEDI_URL']}/inbox"
    answers: dict[str, int] = {}

    async def send(number: int) -> None:
        body = orjson.dumps(_note(gus, company, number))
        headers = signatures.sign_post(key_id, private_pem, inbox, body, now=clock.now())
        answers[f"{gus.account.uri}/{number}"] = await acme.post("/inbox", body, headers)

    assert await _accepted(send, answers, 0)  # its key is known from now on
    sending = [asyncio.create_task(send(number)) for number in range(1, 120)]
    await until(lambda: _some(answers, 40))
    await acme.kill()
    await asyncio.gather(*sending)
    accepted = {uri for uri, status in answers.items() if status == 202}
    assert len(accepted) >= 40
    assert len(accepted) < len(answers), "the kill came too late to prove anything"
    await acme.start()

    async def applied() -> bool:
        return accepted <= set(await _stored(acme))

    await until(applied, 30)
    stored = await _stored(acme)
    assert len(stored) == len(set(stored))


async def test_every_accepted_post_reaches_the_followers_once(acme: Server, globex: House) -> None:
    gus = await globex.outgoing("gus")
    company = await _finds(gus, acme)
    await gus.post(f"/api/v1/accounts/{company['id']}/follow")
    await until(lambda: _follows(gus, company))
    answers: dict[str, int] = {}

    async def say(number: int) -> None:
        text = f"honest post {number:03}"
        answers[text] = await acme.post(
            "/api/v1/statuses",
            orjson.dumps({"status": text}),
            {"Authorization": f"Bearer {acme.token}", "Content-Type": "application/json"},
        )

    saying = [asyncio.create_task(say(number)) for number in range(30)]
    await until(lambda: _some(answers, 8, status=200))
    await acme.kill()
    await asyncio.gather(*saying)
    accepted = {text for text, status in answers.items() if status == 200}
    assert 8 <= len(accepted) < 30, "the kill came too late to prove anything"
    await acme.start()

    async def arrived() -> bool:
        return accepted <= {text for text in answers if await _seen(gus, text)}

    await until(arrived, 100)
    for text in accepted:
        assert await _seen(gus, text) == 1


async def _people(acme: Server, globex: House) -> None:
    await acme.done("account", "create", "alice")
    await acme.done("account", "create", "acme", "--kind", "company")
    await acme.done("account", "grant", "acme", "alice", "editor")
    acme.token = (await acme.done("token", "create", "alice", "--as", "acme"))["access_token"]
    await acme.done("peer", "allow", globex.domain, "--trust", "partner")
    await globex.allow(acme.host)


async def _finds(reader: Person, acme: Server) -> Any:
    async def found() -> Any:
        path = f"/api/v2/search?q=@acme@{acme.host}&resolve=true&type=accounts"
        return (await reader.get(path))["accounts"]

    return (await until(found))[0]


async def _follows(reader: Person, account: Any) -> bool:
    path = f"/api/v1/accounts/relationships?id[]={account['id']}"
    return bool((await reader.get(path))[0]["following"])


async def _seen(reader: Person, text: str) -> int:
    home = await reader.get("/api/v1/timelines/home?limit=40")
    return sum(text in status["content"] for status in home)


async def _some(answers: dict[str, int], count: int, status: int = 202) -> bool:
    return sum(one == status for one in answers.values()) >= count


async def _accepted(send: Any, answers: dict[str, int], number: int) -> bool:
    await send(number)
    return set(answers.values()) == {202}


async def _key_of(house: House, person: Person) -> tuple[str, str]:
    sql = "SELECT key_id, private_pem FROM account_keys WHERE account_id = $1"
    row = (await house.fetch(sql, person.account.id))[0]
    return row["key_id"], row["private_pem"]


async def _stored(acme: Server) -> list[str]:
    conn = await asyncpg.connect(acme.environ["FEDI_DATABASE_URL"])
    try:
        rows = await conn.fetch("SELECT uri FROM statuses WHERE NOT local")
        return [row["uri"] for row in rows]
    finally:
        await conn.close()


def _note(author: Person, company: Any, number: int) -> dict[str, Any]:
    uri = f"{author.account.uri}/{number}"
    addressed = {"to": [PUBLIC], "cc": [company["uri"]]}
    return {
        "@context": "https://www.w3.org/ns/activitystreams",
        "id": f"{uri}/activity",
        "type": "Create",
        "actor": author.account.uri,
        **addressed,
        "object": {
            "id": uri,
            "type": "Note",
            "attributedTo": author.account.uri,
            "content": f"<p>number {number}</p>",
            "tag": [{"type": "Mention", "href": company["uri"], "name": "@acme"}],
            **addressed,
        },
    }
