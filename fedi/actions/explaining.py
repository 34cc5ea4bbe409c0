"""What would a door say?  Gathers the facts and asks the very function that decides in earnest.

Spec: product.md, promise 3.
"""

from dataclasses import dataclass

from fedi import clock
from fedi.errors import Invalid, NotFound
from fedi.model.account import Account
from fedi.model.peer import Standing
from fedi.model.reach import Reach
from fedi.model.status import Release, Status
from fedi.policy import admit, release
from fedi.policy.admit import Incoming
from fedi.policy.release import Parcel
from fedi.policy.verdict import Verdict
from fedi.store import Conn, accounts, peers, statuses


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """`account`: its author, `name` or `name@domain`.  Without a status its reach is public."""

    host: str
    activity: str
    account: str | None = None
    status_id: int | None = None


async def coming_in(conn: Conn, ask: Ask) -> Verdict:
    """May that server send us this?"""
    verdict = admit.host(await _standing(conn, ask))
    if not verdict.allow:
        return verdict
    author = await _account(conn, ask.account) if ask.account else None
    suspended = author is not None and not author.is_local and author.suspended_at is not None
    return admit.activity(Incoming(ask.activity, suspended))


async def going_out(conn: Conn, ask: Ask) -> Verdict:
    """May this leave for that server?"""
    standing = await _standing(conn, ask)
    author = await _account(conn, ask.account) if ask.account else None
    if ask.status_id is not None:
        return await _of_status(conn, ask, standing, author)
    if author is not None and not author.is_local:
        raise Invalid(f"{ask.account} is not an account of ours")
    offered = standing.peer.accounts if standing.peer else None
    anybody = next(iter(offered or ()), 0)  # some account that this peer may see
    parcel = Parcel(
        id="",
        type=ask.activity,
        object_uri="",
        reach=Reach.PUBLIC,
        reach_domains=None,
        author_id=author.id if author else anybody,
        author_outside=author is None or _outside(author),
    )
    return release.explain(parcel, standing)


async def _of_status(conn: Conn, ask: Ask, standing: Standing, author: Account | None) -> Verdict:
    status = await _status(conn, ask.status_id or 0)
    if author is not None and author.id != status.author_id:
        raise Invalid(f"{ask.account} is not the author of that post")
    domains = None if status.reach_domains is None else tuple(status.reach_domains)
    parcel = Parcel(
        id=status.uri,
        type=ask.activity,
        object_uri=status.uri,
        reach=status.reach,
        reach_domains=domains,
        author_id=status.author_id,
        author_outside=_outside(await accounts.by_id(conn, status.author_id)),
        released=status.release is Release.RELEASED,
    )
    return release.explain(parcel, standing)


async def _standing(conn: Conn, ask: Ask) -> Standing:
    return (await peers.directory(conn)).standing(ask.host, clock.now())


async def _account(conn: Conn, handle: str) -> Account:
    name, _, domain = handle.removeprefix("@").lower().partition("@")
    if not domain:
        found = await accounts.find_local(conn, name)
    else:  # `by_handles` passes over the suspended, and they are what is asked about
        found = await accounts.find_remote(conn, name, domain)
    if found is None:
        raise NotFound(f"There is no account {handle} here")
    return found


async def _status(conn: Conn, status_id: int) -> Status:
    status = (await statuses.by_ids(conn, [status_id])).get(status_id)
    if status is None:
        raise NotFound(f"There is no post {status_id}")
    if not status.local:
        raise Invalid(f"The post {status_id} came from outside: it is not ours to send")
    return status


def _outside(account: Account) -> bool:
    return account.exists_outside and account.suspended_at is None
