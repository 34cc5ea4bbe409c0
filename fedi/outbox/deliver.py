"""The courier: brings queued activities to other servers, and again until they arrive.

Spec: federation.md S-5, X-3, X-5, X-6.
Sends: whatever was queued, signed by its actor.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field

from prometheus_client import Counter

from fedi import clock, errors
from fedi.activitypub.client import post_activity
from fedi.net import Client, Failure
from fedi.outbox import backoff, second_look
from fedi.outbox.second_look import Send
from fedi.store import Database, courier
from fedi.store.courier import LIMIT, Claim, Done, End, Outcome, Waiting

log = logging.getLogger("fedi.courier")

HOSTS = 50  # worked for at a time
PER_HOST = 4  # in flight
POLL = 1.0  # seconds: a lost wake-up delays and never loses
SENDING = 25.0  # seconds: with the 30 of a request, no send outlives its lease
SIGNED_TOGETHER = 32  # letters: a call to a thread costs as much as a tenth of a signature
GATHER = 0.005  # seconds in which finished hosts are written down together

_UNAUTHORIZED = 401
_DELIVERIES = Counter("fedi_deliveries", "Attempts to deliver an activity, by result", ["end"])


@dataclass(slots=True)
class _Round:
    """The work for one host under one lease."""

    claim: Claim
    sends: deque[Send]
    held: list[Waiting]  # the peer is paused
    outcomes: list[Outcome] = field(default_factory=list)
    well: int = 0  # answers of a server that lives
    sick: int = 0

    @property
    def down(self) -> bool:
        """So many failures in a row that the rest would only wait for the same."""
        return bool(self.sick and not self.well and self.claim.health.fails + self.sick >= LIMIT)


class Courier:
    """Any number of them may run, in any number of processes; each host has one at a time."""

    def __init__(self, db: Database, client: Client) -> None:
        self._db, self._client = db, client
        self._news = asyncio.Event()
        self._finished = asyncio.Event()
        self._writing = asyncio.Lock()
        self._rounds: set[asyncio.Task[None]] = set()
        self._done: list[Done] = []
        self._stop = asyncio.Event()

    def wake(self) -> None:
        """Something was queued: do not wait for the next look."""
        self._news.set()

    async def run(self, stop: asyncio.Event) -> None:
        """Deliver until `stop`, then finish what is in flight; the rest stays queued.

        Cancelled, or killed, it loses nothing: what it had taken is repeated in a minute.
        """
        self._stop = stop
        beside = [asyncio.create_task(self._wake_at_stop()), asyncio.create_task(self._clerk())]
        try:
            while not stop.is_set():
                await self._turn()
            await asyncio.gather(*self._rounds)
            await self._settle()
        finally:
            for task in (*beside, *self._rounds):
                task.cancel()

    async def _wake_at_stop(self) -> None:
        await self._stop.wait()
        self.wake()

    async def _turn(self) -> None:
        """Take what is due and start on it; rest when that is nothing."""
        self._news.clear()
        try:
            if await self._take(HOSTS - len(self._rounds)):
                return
        except Exception as error:  # must outlive a database that restarts
            log.warning("nothing could be taken: %s", errors.where(error))
        with suppress(TimeoutError):
            await asyncio.wait_for(self._news.wait(), POLL)

    async def _take(self, most: int) -> bool:
        if most <= 0:
            return False
        deadline = asyncio.get_running_loop().time() + SENDING
        async with self._db.transaction() as conn:
            claims = await courier.claim(conn, now=clock.now(), most=most)
            waiting = [one for claim in claims for one in claim.waiting]
            sends, held = await second_look.look_again(conn, waiting)
        rounds = [
            _Round(
                claim,
                sends=deque(sends[one.id] for one in claim.waiting if one.id in sends),
                held=[one for one in claim.waiting if one.id in held],
            )
            for claim in claims
        ]
        for bundle in _bundles(rounds):
            await self._start(bundle, deadline)
        return bool(claims)

    async def _start(self, bundle: list[_Round], deadline: float) -> None:
        """Signed off the loop, in one call: OpenSSL works without the interpreter's lock."""
        sends = [send for one in bundle for send in one.sends]
        if sends:
            await asyncio.to_thread(second_look.sign, self._client.guard, sends)
        for one in bundle:
            task = asyncio.create_task(self._work(one, deadline), name=f"to {one.claim.host}")
            self._rounds.add(task)
            task.add_done_callback(self._rounds.discard)

    async def _work(self, one: _Round, deadline: float) -> None:
        """X-6.  The order per object is kept already: a claim has one letter of each."""
        carriers = range(min(PER_HOST, len(one.sends)))
        await asyncio.gather(*(self._carry(one, deadline) for _ in carriers))
        left = [*one.held, *(send.waiting for send in one.sends)]
        untried = [Outcome(waiting, End.UNTRIED) for waiting in left]
        now = clock.now()
        health = backoff.health(one.claim.health, well=one.well, sick=one.sick, now=now)
        health = backoff.resting(health, now=now) if one.held else health
        self._done.append(Done(one.claim, [*one.outcomes, *untried], health))
        self._finished.set()

    async def _carry(self, one: _Round, deadline: float) -> None:
        now = asyncio.get_running_loop().time
        while one.sends and not one.down and not self._stop.is_set() and now() < deadline:
            outcome, sick = await self._deliver(one.sends.popleft())
            one.outcomes.append(outcome)
            one.sick, one.well = one.sick + sick, one.well + (not sick)
            _DELIVERIES.labels(outcome.end.value).inc()

    async def _deliver(self, send: Send) -> tuple[Outcome, bool]:
        """What became of it, and whether the whole server seems to be in trouble."""
        try:
            status, wait = await self._post(send)
        except Failure as failure:
            outcome = backoff.unanswered(send.waiting, failure.reason, now=clock.now())
            return outcome, outcome.end is End.FAILED
        except Exception as error:  # our own fault must not stop the letters behind it
            log.warning("delivery %d: %s", send.waiting.id, errors.where(error))
            return backoff.unanswered(send.waiting, "our fault", now=clock.now()), False
        outcome = backoff.answered(send.waiting, status, wait, now=clock.now())
        return outcome, backoff.is_sick(status)

    async def _post(self, send: Send) -> tuple[int, int | None]:
        status, wait = await self._post_signed(send, send.headers)
        if status != _UNAUTHORIZED or "?" not in send.waiting.inbox:
            return status, wait
        guard = self._client.guard
        bare = await asyncio.to_thread(second_look.signed, guard, send, with_query=False)
        return await self._post_signed(send, bare)

    async def _post_signed(
        self, send: Send, headers: dict[str, str] | None
    ) -> tuple[int, int | None]:
        if headers is None:
            raise Failure("not signed")
        return await post_activity(
            self._client, send.waiting.inbox, send.sealed.letter.body, sign=lambda *_: headers
        )

    async def _clerk(self) -> None:
        while True:
            await self._finished.wait()
            self._finished.clear()
            await asyncio.sleep(GATHER)
            await self._settle()
            self.wake()  # there is room again, and the same hosts may have more

    async def _settle(self) -> None:
        """What cannot be written down is delivered once more when its lease has run out."""
        async with self._writing:
            done, self._done = self._done, []
            for pause in (POLL, POLL, 0.0) if done else ():
                try:
                    async with self._db.transaction() as conn:
                        await courier.settle(conn, done, now=clock.now())
                except Exception as error:  # must outlive a database that restarts
                    log.warning("not written down: %s", errors.where(error))
                    await asyncio.sleep(pause)
                else:
                    return


def _bundles(rounds: Iterable[_Round]) -> Iterator[list[_Round]]:
    bundle: list[_Round] = []
    for one in rounds:
        bundle.append(one)
        if sum(len(each.sends) for each in bundle) >= SIGNED_TOGETHER:
            yield bundle
            bundle = []
    if bundle:
        yield bundle
