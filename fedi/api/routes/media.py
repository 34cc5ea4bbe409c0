"""Files for posts: docs.joinmastodon.org/methods/media.

Writes: media, files under FEDI_DATA/media.
"""

import math
from typing import Any

import msgspec

from fedi import ids
from fedi.api import uploads
from fedi.api.call import Call, Route, Routes
from fedi.api.entities import media as entity
from fedi.api.entities.media import MediaEntity
from fedi.errors import Invalid
from fedi.media import files
from fedi.store import media
from fedi.store.media import Media
from fedi.text import characters

MAX_DESCRIPTION = 10_000
SCOPE = "write:media"


class MediaForm(msgspec.Struct):
    description: str | None = None
    focus: str | None = None  # "x,y", each from -1 to 1


async def upload(call: Call) -> MediaEntity:
    """Ready at once, so never 202: some clients do not ask again."""
    form = call.read(MediaForm)
    description, focus = _description(form), _focus(form) or (None, None)
    kept = await uploads.attachment(call)
    picture = kept.picture
    made = Media(
        id=ids.new(),
        account_id=call.account.id,
        kind="image",
        content_type=picture.content_type,
        file=kept.file,
        small=kept.small,
        description=description or "",
        blurhash=picture.blurhash,
        focus_x=focus[0],
        focus_y=focus[1],
        width=picture.width,
        height=picture.height,
        small_width=picture.small_width,
        small_height=picture.small_height,
        token=ids.token(24),
        created_at=call.now,
    )
    async with call.db.transaction() as conn:
        await media.add(conn, [made])
    return entity.render(call.view, made, None)


async def show(call: Call) -> MediaEntity:
    return entity.render(call.view, await media.own(call.conn, call.account.id, call.id), None)


async def change(call: Call) -> MediaEntity:
    form = call.read(MediaForm)
    description, focus = _description(form), _focus(form)
    _still_loose(await media.own(call.conn, call.account.id, call.id))
    await media.describe(call.conn, call.id, description=description, focus=focus)
    return entity.render(call.view, await media.by_id(call.conn, call.id), None)


async def delete(call: Call) -> dict[str, Any]:
    async with call.db.transaction() as conn:
        _still_loose(await media.own(conn, call.account.id, call.id))
        gone = await media.remove(conn, call.id)
    await files.shelf(call.settings.data).drop(*gone)
    return {}


def _still_loose(file: Media) -> None:
    """What a post shows is changed through the post: readers, peers and approvers are told then."""
    if file.status_id is not None:
        raise Invalid("Validation failed: this file is posted already; edit the post instead")


def _description(form: MediaForm) -> str | None:
    if form.description is None:
        return None
    if len(form.description) > MAX_DESCRIPTION:
        raise Invalid(f"Validation failed: Description is longer than {MAX_DESCRIPTION} characters")
    return characters.line(form.description, MAX_DESCRIPTION, multiline=True)


def _focus(form: MediaForm) -> tuple[float, float] | None:
    if not form.focus:
        return None
    try:
        x, y = (float(part) for part in form.focus.split(","))
    except ValueError:
        raise Invalid("Validation failed: Focus is not two numbers") from None
    if not all(math.isfinite(part) and -1 <= part <= 1 for part in (x, y)):
        raise Invalid("Validation failed: Focus is outside the picture")
    return x, y


ROUTES: Routes = (
    Route("POST", "/api/v2/media", upload, scope=SCOPE, own_transaction=True),
    Route("POST", "/api/v1/media", upload, scope=SCOPE, own_transaction=True),
    Route("GET", "/api/v1/media/{id}", show, scope=SCOPE),
    Route("PUT", "/api/v1/media/{id}", change, scope=SCOPE),
    Route("DELETE", "/api/v1/media/{id}", delete, scope=SCOPE, own_transaction=True),
)
