"""The server: docs.joinmastodon.org/methods/instance.  Answers without a token, in every mode."""

from datetime import timedelta
from html import escape
from typing import Any

from fedi import ids
from fedi.api.call import PUBLIC, Call, Route, Routes
from fedi.api.entities import instance as entity
from fedi.api.entities.instance import About
from fedi.api.entities.moments import moment
from fedi.model.account import Role
from fedi.store import instance, peers

MONTH = timedelta(days=30)


async def show(call: Call) -> dict[str, Any]:
    return entity.render(call.view, await _about(call))


async def show_v1(call: Call) -> dict[str, Any]:
    return entity.render_v1(call.view, await _about(call))


async def rules(_call: Call) -> list[object]:
    return []


async def extended_description(call: Call) -> dict[str, str]:
    texts = await instance.texts(call.conn)
    for name in ("extended_description", "description"):
        if name in texts:
            text, changed_at = texts[name]
            return {"updated_at": moment(changed_at), "content": f"<p>{escape(str(text))}</p>"}
    return {"updated_at": moment(call.now), "content": ""}


async def peer_domains(call: Call) -> list[str]:
    """With whom the company deals is for its admins to know."""
    asker = call.account_or_none
    if asker is None or asker.role is not Role.ADMIN:
        return []
    return await instance.peer_domains(call.conn)


async def activity(_call: Call) -> list[object]:
    """Weekly counts would tell strangers how much is said inside."""
    return []


async def _about(call: Call) -> About:
    since = call.now - MONTH
    return About(
        await instance.texts(call.conn),
        await instance.census(call.conn, call.viewer, since=since, since_id=ids.at(since)),
        await peers.mode(call.conn),
    )


ROUTES: Routes = (
    Route("GET", "/api/v2/instance", show, scope=PUBLIC),
    Route("GET", "/api/v1/instance", show_v1, scope=PUBLIC),
    Route("GET", "/api/v1/instance/rules", rules, scope=PUBLIC),
    Route("GET", "/api/v1/instance/extended_description", extended_description, scope=PUBLIC),
    Route("GET", "/api/v1/instance/peers", peer_domains, scope=PUBLIC),
    Route("GET", "/api/v1/instance/activity", activity, scope=PUBLIC),
)
