"""Receive a Follow: a remote actor asks for the posts of an account of ours.

Spec:   federation.md section 7 (Follow); Mastodon: locked accounts answer later.
Writes: follows, notifications.
Sends:  Accept, unless the account is locked; Reject to whom it blocked.
"""

from collections.abc import Sequence

from fedi.actions import follows as acts
from fedi.errors import Forbidden
from fedi.inbox.handlers.arrived import Arrived
from fedi.model.account import Account
from fedi.outbox import letters
from fedi.store import Conn, accounts, follows
from fedi.store.outside import Site


async def handle(conn: Conn, _site: Site, batch: Sequence[Arrived]) -> None:
    wanted = {one.activity.object_id or "" for one in batch}
    ours = await accounts.by_uris(conn, wanted)
    for one in batch:
        followed = ours.get(one.activity.object_id or "")
        # Whoever exists inside only is as silent as nobody: no oracle.
        if followed is not None and followed.exists_outside and not followed.suspended_at:
            await _follow(conn, one.sender, followed, one.activity.id)


async def _follow(conn: Conn, sender: Account, followed: Account, uri: str) -> None:
    stands = await follows.find_by_uri(conn, uri)
    if stands and (stands.follower_id, stands.followed_id) != (sender.id, followed.id):
        return  # somebody else's Follow: its id is not to be taken over
    try:
        await acts.request(conn, sender, followed, uri=uri)
    except Forbidden:
        await letters.send_reject(conn, followed, sender, follow_uri=uri)
