"""Bring a stranger or a stranger's post home: the only deeds that ask other servers.

Never inside a transaction: each fetch first, then one short transaction that keeps what came.

Spec:   federation.md O-2, D-6, D-7, K-4, L-1.
Writes: accounts, account_keys, statuses.
Sends:  signed GET by the instance actor, webfinger.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import TypeVar

from fedi import clock
from fedi.actions import arrivals
from fedi.actions.arrivals import Arrival
from fedi.activitypub import client as remote
from fedi.activitypub import vocab
from fedi.activitypub.shapes import Note, read_actor, read_note
from fedi.config import Settings
from fedi.errors import FediError, Malformed, NotFound, Unreachable
from fedi.model.account import Account
from fedi.model.status import Status
from fedi.net import Client
from fedi.policy import admit
from fedi.store import Database, accounts, outside, peers, statuses
from fedi.store.outside import InstanceActor

MOST_FETCHES = 100  # for one cause, whatever it names
MOST_PARENTS = 5  # upwards in a thread


@dataclass(slots=True)
class Errand:
    """What one cause may still fetch, and in whose name."""

    db: Database
    client: Client
    speaker: InstanceActor
    admits: Callable[[str], bool]
    left: int = MOST_FETCHES
    seen: set[str] = field(default_factory=set)

    def allow(self, host: str) -> bool:
        """Asked about each hop of each fetch (L-1)."""
        self.left -= 1
        return self.left >= 0 and self.admits(host)

    async def fetch(self, url: str, *, expect_id: bool = True) -> vocab.Document:
        document, _ = await remote.fetch_document(
            self.client, url, sign=self.speaker.sign, allow=self.allow, expect_id=expect_id
        )
        return document


async def errand(db: Database, client: Client, settings: Settings) -> Errand:
    async with db.reading() as conn:
        directory = await peers.directory(conn)
        speaker = await outside.instance_actor(conn)

    def admits(host: str) -> bool:
        standing = directory.standing(host, clock.now())
        return host != settings.host and admit.host(standing).allow

    return Errand(db, client, speaker, admits)


async def account(db: Database, client: Client, settings: Settings, handle_or_url: str) -> Account:
    """The account behind `@user@host` or a pasted address, asked for at its server if need be.

    Raises NotFound, Unreachable, or Invalid when it is neither.
    """
    trip = await errand(db, client, settings)
    if handle_or_url.startswith(("https://", "http://")):
        return await actor_at(trip, handle_or_url, expect_id=False)
    user, _, host = handle_or_url.removeprefix("acct:").removeprefix("@").partition("@")
    uri = await remote.resolve_handle(client, user, host, allow=trip.allow)
    return await actor_at(trip, uri)


async def status(db: Database, client: Client, settings: Settings, url: str) -> Status:
    """The post at a pasted address, with what it answers.  Raises NotFound or Unreachable."""
    return await status_at(await errand(db, client, settings), url, expect_id=False)


async def actor_at(
    trip: Errand, uri: str, *, expect_id: bool = True, refresh: bool = False
) -> Account:
    """Known ones are not asked for again, unless `refresh`."""
    async with trip.db.reading() as conn:
        known = await accounts.find_by_uri(conn, uri)
    if known is not None and (known.is_local or not refresh):
        return known
    document = await trip.fetch(uri, expect_id=expect_id)
    actor = _read(lambda: read_actor(document))
    handle = await remote.loops_back(trip.client, document, allow=trip.allow)
    if handle is None:
        raise NotFound
    async with trip.db.transaction() as conn:
        host = handle.partition("@")[2]
        return await arrivals.save_actor(conn, actor, host, at=clock.now())


async def status_at(trip: Errand, uri: str, *, expect_id: bool = True, depth: int = 0) -> Status:
    """Only what everybody may read: a server that tells our instance actor more tells too much."""
    async with trip.db.reading() as conn:
        known = await statuses.by_uris(conn, [uri])
    if uri in known:
        return known[uri]
    trip.seen.add(uri)
    note = await _note_at(trip, uri, expect_id=expect_id)
    author = await actor_at(trip, note.attributed_to)
    if note.in_reply_to:
        await _bring_parent(trip, note.in_reply_to, depth + 1)
    to = frozenset([*note.to, *note.cc])
    arrival = Arrival(note, author, to, clock.now(), wanted=True)
    async with trip.db.transaction() as conn:
        await arrivals.keep(conn, [arrival])
        return _found((await statuses.by_uris(conn, [note.id])).get(note.id), author)


async def bring(trip: Errand, *, actors: set[str], posts: set[str]) -> None:
    """All that an activity names; what cannot be had stays away, and nobody hears why."""
    for uri in actors:
        await _try(actor_at(trip, uri, refresh=True))
    for uri in posts:
        await _try(status_at(trip, uri))


async def _note_at(trip: Errand, uri: str, *, expect_id: bool) -> Note:
    document = await trip.fetch(uri, expect_id=expect_id)
    note = _read(lambda: read_note(document, received=clock.now()))
    if note is None or note.is_vote or not arrivals.open_to_all(note):
        raise NotFound
    return note


async def _bring_parent(trip: Errand, uri: str, depth: int) -> None:
    if depth <= MOST_PARENTS and uri not in trip.seen:
        await _try(status_at(trip, uri, depth=depth))


async def _try(deed: Awaitable[object]) -> None:
    try:
        await deed
    except FediError:
        return


Shape = TypeVar("Shape")


def _read(reader: Callable[[], Shape]) -> Shape:
    try:
        return reader()
    except Malformed as error:
        raise Unreachable from error


def _found(kept: Status | None, author: Account) -> Status:
    """None: it was deleted, and never comes back (P-8)."""
    if kept is None or kept.author_id != author.id:
        raise NotFound
    return kept
