"""The world of the vectors as a running organisation: accounts, posts, peers, and its inbox."""

import io
import json
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import aiohttp
from aiohttp import web
from msgspec.structs import replace

from fedi import clock, config, ids
from fedi.actions import arrivals, instance
from fedi.actions import statuses as acts
from fedi.actions.people import local_account
from fedi.activitypub import signatures
from fedi.activitypub.shapes import read_actor
from fedi.auth.signer import Signers
from fedi.config import Settings
from fedi.inbox.intake import Intake
from fedi.inbox.receive import INTAKE, add_routes
from fedi.inbox.worker import Applier
from fedi.model.account import Account, Kind
from fedi.model.peer import Mode, Peer, Trust
from fedi.model.reach import Reach, Visibility
from fedi.model.status import Draft, Status
from fedi.model.viewer import insider
from fedi.net import Client, Guard
from fedi.store import Conn, Database, accounts, follows, open_pool, peers, statuses
from fedi.store.bus import Bus
from fedi.store.follows import Follow
from fedi.store.place import Place
from tests.wire.elsewhere import INDEX, VECTORS, Elsewhere, actors

WORLD = INDEX["world"]
NOW = datetime.fromisoformat(WORLD["now"])
KEYS: dict[str, Any] = json.loads((VECTORS / "keys.json").read_text(encoding="utf-8"))
REACHES = {
    "public": (Reach.PUBLIC, Visibility.PUBLIC),
    "partner": (Reach.PARTNERS, Visibility.PRIVATE),
    "internal": (Reach.INTERNAL, Visibility.PUBLIC),
}
# All but the accounts of the organisation itself, whose keys take a while to make.
EMPTY = """
    TRUNCATE statuses, follows, blocks, favourites, peers, inbound, handled, undone, seen_keys,
             outbound, tombstones, home_entries, dead_letters, decisions, delivery_hosts CASCADE;
    DELETE FROM accounts WHERE domain IS NOT NULL OR kind <> 'service'
"""
WATCHED = {
    "statuses": "uri, content, spoiler_text, visibility, reach, in_reply_to_id, revision",
    "favourites": "account_id, status_id",
    "follows": "follower_id, followed_id, accepted",
    "blocks": "blocker_id, blocked_id",
    "mentions": "status_id, account_id, shown",
    "notifications": "account_id, kind, from_id, status_id",
    "home_entries": "account_id, status_id",
    "media": "status_id, remote_url",
    "outbound": "type, object_uri",
}


@dataclass
class World:
    db: Database
    settings: Settings
    elsewhere: Elsewhere
    applier: Applier
    intake: Intake
    base: str
    session: aiohttp.ClientSession
    accounts: dict[str, Account]
    posts: dict[str, str]  # name: uri

    async def post(
        self,
        body: bytes,
        *,
        signer: str,
        path: str = "/inbox",
        headers: dict[str, str] | None = None,
        key: str = "peer",
    ) -> int:
        """Sign as `signer` and deliver; what was kept is applied before this returns."""
        url = f"{self.settings.origin}{path}"
        signed = signatures.sign_post(
            key_id(signer), KEYS[key]["private"], url, body, now=clock.now()
        )
        return await self.send(path, body, signed | (headers or {}))

    async def send(self, path: str, body: bytes | None, headers: dict[str, str]) -> int:
        async with self.session.post(
            self.base + path, data=io.BytesIO(body or b""), headers=headers
        ) as answer:
            await answer.read()
        await self.applier.settled()
        return answer.status

    async def row(self, sql: str, *values: object) -> Any:
        async with self.db.reading() as conn:
            return await conn.fetchrow(sql, *values)

    async def snapshot(self) -> dict[str, list[str]]:
        """All that an activity could have changed."""
        async with self.db.reading() as conn:
            taken = {}
            for table, columns in WATCHED.items():
                rows = await conn.fetch(f"SELECT {columns} FROM {table}")
                taken[table] = sorted(str(tuple(row)) for row in rows)
            rows = await conn.fetch(
                "SELECT uri, display_name, note, locked, fields FROM accounts WHERE uri = ANY($1)",
                [*actors(), *(a.uri for a in self.accounts.values())],
            )
            taken["profiles"] = sorted(str(tuple(row)) for row in rows)
        return taken

    async def know(self, uri: str) -> Account:
        """Make a well-behaved remote actor known, key and all, without a fetch."""
        async with self.db.transaction() as conn:
            known = await accounts.find_by_uri(conn, uri)
            if known is not None:
                return known
            actor = read_actor(actors()[uri])
            return await arrivals.save_actor(conn, actor, actor.domain, at=clock.now())

    async def follow(self, follower: Account, followed: Account, uri: str, accepted: bool) -> None:
        async with self.db.transaction() as conn:
            follow = Follow(
                follower_id=follower.id, followed_id=followed.id, uri=uri, accepted=accepted
            )
            await follows.add(conn, follow, at=clock.now())

    async def readers(self, uri: str) -> set[str]:
        """Names of ours who may see the post."""
        found = set()
        async with self.db.reading() as conn:
            status = (await statuses.by_uris(conn, [uri]))[uri]
            for name, account in self.accounts.items():
                if await statuses.visible_among(conn, insider(account), [status.id]):
                    found.add(name)
        return found

    async def status(self, uri: str) -> Status:
        async with self.db.reading() as conn:
            return (await statuses.by_uris(conn, [uri]))[uri]


