"""Who signed this request: the key by its id, its owner by the key, and both proven.

Reads the outside schema only, so it runs at the outside doors.  A key that nobody here knows is
fetched from its owner's server, at most once in five minutes; everything remembered for strangers
has a size and an end.

Spec: federation.md S-13, S-15, S-17, A-1, A-3, D-7.
Sends: GET of actor documents, signed by the instance actor; webfinger.
"""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar

from fedi import clock, errors
from fedi.activitypub import client as remote
from fedi.activitypub import signatures
from fedi.activitypub.shapes import Actor, read_actor
from fedi.activitypub.signatures import Presented
from fedi.config import Settings
from fedi.errors import BadSignature, Malformed, Unreachable
from fedi.net import Allow, Client
from fedi.net.hosts import split
from fedi.store import Database, outside
from fedi.store.outside import InstanceActor
from fedi.store.seen_keys import SeenKey

Headers = Mapping[str, Sequence[str]]  # {lower-case name: every value received under it}

KNOWN_SECONDS, KNOWN_MOST = 60.0, 20_000  # L-7: no process believes an old answer for longer
FETCHED_SECONDS, FETCHED_MOST = 600.0, 512  # until the worker made an account of it
ASK_SECONDS, ASK_MOST = 300.0, 20_000  # S-15: how often one key may cost us a fetch


@dataclass(frozen=True, slots=True)
class Signed:
    """A request as its signature sees it.  `body` None for a GET; `at`: receipt at the socket."""

    method: str
    path: str  # raw, with its query
    headers: Headers
    body: bytes | None
    at: datetime


@dataclass(frozen=True, slots=True)
class Signer:
    """The actor who proved that it sent a request.

    `seen`: its document, when it was fetched for this and is not kept yet (`Signers.kept`).
    """

    uri: str
    host: str
    suspended: bool = False
    seen: SeenKey | None = None


@dataclass(frozen=True, slots=True)
class _Key:
    pem: str
    owner: str
    suspended: bool = False
    seen: SeenKey | None = None


class SignerGone(errors.Gone):
    """S-17: the key's owner is deleted at its own server, and we hold no key to check with."""


