"""Who asks for a document, and whether they get it: every ActivityPub GET comes through here.

Spec:   federation.md L-4, S-18, A-3; L-9.
Writes: decisions, disclosures, seen_keys.
"""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from aiohttp import web
from aiohttp.typedefs import Handler

from fedi import clock, errors
from fedi.activitypub import signatures
from fedi.activitypub.vocab import Document
from fedi.auth.app import OUTSIDE, SETTINGS, SIGNERS
from fedi.auth.signer import Signed
from fedi.documents import answers
from fedi.documents.ledger import Ledger
from fedi.model.decision import Decision
from fedi.model.peer import Standing
from fedi.model.reach import Reach
from fedi.net import host_of
from fedi.policy import admit, fetch
from fedi.policy.directory import Directory
from fedi.policy.fetch import Answer
from fedi.policy.verdict import Verdict
from fedi.store import Conn, disclosures, outside, seen_keys
from fedi.store.outside import Site
from fedi.store.seen_keys import SeenKey

LEDGER: web.AppKey[Ledger] = web.AppKey("ledger", Ledger)

LOOKUPS: web.AppKey["Lookups"] = web.AppKey("lookups")

# What nobody may see, and what is not there, are asked about in the same words.
ABSENT = fetch.Document(account_id=0, reach=Reach.INTERNAL)
GONE = fetch.Document(account_id=0)
MAX_URI = 512
LOOKUPS_OF_ONE, LOOKUPS_OF_ALL = 20, 200  # a minute


@dataclass(frozen=True, slots=True)
class Asking:
    """One GET.  `by` None: nobody signed it."""

    request: web.Request
    site: Site
    directory: Directory
    by: Standing | None
    now: datetime

    @property
    def uri(self) -> str:
        """The id that was asked for, without its query."""
        return f"{self.site.origin}{self.request.path}"


@dataclass(frozen=True, slots=True)
class Offer:
    """Something that stands at the address, and on which terms.  `body` None: it was deleted."""

    terms: fetch.Document
    body: Document | None
    discloses: Sequence[str] = ()


Find = Callable[[Asking, Conn], Awaitable[Offer | None]]


class Lookups:
    """How often signatures with unknown keys made us ask other servers, this minute."""

    def __init__(self, *, limited: bool) -> None:
        self._limited = limited
        self._of: Counter[str] = Counter()
        self._until = 0.0

    def count(self, host: str) -> None:
        """Raises TooMany: a stranger could name a new key each time, and we would run for him."""
        now = asyncio.get_running_loop().time()
        if now >= self._until:
            self._of.clear()
            self._until = now + 60
        many = self._of[host] >= LOOKUPS_OF_ONE or self._of.total() >= LOOKUPS_OF_ALL
        if many and self._limited:
            raise errors.TooMany
        self._of[host] += 1


class _Refused(errors.FediError):
    """Refused before anybody looked for the document."""

    def __init__(self, status: int, host: str | None, verdict: Verdict) -> None:
        super().__init__()
        self.status, self.host, self.verdict = status, host, verdict


def answering(find: Find) -> Handler:
    """A route that asks the door about what `find` found, and answers what it says."""

    async def serve(request: web.Request) -> web.StreamResponse:
        try:
            asking = await _who(request)
            return await _decided(asking, find)
        except _Refused as refused:
            _note(request, refused.host, None, refused.verdict)
            return answers.refusal(refused.status)
        except errors.TooMany as limit:
            return answers.refusal(429, retry_after=limit.retry_after)
        except errors.Unavailable:
            return answers.refusal(503)

    return serve


async def _decided(asking: Asking, find: Find) -> web.StreamResponse:
    """Written down before it is sent: what left is known, whatever happens to the process."""
    async with asking.request.app[OUTSIDE].reading() as conn:
        offer = await find(asking, conn)
        terms = offer.terms if offer else ABSENT
        answer, verdict = fetch.fetch(terms, asking.by, asking.directory.mode)
        _note(asking.request, asking.by, offer, verdict)
        if offer is None or answer is not Answer.SHOW:
            return answers.refusal(_STATUS[answer])
        if offer.body is None:
            return answers.refusal(410)
        if asking.by is not None:
            shown = offer.discloses
            await disclosures.add(conn, shown, host=asking.by.host, way="fetch", at=asking.now)
        kept = asking.by is None
    return answers.document(offer.body, kept=kept)


