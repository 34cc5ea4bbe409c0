"""The story that `fedi demo` plays, over real HTTP, and what it claims: each claim is observed."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from time import monotonic
from typing import Any, Protocol
from urllib.parse import quote

from fedi import ids
from fedi.actions import explaining
from fedi.actions.explaining import Ask
from fedi.cli.cast import App, House
from fedi.cli.stranger import Stranger
from fedi.errors import FediError, Unavailable
from fedi.policy.verdict import Verdict
from fedi.store import accounts, decisions, traces

PATIENCE = 20.0  # seconds for what takes a courier
LOOK_EVERY = 0.1
OK, FORBIDDEN, ABSENT = 200, 403, 404


@dataclass(frozen=True, slots=True)
class Claim:
    name: str
    ok: bool
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """One post of the final table: who saw it, and what the door says of each server."""

    post: str
    reach: str
    colleagues: bool
    globex: bool
    anybody: bool
    to_globex: Verdict
    to_stranger: Verdict


class Teller(Protocol):
    """Whoever tells the story while it is played."""

    def scene(self, title: str) -> None: ...

    def observed(self, claim: Claim) -> None: ...


@dataclass(slots=True)
class Story:
    """Play it once; then `claims`, `lines` and `internal_left` say what happened."""

    acme: House
    globex: House
    stranger: Stranger
    teller: Teller
    claims: list[Claim] = field(default_factory=list)
    lines: list[Line] = field(default_factory=list)
    internal_left: int | None = None
    mark: str = field(default_factory=lambda: f"[{ids.token()[:8]}]")

    @property
    def true(self) -> bool:
        """Whether all that it claims was observed, and it came to its end."""
        return self.internal_left is not None and all(claim.ok for claim in self.claims)

    async def play(self) -> None:
        """Stops at the first thing that the rest needs and that did not happen."""
        try:
            await self._follow()
            inside = await self._inside()
            public, partners = await self._outside()
            comment = await self._replies(public)
            await self._stranger(public)
            self.teller.scene("The books: who saw what, and which rule decided it")
            for name, status in (
                ("alice, inside", inside),
                ("@acme, everyone", public),
                ("@acme, partners", partners),
                ("bob, side comment", comment),
            ):
                await self._account_for(name, status)
            await self._count()
        except FediError as failure:
            self._claim("the story reached its end", False, failure.say)

    async def _follow(self) -> None:
        self.teller.scene("Globex follows @acme")
        gus = self.globex.apps["gus"]
        query = f"q={quote(f'@acme@{self.acme.host}')}&type=accounts&resolve=true"

        async def found() -> Any:
            return (await gus.get(f"/api/v2/search?{query}"))["accounts"]

        matches = await self._until("gus finds @acme by its handle, from his own server", found)
        account = matches[0]
        await gus.post(f"/api/v1/accounts/{account['id']}/follow")

        async def following() -> bool:
            query = f"/api/v1/accounts/relationships?id[]={account['id']}"
            return bool((await gus.get(query))[0]["following"])

        await self._until("acme accepts his follow: Globex is a partner", following)

    async def _inside(self) -> Any:
        self.teller.scene("alice writes for her colleagues")
        alice, bob = self.acme.apps["alice"], self.acme.apps["bob"]
        status = await alice.say(f"The offer for Initech is 2.4 million, tell nobody. {self.mark}i")
        self._claim("its reach is internal: she wrote no word", status["local_only"] is True)
        self._claim("bob reads it", await _reads(bob, status))
        self._claim("without a sign-in it does not exist", not await _reads(self._nobody, status))
        return status

    async def _outside(self) -> tuple[Any, Any]:
        self.teller.scene("@acme writes to everyone, then to partners")
        acme = self.acme.apps["acme"]
        public = await acme.say(f"We are hiring a welder in Springfield. {self.mark}p")
        self._claim("it waits first, and can be taken back", public["fedi"]["held_until"])
        self._claim("meanwhile nobody outside sees it", not await _reads(self._nobody, public))
        partners = await acme.say(f"@partners Line 3 stands still on Friday. {self.mark}q")
        reach = partners["fedi"]["reach"]
        self._claim("the first line made the second one a post for partners", reach == "partners")
        await self._until(
            "the hold is over: everyone can read the public one",
            lambda: _reads(self._nobody, public),
        )
        await self._until("gus has the public post at home", lambda: self._at_home(public))
        await self._until("gus has the partner post, too", lambda: self._at_home(partners))
        return public, partners

    async def _replies(self, public: Any) -> Any:
        self.teller.scene("Answers: one from outside, one that stays inside")
        gus, bob, acme = self.globex.apps["gus"], self.acme.apps["bob"], self.acme.apps["acme"]
        theirs = await self._at_home(public)
        words = f"My sister welds! {self.mark}r"
        text = f"@acme@{self.acme.host} {words}"
        await gus.say(text, in_reply_to_id=theirs["id"], visibility="public")

        async def notified() -> bool:
            news = await acme.get("/api/v1/notifications?types[]=mention")
            return any(words in (one.get("status") or {}).get("content", "") for one in news)

        await self._until("gus's reply is a notification at @acme", notified)
        comment = await bob.say(f"Hope she is cheap. {self.mark}c", in_reply_to_id=public["id"])
        self._claim("bob's comment on it stays inside by itself", comment["local_only"] is True)
        self._claim("alice reads the comment", await _reads(self.acme.apps["alice"], comment))
        return comment

    async def _stranger(self, public: Any) -> None:
        self.teller.scene("Initech, which nobody allowed, knocks")
        async with self.acme.db.reading() as conn:
            company = await accounts.local(conn, "acme")
        status, well_signed = await self.stranger.follow(company.uri, company.inbox)
        self._claim("its signature is good", well_signed)
        self._claim("its Follow is refused with 403", status == FORBIDDEN, f"answered {status}")
        read = await self.stranger.read(public["uri"])
        self._claim("so is its signed request for the public post", read == FORBIDDEN, f"{read}")

        async def recorded() -> bool:
            async with self.acme.db.reading() as conn:
                return await decisions.refused(conn, self.stranger.host, "peer_not_allowed")

        await self._until("the refusal is on record as peer_not_allowed", recorded)

    async def _account_for(self, name: str, status: Any) -> None:
        line = Line(
            name,
            status["fedi"]["reach"],
            await _reads(self.acme.apps["bob"], status),
            bool(await self._at_home(status)),
            await _reads(self._nobody, status),
            await self._explained(self.globex.host, status),
            await self._explained(self.stranger.host, status),
        )
        self.lines.append(line)
        agrees = line.globex == line.to_globex.allow and not line.to_stranger.allow
        self._claim(f"{name}: what happened is what `fedi policy explain` says", agrees)

    async def _count(self) -> None:
        """Promise 1 with its control: a count that never finds anything would prove nothing."""
        inside = [f"{self.mark}i", f"{self.mark}c"]
        self.internal_left = sum([await self._traces(text) for text in inside])
        self._claim(
            "no request to another server carried an internal text",
            self.internal_left == 0,
            f"{self.internal_left} did",
        )
        public = await self._traces(f"{self.mark}p")
        self._claim("and the same count finds the public text", public >= 2, f"found {public}")  # noqa: PLR2004 - once leaving, once arrived

    async def _traces(self, text: str) -> int:
        async with self.acme.db.reading() as conn:
            left = await traces.left(conn, text)
        async with self.globex.db.reading() as conn:
            return left + await traces.arrived(conn, text)

    async def _explained(self, host: str, status: Any) -> Verdict:
        ask = Ask(host=host, activity="Create", status_id=int(status["id"]))
        async with self.acme.db.reading() as conn:
            return await explaining.going_out(conn, ask)

    async def _at_home(self, status: Any) -> Any:
        """The post as gus has it on his own server, or None."""
        home = await self.globex.apps["gus"].get("/api/v1/timelines/home?limit=40")
        return next((one for one in home if one["uri"] == status["uri"]), None)

    @property
    def _nobody(self) -> App:
        return self.acme.apps[""]

    async def _until(self, name: str, check: Callable[[], Awaitable[Any]]) -> Any:
        """Claim it as soon as it is so, and return what was found; what comes next needs it."""
        end = monotonic() + PATIENCE
        found = await check()
        while not found and monotonic() < end:
            await asyncio.sleep(LOOK_EVERY)
            found = await check()
        self._claim(name, found, f"not within {PATIENCE:.0f} seconds")
        if not found:
            raise Unavailable("what comes next needs it")
        return found

    def _claim(self, name: str, ok: object, detail: str = "") -> None:
        claim = Claim(name, bool(ok), "" if ok else detail)
        self.claims.append(claim)
        self.teller.observed(claim)


async def _reads(app: App, status: Any) -> bool:
    """Whether this app gets the post; anything but yes and "no such thing" is an error."""
    answer, _ = await app.ask("GET", f"/api/v1/statuses/{status['id']}")
    if answer not in (OK, ABSENT):
        raise Unavailable(f"a post was answered with {answer}")
    return answer == OK
