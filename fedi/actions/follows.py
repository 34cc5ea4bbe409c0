"""Follow, whoever asks.

Inside personas never show themselves outside: `@reader` follows on their behalf, once for all of
them, and lets go when the last one does.
"""

from fedi import clock, ids
from fedi.actions.notices import notify
from fedi.errors import Forbidden, NotFound
from fedi.model.account import Account
from fedi.outbox import letters
from fedi.store import Conn, accounts, blocks, follows, timelines
from fedi.store.follows import Follow
from fedi.store.notifications import Notice

READER = "reader"


async def request(
    conn: Conn,
    follower: Account,
    followed: Account,
    *,
    uri: str | None = None,
    reblogs: bool | None = None,
    notify_posts: bool | None = None,
) -> None:
    """Start following, or ask to.  Repeating it is harmless and repeats the Accept.

    Raises Forbidden when either blocks the other, NotFound when they may not know each other.
    """
    await _may(conn, follower, followed)
    uri = uri or f"{follower.uri}#follows/{ids.token()}"
    at_once = followed.is_local and not followed.locked
    follow = Follow(follower_id=follower.id, followed_id=followed.id, uri=uri, accepted=at_once)
    is_new = await follows.add(conn, follow, at=clock.now())
    await follows.prefer(conn, follower.id, followed.id, reblogs=reblogs, notify=notify_posts)
    if not followed.is_local:
        if is_new:
            await _ask_outside(conn, follower, followed, uri)
        return
    stands = await follows.find(conn, follower.id, followed.id)
    accepted = stands is not None and stands.accepted
    if accepted and not follower.is_local:
        await letters.send_accept(conn, followed, follower, follow_uri=uri)
    if is_new:
        await _welcome(conn, follower, followed, accepted)


async def accept(conn: Conn, follower: Account, followed: Account) -> None:
    """`followed` says yes, here or from its own server.  One nobody asked for does nothing."""
    if not follower.is_local:
        stands = await follows.find(conn, follower.id, followed.id)
        if stands is None:
            raise NotFound
        await follows.accept(conn, follower.id, followed.id)
        await letters.send_accept(conn, followed, follower, follow_uri=stands.uri)
        return
    for one in await _on_behalf(conn, follower, followed):
        if await follows.accept(conn, one, followed.id):
            await timelines.fill_home(conn, one, followed.id)


async def reject(conn: Conn, follower: Account, followed: Account) -> None:
    """`followed` says no, or not any more."""
    for one in await _on_behalf(conn, follower, followed):
        gone = await follows.remove(conn, one, followed.id)
        await timelines.clear_home(conn, one, followed.id)
        if gone is not None and not follower.is_local:
            await letters.send_reject(conn, followed, follower, follow_uri=gone.uri)


async def cancel(conn: Conn, follower: Account, followed: Account) -> None:
    """Stop following, or take the wish back."""
    gone = await follows.remove(conn, follower.id, followed.id)
    if gone is None:
        return
    await timelines.clear_home(conn, follower.id, followed.id)
    if followed.is_local or not follower.is_local:
        return
    if follower.inside_persona:
        await _release_reader(conn, followed)
    else:
        await letters.send_follow(conn, follower, followed, uri=gone.uri, undo=True)


async def _may(conn: Conn, follower: Account, followed: Account) -> None:
    if follower.id == followed.id:
        raise Forbidden("You cannot follow yourself")
    if not follower.is_local and not followed.exists_outside:
        raise NotFound
    pairs = ((follower.id, followed.id), (followed.id, follower.id))
    for blocker, blocked in pairs:
        if await blocks.exists(conn, blocker_id=blocker, blocked_id=blocked):
            raise Forbidden


async def _welcome(conn: Conn, follower: Account, followed: Account, accepted: bool) -> None:
    kind = "follow" if accepted else "follow_request"
    await notify(conn, [Notice(followed.id, kind, follower.id)])
    if accepted and follower.is_local:
        await timelines.fill_home(conn, follower.id, followed.id)


async def _ask_outside(conn: Conn, follower: Account, followed: Account, uri: str) -> None:
    if not follower.inside_persona:
        await letters.send_follow(conn, follower, followed, uri=uri)
        return
    carrier = await accounts.local(conn, READER)
    stands = await follows.find(conn, carrier.id, followed.id)
    if stands is None:
        await request(conn, carrier, followed)
    elif stands.accepted:
        await follows.accept(conn, follower.id, followed.id)
        await timelines.fill_home(conn, follower.id, followed.id)


async def _release_reader(conn: Conn, followed: Account) -> None:
    carrier = await accounts.local(conn, READER)
    if not [one for one in await follows.inside_followers(conn, followed.id) if one != carrier.id]:
        await cancel(conn, carrier, followed)


async def _on_behalf(conn: Conn, follower: Account, followed: Account) -> list[int]:
    """Whose follows an answer to `follower` settles: `@reader`'s are those of all it reads for."""
    if (
        follower.is_local
        and not followed.is_local
        and follower.id == (await accounts.local(conn, READER)).id
    ):
        return [follower.id, *await follows.inside_followers(conn, followed.id)]
    return [follower.id]