_STATUS = {Answer.SHOW: 404, Answer.SIGN: 401, Answer.REFUSE: 403, Answer.HIDE: 404}


async def _who(request: web.Request) -> Asking:
    """Raises _Refused for a host that may not ask, and for a signature that proves nothing."""
    settings, now = request.app[SETTINGS], clock.now()
    async with request.app[OUTSIDE].reading() as conn:
        directory = await outside.directory(conn)
    by = None
    if _is_signed(request):
        by = await _signer(request, directory, now)
    return Asking(request, Site(settings.origin, settings.domain), directory, by, now)


def _is_signed(request: web.Request) -> bool:
    names = ("Signature", "Signature-Input")
    authorization = request.headers.get("Authorization", "")
    return any(name in request.headers for name in names) or authorization.startswith("Signature ")


async def _signer(request: web.Request, directory: Directory, now: datetime) -> Standing:
    """Policy first: a host that may not ask costs us no fetch and no arithmetic."""
    headers: dict[str, list[str]] = {}
    for name, value in request.headers.items():
        headers.setdefault(name.lower(), []).append(value)
    try:
        presented = signatures.read("GET", request.raw_path, headers)
        standing = directory.standing(_host(request, presented.key_id), now)
        _refuse(standing)
        if not await request.app[SIGNERS].knows(presented.key_id):
            request.app[LOOKUPS].count(standing.host)
        signed = Signed("GET", request.raw_path, headers, None, now)
        signer = await request.app[SIGNERS].signer_of(
            presented, signed, lambda host: _may_be_fetched(request, directory, host, now)
        )
    except (errors.BadSignature, errors.Invalid, errors.Gone) as error:
        raise _Refused(401, None, Verdict(False, "bad_signature", str(error))) from error
    if signer.seen is not None:
        await _keep(request, signer.seen)
    standing = directory.standing(_host(request, signer.uri), now)
    _refuse(standing, suspended=signer.suspended)
    return standing


async def _keep(request: web.Request, seen: SeenKey) -> None:
    """The worker makes an account of it, so that its server is not asked again each time."""
    async with request.app[OUTSIDE].transaction() as conn:
        await seen_keys.append(conn, [seen])
    request.app[SIGNERS].kept(seen)


def _host(request: web.Request, url: str) -> str:
    return host_of(url, request.app[SETTINGS].dev_peers)


def _refuse(standing: Standing, *, suspended: bool = False) -> None:
    verdict = fetch.host(standing)
    if suspended:
        verdict = Verdict(False, "signer_suspended", "Its signer is suspended here.")
    if verdict.rule == "federation_closed":
        raise _Refused(404, standing.host, verdict)
    if not verdict.allow:
        raise _Refused(403, standing.host, verdict)


def _may_be_fetched(request: web.Request, directory: Directory, host: str, now: datetime) -> bool:
    own = host == request.app[SETTINGS].host
    return not own and admit.host(directory.standing(host, now)).allow


def _note(
    request: web.Request, by: Standing | str | None, offer: Offer | None, verdict: Verdict
) -> None:
    host = by.host if isinstance(by, Standing) else by
    decision = Decision(
        door="fetch",
        host=host,
        activity=None,
        account_id=offer.terms.account_id or None if offer else None,
        object_uri=_storable(f"{request.app[SETTINGS].origin}{request.path}"),
        allow=verdict.allow,
        rule=verdict.rule,
    )
    request.app[LEDGER].note(decision, peer=isinstance(by, Standing) and by.peer is not None)


def _storable(uri: str) -> str:
    """Strangers choose it: PostgreSQL takes neither NUL nor halves of surrogate pairs."""
    return uri[:MAX_URI].replace("\x00", "").encode(errors="replace").decode()
