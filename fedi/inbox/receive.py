"""Take what another server pushed: cap, parse, verify, admit, keep.  202 only once it is on disk.

Spec:   federation.md P-1 to P-9, S-2 to S-7, S-14, S-17.
Writes: inbound, seen_keys, decisions.
"""

import asyncio
from collections.abc import Iterator, Mapping
from datetime import datetime

import aiohttp
import orjson
from aiohttp import web

from fedi import clock, errors
from fedi.activitypub import signatures, strict_json, vocab
from fedi.activitypub.signatures import Presented
from fedi.activitypub.vocab import Activity, Document
from fedi.auth.signer import Headers, Signed, Signer, SignerGone
from fedi.errors import BadSignature, FediError, Forbidden, Malformed, TooLarge, WrongMediaType
from fedi.inbox.intake import Intake
from fedi.model.decision import Decision
from fedi.policy import admit
from fedi.policy.admit import Admitted, Incoming
from fedi.policy.verdict import Verdict

INTAKE: web.AppKey[Intake] = web.AppKey("intake", Intake)

MAX_BODY = 1 << 20  # bytes
DEADLINE = 15  # seconds for the whole body
CONTENT_TYPES = frozenset({"application/activity+json", "application/ld+json", "application/json"})
SELF_ONLY = frozenset({"Delete", "Update"})  # S-17


class TooSlow(FediError):
    say = "The request took too long"


STATUS: Mapping[type[FediError], int] = {
    Malformed: 400,
    BadSignature: 401,
    Forbidden: 403,
    TooSlow: 408,
    TooLarge: 413,
    WrongMediaType: 415,
    errors.TooMany: 429,
    errors.Unavailable: 503,
}


def add_routes(app: web.Application) -> None:
    """The shared inbox and everybody's own.  `app[INTAKE]` must be set."""
    app.router.add_post("/inbox", receive)
    app.router.add_post("/ap/actor/inbox", receive)
    app.router.add_post("/ap/actors/{token}/inbox", receive)


async def receive(request: web.Request) -> web.Response:
    """Whose inbox it is makes no difference: an unknown one, too, answers like all (no oracle)."""
    try:
        await _take(request, request.app[INTAKE])
    except FediError as refusal:
        return _refusal(refusal)
    return web.Response(status=202)


async def _take(request: web.Request, intake: Intake) -> None:
    at = clock.now()
    _check_form(request)
    headers = _headers(request)
    presented = signatures.read("POST", request.raw_path, headers)
    host = intake.doorkeeper.host_of_key(presented.key_id)
    _ask(intake, host, at)
    intake.check_rate(host)
    body = await _body(request)
    signed = Signed("POST", request.raw_path, headers, body, at)
    signer = await _signer(intake, presented, signed, host)
    if signer is None:
        return
    intake.count(host)
    activity = vocab.read_activity(strict_json.parse(body), signer=signer.uri)
    signature = signatures.replay_key(presented)
    if intake.is_replay(signature) or _drops(intake, activity, signer, at):
        return
    _ask_activity(intake, activity, signer)
    await intake.keep(_admitted(activity, signer, body), signer.seen)
    intake.remember(signature)


def _check_form(request: web.Request) -> None:
    """P-1 and S-6, before anything is read."""
    if request.content_type not in CONTENT_TYPES:
        raise WrongMediaType
    if request.headers.get("Content-Encoding", "identity").lower() != "identity":
        raise WrongMediaType("A compressed body is not accepted here")
    if (request.content_length or 0) > MAX_BODY:
        raise TooLarge


def _headers(request: web.Request) -> Headers:
    found: dict[str, list[str]] = {}
    for name, value in request.raw_headers:
        found.setdefault(name.decode().lower(), []).append(value.decode(errors="replace"))
    return found


def _ask(intake: Intake, host: str, at: datetime) -> None:
    """P-2: before the body is read, and before any crypto or fetch."""
    verdict = intake.doorkeeper.asks(host, at)
    if not verdict.allow:
        intake.refused(_decision(host, verdict))
        raise Forbidden("This server is not allowed to deliver here")


async def _body(request: web.Request) -> bytes:
    """What came with its headers, as nearly every activity does, needs no clock."""
    content = request.content
    if content.is_eof() and content.total_bytes <= MAX_BODY:
        return content.read_nowait()
    return await _slow_body(request)


