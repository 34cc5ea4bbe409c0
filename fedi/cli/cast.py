"""The people and companies of `fedi demo`, each with an app that speaks to the real API."""

import secrets
from dataclasses import dataclass
from typing import Any

import orjson

from fedi.actions import peers, people
from fedi.actions.peers import Terms
from fedi.auth import applications, grants
from fedi.cli.serving import Served
from fedi.errors import Invalid
from fedi.model.account import Account, DeskRole, Kind
from fedi.model.peer import Trust
from fedi.model.reach import Reach
from fedi.net import Client
from fedi.store import Conn, Database, accounts

SCOPES = ["read", "write", "follow"]


@dataclass(frozen=True, slots=True)
class App:
    """An app as somebody's phone has it; `token` None: nobody is signed in."""

    client: Client
    origin: str
    token: str | None = None

    async def ask(self, method: str, path: str, body: Any = None) -> tuple[int, Any]:
        """The status and, if it is JSON, the body."""
        headers = {"Content-Type": "application/json"}
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        sent = None if body is None else orjson.dumps(body)
        answer = await self.client.request(
            method, self.origin + path, headers=headers, body=sent, max_bytes=4 << 20
        )
        is_json = "json" in answer.headers.get("Content-Type", "")
        return answer.status, orjson.loads(answer.body) if is_json and answer.body else None

    async def get(self, path: str) -> Any:
        return self._good(path, *await self.ask("GET", path))

    async def post(self, path: str, body: Any = None) -> Any:
        return self._good(path, *await self.ask("POST", path, body or {}))

    async def say(self, text: str, **more: Any) -> Any:
        """Post `text`: the Status entity."""
        return await self.post("/api/v1/statuses", {"status": text, **more})

    def _good(self, path: str, status: int, body: Any) -> Any:
        if status != 200:  # noqa: PLR2004 - HTTP
            why = body.get("error") if isinstance(body, dict) else None
            raise Invalid(f"{self.origin}{path.partition('?')[0]} answered {status}: {why}")
        return body


@dataclass(frozen=True, slots=True)
class SignIn:
    """How a visitor of the demo signs in."""

    server: str
    name: str
    password: str
    who: str


@dataclass(frozen=True, slots=True)
class House:
    """An organisation of the story."""

    served: Served
    apps: dict[str, App]
    sign_ins: list[SignIn]

    @property
    def db(self) -> Database:
        if self.served.parts.db is None:
            raise Invalid("The demo runs every role")
        return self.served.parts.db

    @property
    def host(self) -> str:
        return self.served.settings.host

    @property
    def origin(self) -> str:
        return self.served.settings.origin


async def acme(served: Served, client: Client, partner: str) -> House:
    """Alice and Bob, `@acme`, for which Alice writes, and `@support`."""
    house = House(served, {"": App(client, served.settings.origin)}, [])
    async with house.db.transaction() as conn:
        alice = await _person(conn, house, "alice", "Alice Lee", "editor of @acme")
        await _person(conn, house, "bob", "Bob Marsh", "employee")
        company = await _account(conn, house, "acme", "Acme", Kind.COMPANY)
        support = await _account(conn, house, "support", "Acme Support", Kind.COMPANY)
        for desk in (company, support):
            await people.grant(conn, desk, alice, DeskRole.EDITOR)
        await _app(conn, house, company, alice)
        await _allow(conn, house, partner)
    return house


async def globex(served: Served, client: Client, partner: str) -> House:
    """Gus, who is followed and follows as himself, and `@globex`."""
    house = House(served, {"": App(client, served.settings.origin)}, [])
    async with house.db.transaction() as conn:
        who = "known outside, too"
        await _person(conn, house, "gus", "Gus Brandt", who, reach=Reach.PUBLIC)
        await _account(conn, house, "globex", "Globex", Kind.COMPANY)
        await _allow(conn, house, partner)
    return house


async def _person(
    conn: Conn,
    house: House,
    name: str,
    display_name: str,
    who: str,
    *,
    reach: Reach = Reach.INTERNAL,
) -> Account:
    person = await _account(conn, house, name, display_name, Kind.EMPLOYEE, reach)
    password = secrets.token_urlsafe(9)
    await people.set_password(conn, person, password)
    house.sign_ins.append(SignIn(house.origin, name, password, f"{display_name}, {who}"))
    await _app(conn, house, person, person)
    return person


async def _account(
    conn: Conn, house: House, name: str, display_name: str, kind: Kind, reach: Reach | None = None
) -> Account:
    """The one that `--data` kept from the last time, or a new one."""
    stands = await accounts.find_local(conn, name)
    if stands is not None:
        return stands
    made, _ = await people.create(
        conn,
        house.served.settings,
        username=name,
        kind=kind,
        display_name=display_name,
        max_reach=reach,
        default_reach=reach,
    )
    return made


async def _app(conn: Conn, house: House, account: Account, human: Account) -> None:
    """Sign in once: what the sign-in page would do for an app of theirs."""
    application, _ = await applications.register(
        conn, name="fedi demo", redirect_uris=[applications.OOB], scopes=SCOPES
    )
    secret, _ = await grants.issue(
        conn, application, account_id=account.id, human_id=human.id, scopes=SCOPES
    )
    house.apps[account.username] = App(house.apps[""].client, house.origin, secret)


async def _allow(conn: Conn, house: House, partner: str) -> None:
    terms = Terms(trust=Trust.PARTNER, reason="The demo's joint project")
    await peers.allow(conn, house.served.settings, partner, terms)
