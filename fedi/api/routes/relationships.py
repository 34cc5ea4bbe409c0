"""How one stands to others: follow, block, mute and note, of methods/accounts.

Sends: what `actions.follows` sends.
"""

from typing import Any

import msgspec

from fedi.actions import blocks, follows
from fedi.api import desk, known
from fedi.api.call import Call, Route, Routes
from fedi.api.entities import relationship
from fedi.api.entities.relationship import RelationshipEntity
from fedi.api.routes.accounts import IdsForm
from fedi.errors import Forbidden, Invalid
from fedi.model.account import Account
from fedi.store import relations

LONGEST_NOTE = 2_000
LONGEST_MUTE = 10 * 365 * 24 * 3_600  # seconds


class FollowForm(msgspec.Struct):
    reblogs: bool | None = None
    notify: bool | None = None


class MuteForm(msgspec.Struct):
    notifications: bool = True
    duration: int | None = None  # seconds; 0 is for ever


class NoteForm(msgspec.Struct):
    comment: str | None = None


async def relationships(call: Call) -> list[RelationshipEntity]:
    asked = known.ids_of(call.read(IdsForm).id)
    return await relationship.render(call.conn, call.view, asked)


async def familiar_followers(call: Call) -> list[dict[str, Any]]:
    """None are named: who reads whom is known to them alone."""
    return [{"id": str(one), "accounts": []} for one in known.ids_of(call.read(IdsForm).id)]


async def follow(call: Call) -> RelationshipEntity:
    form, account = call.read(FollowForm), await known.account(call)
    await desk.refuse_authors(call, call.conn)
    await follows.request(
        call.conn, call.account, account, reblogs=form.reblogs, notify_posts=form.notify
    )
    return await _relation(call, account)


async def unfollow(call: Call) -> RelationshipEntity:
    account = await known.account(call)
    await follows.cancel(call.conn, call.account, account)
    return await _relation(call, account)


async def remove_from_followers(call: Call) -> RelationshipEntity:
    account = await known.account(call)
    await follows.reject(call.conn, account, call.account)
    return await _relation(call, account)


async def block(call: Call) -> RelationshipEntity:
    account = await _other(call)
    await blocks.block(call.conn, call.account, account)
    return await _relation(call, account)


async def unblock(call: Call) -> RelationshipEntity:
    account = await known.account(call)
    await blocks.unblock(call.conn, call.account, account)
    return await _relation(call, account)


async def mute(call: Call) -> RelationshipEntity:
    form, account = call.read(MuteForm), await _other(call)
    seconds = form.duration or 0
    if not 0 <= seconds <= LONGEST_MUTE:
        raise Invalid("Validation failed: duration is out of range")
    await blocks.mute(
        call.conn, call.account, account, hide_notifications=form.notifications, seconds=seconds
    )
    return await _relation(call, account)


async def unmute(call: Call) -> RelationshipEntity:
    account = await known.account(call)
    await blocks.unmute(call.conn, call.account, account)
    return await _relation(call, account)


async def note(call: Call) -> RelationshipEntity:
    comment, account = call.read(NoteForm).comment or "", await known.account(call)
    if len(comment) > LONGEST_NOTE:
        raise Invalid(f"Validation failed: a note has at most {LONGEST_NOTE} characters")
    await relations.note(call.conn, call.account.id, account.id, comment.replace("\x00", ""))
    return await _relation(call, account)


async def _other(call: Call) -> Account:
    account = await known.account(call)
    if account.id == call.account.id:
        raise Forbidden("You cannot block or mute yourself")
    return account


async def _relation(call: Call, account: Account) -> RelationshipEntity:
    return (await relationship.render(call.conn, call.view, [account.id]))[0]


ROUTES: Routes = (
    Route("GET", "/api/v1/accounts/relationships", relationships, scope="read:follows"),
    Route("GET", "/api/v1/accounts/familiar_followers", familiar_followers, scope="read:follows"),
    Route("POST", "/api/v1/accounts/{id}/follow", follow, scope="write:follows"),
    Route("POST", "/api/v1/accounts/{id}/unfollow", unfollow, scope="write:follows"),
    Route(
        "POST",
        "/api/v1/accounts/{id}/remove_from_followers",
        remove_from_followers,
        scope="write:follows",
    ),
    Route("POST", "/api/v1/accounts/{id}/block", block, scope="write:blocks"),
    Route("POST", "/api/v1/accounts/{id}/unblock", unblock, scope="write:blocks"),
    Route("POST", "/api/v1/accounts/{id}/mute", mute, scope="write:mutes"),
    Route("POST", "/api/v1/accounts/{id}/unmute", unmute, scope="write:mutes"),
    Route("POST", "/api/v1/accounts/{id}/note", note, scope="write:accounts"),
)
