"""Hashtags: docs.joinmastodon.org/methods/tags."""

from fedi.api.call import ANYONE, Call, Route, Routes
from fedi.api.entities import tag as entity
from fedi.api.entities.tag import TagEntity
from fedi.errors import NotFound

LONGEST_TAG = 100


async def show(call: Call) -> TagEntity:
    """Any name is a tag, used or not: so nobody learns what is talked about inside."""
    name = call.request.match_info["name"]
    if len(name) > LONGEST_TAG or not any(map(str.isalpha, name)):
        raise NotFound
    return entity.render(call.view, name)


ROUTES: Routes = (Route("GET", "/api/v1/tags/{name}", show, scope=f"{ANYONE}|read"),)
