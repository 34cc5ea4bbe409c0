"""Just before a letter leaves: may it still go there, and the signature that makes it its actor's.

Between queueing and sending a post may have been deleted, its author suspended, a peer removed.
A retry may come days later.

Spec: federation.md S-5, X-2, X-3; security.md section 7.
Writes: decisions.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from fedi import clock, errors
from fedi.activitypub import signatures
from fedi.model.decision import Decision
from fedi.net import Guard
from fedi.policy.hosts import federation_closed, peer_expired, peer_paused
from fedi.policy.release import Parcel, Refused, release
from fedi.store import Conn, accounts, courier, decisions
from fedi.store.courier import Sealed, Waiting

_RETRACTIONS = frozenset({"Delete", "Undo"})
# A pause keeps the queue: what these rules refuse will be asked about again.
_PAUSES = {rule.__name__ for rule in (federation_closed, peer_paused, peer_expired)}


@dataclass(slots=True)
class Send:
    """One delivery that may go.  `headers` carry its signature; None: it could not be signed."""

    waiting: Waiting
    sealed: Sealed
    key: tuple[str, str] | None  # key id, private PEM
    headers: dict[str, str] | None = None


async def look_again(
    conn: Conn, waiting: Sequence[Waiting]
) -> tuple[dict[int, Send], dict[int, Waiting]]:
    """Those of `waiting` that may leave now, and those whose peer is paused, by id (X-2).

    The others are dropped for good, and the rule that refused them recorded.
    """
    if not waiting:
        return {}, {}
    letters = await courier.sealed(conn, (one.outbound_id for one in waiting))
    keys = await accounts.signing_keys(conn, (one.letter.actor_id for one in letters.values()))
    directory, now = await courier.directory(conn, (one.host for one in waiting)), clock.now()
    sends: dict[int, Send] = {}
    held: dict[int, Waiting] = {}
    refused: dict[int, Decision] = {}
    for one in waiting:
        sealed = letters[one.outbound_id]
        answer = release(_parcel(sealed), directory.standing(one.host, now), one.inbox)
        if isinstance(answer, Refused) and answer.rule in _PAUSES:
            held[one.id] = one
        elif isinstance(answer, Refused):
            refused[one.id] = _decision(sealed, answer)
        else:
            sends[one.id] = Send(one, sealed, keys.get(sealed.letter.actor_id))
    await courier.drop(conn, list(refused))
    await decisions.record(conn, list(refused.values()), at=now)
    return sends, held


def sign(guard: Guard, sends: Iterable[Send]) -> None:
    """Give each its headers.  Takes 0.25 ms of CPU each: call it in a thread."""
    for send in sends:
        send.headers = signed(guard, send)


def signed(guard: Guard, send: Send, *, with_query: bool = True) -> dict[str, str] | None:
    """`with_query=False`: for old servers, which leave the query out when they verify (S-5)."""
    if send.key is None:
        return None
    try:
        url = guard.target(send.waiting.inbox).url
        url = url if with_query else url.partition("?")[0]
        return signatures.sign_post(*send.key, url, send.sealed.letter.body, now=clock.now())
    except (errors.FediError, ValueError):
        return None


def _parcel(sealed: Sealed) -> Parcel:
    """What takes back must arrive where its object, or its author, is gone from here already."""
    letter, back = sealed.letter, sealed.letter.type in _RETRACTIONS
    return Parcel(
        id=letter.uri,
        type=letter.type,
        object_uri=letter.object_uri,
        reach=letter.reach,
        reach_domains=letter.reach_domains,
        author_id=letter.actor_id,
        author_outside=back or sealed.author_outside,
        withdrawn=not (back or sealed.intact),
    )


def _decision(sealed: Sealed, answer: Refused) -> Decision:
    return Decision(
        door="release",
        host=answer.host,
        activity=sealed.letter.type,
        account_id=sealed.letter.actor_id,
        object_uri=sealed.letter.object_uri,
        allow=False,
        rule=answer.rule,
    )