def key_id(signer: str) -> str:
    document = actors().get(signer)
    if document is None:
        return f"{signer.encode('idna').decode() if not signer.isascii() else signer}#main-key"
    keys = document["publicKey"]
    return str((keys[0] if isinstance(keys, list) else keys)["id"])


async def open_world(
    stack: AsyncExitStack, place: Place, elsewhere: Elsewhere, route: str, data: Path
) -> World:
    """A fresh world in the database at `place`, emptied first."""
    clock.start_at(NOW)
    stack.callback(lambda: clock.start_at(datetime.now(UTC)))
    settings = _settings(route, data)
    db = await _database(stack, place.url)
    outside = await _database(stack, place.outside_url or place.url)
    async with db.transaction() as conn:
        await conn.execute(EMPTY)
        await instance.ensure(conn, settings)
        ours = await _ours(conn, settings)
        posts = await _posts(conn, ours)
        await _peers(conn)
    elsewhere.asked.clear()
    client = await stack.enter_async_context(
        Client(settings.origin, Guard((), {"*.example": route}))
    )
    intake = Intake(outside, settings, Signers(outside, client, settings))
    await intake.start()
    stack.push_async_callback(intake.stop)
    applier = Applier(db, settings, client)
    base = await _serve(stack, intake)
    session = await stack.enter_async_context(aiohttp.ClientSession())
    return World(db, settings, elsewhere, applier, intake, base, session, ours, posts)


def _settings(route: str, data: Path) -> Settings:
    return config.load(
        {
            "FEDI_DATA": str(data),
            "FEDI_URL": WORLD["server"],
            "FEDI_DOMAIN": WORLD["acct_domain"],
            "FEDI_DEV_ROUTES": f"*.example={route}",
            "FEDI_RATE_LIMITS": "off",
        }
    )


async def _database(stack: AsyncExitStack, url: str) -> Database:
    pool = await open_pool(url, size=4)
    stack.push_async_callback(pool.close)
    return Database(pool, Bus.deaf())


async def _serve(stack: AsyncExitStack, intake: Intake) -> str:
    app = web.Application()
    app[INTAKE] = intake
    add_routes(app)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    stack.push_async_callback(runner.cleanup)
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    host, port = runner.addresses[0][:2]
    return f"http://{host}:{port}"


async def _ours(conn: Conn, settings: Settings) -> dict[str, Account]:
    found = {}
    for name, about in WORLD["accounts"].items():
        reach = REACHES[about["scope"]][0]
        uri = about.get("id") or f"{settings.origin}/ap/actors/{name}"
        made = replace(
            local_account(settings, name, Kind.COMPANY, uri, clock.now()),
            max_reach=reach,
            default_reach=reach,
            locked=about.get("locked", False),
        )
        await accounts.add_local(
            conn,
            made,
            key_id=f"{made.uri}#main-key",
            public_pem=KEYS["peer"]["public"],
            private_pem=KEYS["peer"]["private"],
        )
        found[name] = made
    return found


async def _posts(conn: Conn, ours: dict[str, Account]) -> dict[str, str]:
    drafts, found = [], {}
    for name, about in WORLD["posts"].items():
        reach, visibility = REACHES[about["scope"]]
        found[name] = about["id"]
        drafts.append(
            Draft(
                id=ids.new(),
                uri=about["id"],
                url=None,
                author_id=ours[about["author"]].id,
                local=True,
                visibility=visibility,
                reach=reach,
                content=f"<p>{name}</p>",
                created_at=clock.now(),
            )
        )
    await acts.add(conn, drafts)
    return found


async def _peers(conn: Conn) -> None:
    await peers.set_mode(conn, Mode(WORLD["mode"]), at=clock.now())
    for entry in WORLD["allow"]:
        await peers.put(conn, Peer(domain=entry["host"], trust=Trust.PARTNER), at=clock.now())