async def _slow_body(request: web.Request) -> bytes:
    chunks, size = [], 0
    try:
        async with asyncio.timeout(DEADLINE):
            async for chunk in request.content.iter_any():
                size += len(chunk)
                if size > MAX_BODY:
                    raise TooLarge
                chunks.append(chunk)
    except TimeoutError as error:
        raise TooSlow from error
    except (OSError, aiohttp.ClientError, web.RequestPayloadError) as error:
        raise Malformed from error
    return b"".join(chunks)


async def _signer(intake: Intake, presented: Presented, signed: Signed, host: str) -> Signer | None:
    """P-3.  None: nothing to do, and no reason to let the sender try again (S-17)."""
    if not await intake.signers.knows(presented.key_id) and _takes_itself_back(signed, host):
        return None
    try:
        return await intake.signers.signer_of(presented, signed, intake.doorkeeper.allows)
    except SignerGone:
        intake.refused(_decision(host, Verdict(False, "signer_gone", "")))
        return None
    except BadSignature:
        intake.refused(_decision(host, Verdict(False, "bad_signature", "")))
        raise


def _takes_itself_back(signed: Signed, host: str) -> bool:
    """An actor we never heard of says that it changed or is gone: no key is fetched for that."""
    try:
        document = vocab.plain(strict_json.parse(signed.body or b""))
    except Malformed:
        return False
    actor = vocab.id_of(document.get("actor"))
    itself = actor is not None and vocab.id_of(document.get("object")) == actor
    parts = vocab.parts_of(actor)
    at_home = parts is not None and parts.host == host
    return itself and at_home and vocab.type_of(document, SELF_ONLY) is not None


def _drops(intake: Intake, activity: Activity, signer: Signer, at: datetime) -> bool:
    """P-6: it concerns a server that is shut out.  Its sender is told nothing of that."""
    for uri, must_be_allowed in _others(activity):
        host = _other_host(uri, signer.host, intake.doorkeeper.own_host)
        verdict = intake.doorkeeper.asks(host, at) if host else None
        if verdict is None or verdict.allow:
            continue
        if must_be_allowed or verdict.rule == "peer_blocked":
            intake.refused(_decision(host, verdict, activity))
            return True
    return False


def _others(activity: Activity) -> Iterator[tuple[str | None, bool]]:
    """(id, whether it is useless unless its host is allowed).  Parents may stay unknown."""
    yield activity.object_id, True
    yield vocab.id_of(activity.document.get("target")), True
    embed: Document = activity.embed or {}
    yield vocab.id_of(embed.get("attributedTo")), True
    for name in ("inReplyTo", "quote", "quoteUrl", "quoteUri", "_misskey_quote"):
        if name in embed:
            yield vocab.id_of(embed[name]), False


def _other_host(uri: str | None, home: str, own: str) -> str | None:
    if uri is None or uri.partition("://")[2].startswith((f"{home}/", f"{own}/")):
        return None
    parts = vocab.parts_of(uri)
    return None if parts is None or parts.host in (home, own) else parts.host


def _ask_activity(intake: Intake, activity: Activity, signer: Signer) -> None:
    verdict = admit.activity(Incoming(activity.type, signer.suspended))
    if not verdict.allow:
        intake.refused(_decision(signer.host, verdict, activity))
        raise Forbidden


def _admitted(activity: Activity, signer: Signer, body: bytes) -> Admitted:
    return Admitted(
        host=signer.host,
        signer=signer.uri,
        activity_id=activity.id,
        type=activity.type,
        object_uri=activity.object_id or "",
        body=body,
    )


def _decision(host: str | None, verdict: Verdict, activity: Activity | None = None) -> Decision:
    return Decision(
        door="admit",
        host=host,
        activity=activity.type if activity else None,
        account_id=None,
        object_uri=activity.object_id if activity else None,
        allow=False,
        rule=verdict.rule,
    )


def _refusal(refusal: FediError) -> web.Response:
    """P-9: a status that tells the sender whether to try again."""
    status = next((STATUS[kind] for kind in type(refusal).__mro__ if kind in STATUS), 400)
    headers = {}
    if isinstance(refusal, errors.TooMany):
        headers["Retry-After"] = str(refusal.retry_after)
    body = orjson.dumps({"error": refusal.say})
    return web.Response(status=status, body=body, content_type="application/json", headers=headers)
