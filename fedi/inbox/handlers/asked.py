"""Which of our follows an Accept or Reject answers: by its id, or by who follows whom."""

from fedi.activitypub import vocab
from fedi.inbox.handlers.arrived import Arrived
from fedi.model.account import Account
from fedi.store import Conn, accounts, follows


async def follower(conn: Conn, one: Arrived) -> Account | None:
    """The account of ours that asked to follow the sender; None when nobody did.

    Only the one who is followed can answer: a follow of somebody else is not found.
    """
    found = await follows.find_by_uri(conn, one.activity.object_id or "")
    if found is None:
        return await _by_actor(conn, one)
    if found.followed_id != one.sender.id:
        return None
    account = await accounts.find(conn, found.follower_id)
    return account if account and account.is_local else None


async def _by_actor(conn: Conn, one: Arrived) -> Account | None:
    embed = one.activity.embed or {}
    if vocab.type_of(embed, frozenset({"Follow"})) is None:
        return None
    if vocab.id_of(embed.get("object")) != one.sender.uri:
        return None
    account = await accounts.find_by_uri(conn, vocab.id_of(embed.get("actor")) or "")
    if account is None or not account.is_local:
        return None
    stands = await follows.find(conn, account.id, one.sender.id)
    return account if stands else None
