"""Send an activity: ask the door for each host, queue what it releases, record every answer.

Runs in the transaction of the deed that it tells of: a post and its deliveries stand or fall
together.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime

from fedi import clock
from fedi.model.decision import Decision
from fedi.net.hosts import split
from fedi.policy.directory import Directory
from fedi.policy.release import Parcel, Refused, Released, release
from fedi.store import Conn, decisions, deliveries, peers
from fedi.store.deliveries import Letter, Recipient


async def publish(
    conn: Conn,
    parcel: Parcel,
    body: bytes,
    recipients: Iterable[Recipient],
    *,
    status_id: int | None = None,
    due: datetime | None = None,
) -> list[Refused]:
    """Queue `body` for `recipients`; `due` in the future holds it.  What was refused, and why."""
    now = clock.now()
    answers = await _ask(conn, parcel, recipients, now)
    released = [answer for answer in answers if isinstance(answer, Released)]
    letter = Letter(
        uri=parcel.id,
        type=parcel.type,
        actor_id=parcel.author_id,
        status_id=status_id,
        object_uri=parcel.object_uri,
        reach=parcel.reach,
        reach_domains=parcel.reach_domains,
        body=body,
    )
    await deliveries.enqueue(conn, letter, released, now=now, due=due or now)
    await decisions.record(conn, [_decision(parcel, answer) for answer in answers], at=now)
    return [answer for answer in answers if isinstance(answer, Refused)]


async def _ask(
    conn: Conn, parcel: Parcel, recipients: Iterable[Recipient], now: datetime
) -> Sequence[Released | Refused]:
    unique = sorted({(to.host, to.inbox) for to in recipients})
    if not unique:
        return []
    directory = await peers.directory(conn)
    return [_answer(parcel, directory, now, Recipient(*pair)) for pair in unique]


def _answer(
    parcel: Parcel, directory: Directory, now: datetime, to: Recipient
) -> Released | Refused:
    """X-2, L-3: both the host of the inbox and the domain of the handle must be let through."""
    inbox_host = split(to.inbox).host
    answer = release(parcel, directory.standing(inbox_host, now), to.inbox)
    if to.host == inbox_host or isinstance(answer, Refused):
        return answer
    of_domain = release(parcel, directory.standing(to.host, now), to.inbox)
    return answer if isinstance(of_domain, Released) else of_domain


def _decision(parcel: Parcel, answer: Released | Refused) -> Decision:
    return Decision(
        door="release",
        host=answer.host,
        activity=parcel.type,
        account_id=parcel.author_id,
        object_uri=parcel.object_uri,
        allow=isinstance(answer, Released),
        rule=answer.rule,
    )
