"""How far one has read: docs.joinmastodon.org/methods/markers."""

from collections.abc import Mapping
from typing import TypedDict

import msgspec

from fedi.api.call import MAX_ID, Call, Route, Routes
from fedi.api.entities.moments import moment
from fedi.errors import Invalid
from fedi.store import markers
from fedi.store.markers import Marker

TIMELINES = ("home", "notifications")


class MarkerEntity(TypedDict):
    last_read_id: str
    version: int
    updated_at: str


class ReadForm(msgspec.Struct):
    timeline: list[str] | str | None = None


class Place(msgspec.Struct):
    last_read_id: int


class WriteForm(msgspec.Struct):
    home: Place | None = None
    notifications: Place | None = None


async def show(call: Call) -> dict[str, MarkerEntity]:
    """A timeline never read is at 0: elk reads both without looking whether they are there."""
    sent = call.read(ReadForm).timeline
    asked = [sent] if isinstance(sent, str) else sent or []
    wanted = [one for one in TIMELINES if one in asked]
    found = await markers.of(call.conn, call.account.id, wanted)
    fresh = Marker(0, 0, call.account.created_at)
    return _entities({one: found.get(one, fresh) for one in wanted})


async def put(call: Call) -> dict[str, MarkerEntity]:
    form = call.read(WriteForm)
    places = {"home": form.home, "notifications": form.notifications}
    moved = {name: place.last_read_id for name, place in places.items() if place is not None}
    for name, last_read_id in moved.items():
        if not 0 <= last_read_id <= MAX_ID:
            raise Invalid("Validation failed: last_read_id is not an id")
        await markers.put(call.conn, call.account.id, name, last_read_id, at=call.now)
    return _entities(await markers.of(call.conn, call.account.id, list(moved)))


def _entities(found: Mapping[str, Marker]) -> dict[str, MarkerEntity]:
    return {
        name: {
            "last_read_id": str(one.last_read_id),
            "version": one.version,
            "updated_at": moment(one.updated_at),
        }
        for name, one in found.items()
    }


ROUTES: Routes = (
    Route("GET", "/api/v1/markers", show, scope="read:statuses"),
    Route("POST", "/api/v1/markers", put, scope="write:statuses"),
)
