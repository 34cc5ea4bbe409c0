"""Favourite a status, whoever asks.

Sends: Like or Undo to the author's server, unless the one who favours is an inside persona.
"""

from fedi import ids
from fedi.actions.notices import notify
from fedi.model.account import Account
from fedi.model.reach import Reach
from fedi.model.status import Status
from fedi.outbox import letters
from fedi.store import Conn, accounts, counts, favourites, notifications
from fedi.store.notifications import Notice


async def add(conn: Conn, by: Account, status: Status, *, uri: str | None = None) -> None:
    """`by` favourites `status`.  Doing it twice is doing it once."""
    uri = uri or f"{by.uri}#likes/{ids.token()}"
    if not await favourites.add(conn, by.id, status.id, uri=uri):
        return
    await counts.favourites(conn, [status.id], 1)
    author = await accounts.by_id(conn, status.author_id)
    await notify(conn, [Notice(author.id, "favourite", by.id, status.id)])
    if _leaves(by, status, author):
        await letters.send_like(conn, by, status, author, uri=uri)


async def remove(conn: Conn, by: Account, status: Status) -> bool:
    """Whether it stood."""
    uri = await favourites.remove(conn, by.id, status.id)
    if uri is None:
        return False
    await counts.favourites(conn, [status.id], -1)
    author = await accounts.by_id(conn, status.author_id)
    await notifications.withdraw(conn, Notice(author.id, "favourite", by.id, status.id))
    if _leaves(by, status, author):
        await letters.send_like(conn, by, status, author, uri=uri, undo=True)
    return True


def _leaves(by: Account, status: Status, author: Account) -> bool:
    """What inside personas favour stays inside: their names are not shown outside."""
    if not by.is_local or author.is_local:
        return False
    return not by.inside_persona and status.reach is not Reach.INTERNAL
