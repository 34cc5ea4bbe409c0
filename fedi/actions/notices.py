"""Tell people of ours what concerns them."""

from collections.abc import Sequence
from datetime import timedelta

from fedi import clock
from fedi.store import Conn, notifications
from fedi.store.notifications import Notice

NEW_ACCOUNT = timedelta(days=30)  # the policy's "new accounts", as Mastodon counts


async def notify(conn: Conn, notices: Sequence[Notice]) -> None:
    now = clock.now()
    await notifications.add(conn, notices, at=now, new_since=now - NEW_ACCOUNT)