class Signers:
    """One per process.  `db` may be the restricted login's."""

    def __init__(self, db: Database, client: Client, settings: Settings) -> None:
        self._db, self._client = db, client
        self._hosts = frozenset({settings.host.lower()})
        self._known: _Remembered[_Key] = _Remembered(KNOWN_SECONDS, KNOWN_MOST)
        self._fetched: _Remembered[_Key] = _Remembered(FETCHED_SECONDS, FETCHED_MOST)
        self._asked: _Remembered[bool] = _Remembered(ASK_SECONDS, ASK_MOST)
        self._pending: dict[str, asyncio.Task[_Key]] = {}
        self._speaker: _Remembered[InstanceActor] = _Remembered(KNOWN_SECONDS, 1)

    async def knows(self, key_id: str) -> bool:
        """Whether checking this key asks nobody."""
        return await self._held(key_id) is not None

    async def signer_of(self, presented: Presented, signed: Signed, allow: Allow) -> Signer:
        """The proven sender.  `allow(host)` is asked about each host that a fetch would touch.

        Raises BadSignature; SignerGone when the owner is deleted and no key of it is held.
        """
        key = await self._held(presented.key_id)
        if key is not None and self._proves(key, presented, signed):
            return _signer(key)
        self._refuse_hopeless(presented, signed)
        fresh = await self._asked_for(presented.key_id, allow, held=key is not None)
        if not self._proves(fresh, presented, signed):
            raise BadSignature
        self._known.drop(presented.key_id)
        self._fetched.put(presented.key_id, fresh)
        return _signer(fresh)

    def kept(self, seen: SeenKey) -> None:
        """It was appended for the worker: from now on it need not be handed on again."""
        key = self._fetched.get(seen.key_id)
        if key is not None and key.seen is seen:
            self._fetched.put(seen.key_id, _Key(key.pem, key.owner, key.suspended))

    def forget(self) -> None:
        """Peers or suspensions changed: look again."""
        self._known.clear()

    def _refuse_hopeless(self, presented: Presented, signed: Signed) -> None:
        """What no key could make good must not cost a fetch: stale, for others, or altered."""
        signatures.check_request(
            presented,
            method=signed.method,
            headers=signed.headers,
            body=signed.body,
            now=signed.at,
            hosts=self._hosts,
        )

    def _proves(self, key: _Key, presented: Presented, signed: Signed) -> bool:
        try:
            signatures.check(
                presented,
                key.pem,
                method=signed.method,
                path=signed.path,
                headers=signed.headers,
                body=signed.body,
                now=signed.at,
                hosts=self._hosts,
            )
        except BadSignature:
            return False
        return True

    async def _held(self, key_id: str) -> _Key | None:
        if (key := self._known.get(key_id)) is not None:
            return key
        async with self._db.reading() as conn:
            rows = await outside.remote_keys(conn, [key_id])
        row = rows.get(key_id)
        fetched = self._fetched.get(key_id)
        if row is None or (fetched is not None and fetched.pem != row.public_pem):
            return fetched
        key = _Key(row.public_pem, row.actor_uri, row.suspended)
        self._known.put(key_id, key)
        return key

    async def _asked_for(self, key_id: str, allow: Allow, *, held: bool) -> _Key:
        """Whoever comes while the key is being fetched waits for that fetch, and starts none."""
        pending = self._pending.get(key_id)
        if pending is None:
            if self._asked.get(key_id):
                raise BadSignature
            self._asked.put(key_id, True)
            pending = asyncio.create_task(self._ask(key_id, allow, held=held), name="key")
            self._pending[key_id] = pending
            pending.add_done_callback(lambda _: self._pending.pop(key_id, None))
        return await asyncio.shield(pending)

    async def _ask(self, key_id: str, allow: Allow, *, held: bool) -> _Key:
        try:
            actor, seen = await self._fetch(key_id, allow)
        except (errors.NotFound, errors.Gone) as error:
            raise (BadSignature if held else SignerGone) from error
        except (Unreachable, errors.Invalid, Malformed) as error:
            raise BadSignature from error
        pem = next((key.pem for key in actor.keys if key.id == key_id), None)
        if pem is None:
            raise BadSignature("The actor does not list this key")
        return _Key(pem, actor.id, seen=seen)

    async def _fetch(self, key_id: str, allow: Allow) -> tuple[Actor, SeenKey]:
        """The owner's own document; behind GoToSocial's key paths there is a stub of it (A-1)."""
        url = key_id.partition("#")[0]
        document, _ = await remote.fetch_document(
            self._client,
            url,
            sign=(await self._instance_actor()).sign,
            allow=allow,
            expect_id=False,
        )
        actor = read_actor(document)
        self._refuse_foreign(key_id, actor)
        handle = await remote.loops_back(self._client, document, allow=allow)
        if handle is None:
            raise BadSignature("The actor's handle does not lead back to it")
        host = handle.partition("@")[2]
        return actor, SeenKey(key_id, actor.id, document, host, clock.now())

    def _refuse_foreign(self, key_id: str, actor: Actor) -> None:
        home = self._client.guard.host_of(actor.id)
        if self._client.guard.host_of(key_id) != home or home in self._hosts:
            raise BadSignature("The key is on another host than its owner")

    async def _instance_actor(self) -> InstanceActor:
        speaker = self._speaker.get("")
        if speaker is None:
            async with self._db.reading() as conn:
                speaker = await outside.instance_actor(conn)
            self._speaker.put("", speaker)
        return speaker


def _signer(key: _Key) -> Signer:
    return Signer(key.owner, split(key.owner).host, key.suspended, key.seen)


Value = TypeVar("Value")


class _Remembered(Generic[Value]):
    """At most `most` answers, each for `seconds`; the one used longest ago goes first."""

    def __init__(self, seconds: float, most: int) -> None:
        self._seconds, self._most = seconds, most
        self._held: OrderedDict[str, tuple[float, Value]] = OrderedDict()

    def get(self, name: str) -> Value | None:
        found = self._held.get(name)
        if found is None or found[0] < time.monotonic():
            return None
        return found[1]

    def put(self, name: str, value: Value) -> None:
        self._held[name] = (time.monotonic() + self._seconds, value)
        self._held.move_to_end(name)
        if len(self._held) > self._most:
            self._held.popitem(last=False)

    def drop(self, name: str) -> None:
        self._held.pop(name, None)

    def clear(self) -> None:
        self._held.clear()
