"""Block and mute, whoever asks."""

from datetime import timedelta

from fedi import clock
from fedi.actions import follows
from fedi.model.account import Account
from fedi.store import Conn, blocks, notifications, timelines


async def block(conn: Conn, blocker: Account, blocked: Account, *, uri: str | None = None) -> None:
    """End every tie between the two.  Nothing is sent: a peer would learn who blocks whom."""
    await blocks.add(conn, blocker.id, blocked.id, uri=uri)
    await follows.cancel(conn, blocker, blocked)
    await _drop_follower(conn, blocker, blocked)
    for one, other in ((blocker, blocked), (blocked, blocker)):
        await timelines.clear_home(conn, one.id, other.id)
    await notifications.withdraw_between(conn, blocker.id, blocked.id)


async def unblock(conn: Conn, blocker: Account, blocked: Account) -> None:
    await blocks.remove(conn, blocker.id, blocked.id)


async def mute(
    conn: Conn, muter: Account, muted: Account, *, hide_notifications: bool, seconds: int
) -> None:
    """`seconds` 0: until taken back."""
    until = clock.now() + timedelta(seconds=seconds) if seconds else None
    await blocks.mute(conn, muter.id, muted.id, notifications=hide_notifications, until=until)


async def unmute(conn: Conn, muter: Account, muted: Account) -> None:
    await blocks.unmute(conn, muter.id, muted.id)


async def _drop_follower(conn: Conn, blocker: Account, blocked: Account) -> None:
    if blocker.is_local:
        await follows.reject(conn, blocked, blocker)
    else:
        await follows.cancel(conn, blocked, blocker)
