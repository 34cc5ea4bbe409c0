"""A picture that somebody sends: decoded in a worker, kept without anything but its pixels.

Writes: files under FEDI_DATA/media.
"""

from dataclasses import dataclass

from fedi.api.call import Call
from fedi.api.params import Upload
from fedi.auth.app import WORKERS
from fedi.errors import Invalid
from fedi.media import files, workers
from fedi.media.image import Kind, Prepared


@dataclass(frozen=True, slots=True)
class Kept:
    """Keys of the files and what is known of the picture."""

    file: str
    small: str
    picture: Prepared


async def attachment(call: Call, name: str = "file") -> Kept:
    """Raises Invalid when nothing was sent, or no picture that we can show."""
    upload = call.form.get(name)
    if not isinstance(upload, Upload):
        raise Invalid("Validation failed: File can't be blank")
    picture = await _prepared(call, upload, "attachment")
    file, small = await files.shelf(call.settings.data).keep_both(picture)
    return Kept(file, small, picture)


async def portrait(call: Call, name: Kind) -> str | None:
    """The key of the avatar or header in the form; None when there is none.  Raises Invalid.

    Call it outside a transaction: decoding takes a while.
    """
    upload = call.form.get(name)
    if not isinstance(upload, Upload) or not upload.data:
        return None
    picture = await _prepared(call, upload, name)
    return await files.shelf(call.settings.data).keep(picture.data, picture.content_type)


async def _prepared(call: Call, upload: Upload, kind: Kind) -> Prepared:
    return await workers.prepare(call.request.app[WORKERS], upload.data, kind)
