"""Where pictures lie on disk: `media/ab/<random name>.<ext>`, so that no name can be guessed.

Writes: files under FEDI_DATA/media.
"""

import asyncio
import os
import re
import secrets
import tempfile
from contextlib import suppress
from pathlib import Path

from fedi.media.image import Prepared

EXTENSIONS = {"image/jpeg": "jpg", "image/png": "png", "image/gif": "gif", "image/webp": "webp"}
TYPES = {extension: media_type for media_type, extension in EXTENSIONS.items()}
_KEY = re.compile(r"[0-9a-f]{32}\.(?:jpg|png|gif|webp)")
_STEM = re.compile(r"[0-9a-f]{32}")


class Shelf:
    """One folder of pictures; `keep` and `drop` do their waiting in a thread."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    async def keep(self, data: bytes, content_type: str, *, stem: str | None = None) -> str:
        """The key of a new file with these bytes, on disk before this returns.

        stem  32 lower-case hex digits instead of a random name: an older file of it is replaced
        """
        key = f"{stem or secrets.token_hex(16)}.{EXTENSIONS[content_type]}"
        await asyncio.to_thread(_write, self._place(key), data)
        return key

    async def keep_both(self, picture: Prepared) -> tuple[str, str]:
        """The keys of a picture and of its small copy."""
        file = await self.keep(picture.data, picture.content_type)
        return file, await self.keep(picture.small, picture.small_type)

    async def drop(self, *keys: str | None) -> None:
        for key in keys:
            if key is not None and _KEY.fullmatch(key):
                await asyncio.to_thread(_remove, self._place(key))

    def find(self, key: str) -> Path | None:
        """The file of `key`; None when it is no key of ours or nothing lies there."""
        path = self._place(key) if _KEY.fullmatch(key) else None
        return path if path is not None and path.is_file() else None

    def find_stem(self, stem: str) -> Path | None:
        """The file kept under `stem`, whatever its type."""
        if not _STEM.fullmatch(stem):
            return None
        found = (self.find(f"{stem}.{extension}") for extension in TYPES)
        return next((path for path in found if path), None)

    def folders(self) -> list[Path]:
        """Where files of this shelf lie."""
        return [path for path in self.folder.glob("[0-9a-f][0-9a-f]") if path.is_dir()]

    def older(self, folder: Path, than: float) -> list[str]:
        """Keys of the files there that were kept before `than` (seconds since 1970)."""
        found = (path for path in folder.iterdir() if _KEY.fullmatch(path.name))
        return [path.name for path in found if path.stat().st_mtime < than]

    def _place(self, key: str) -> Path:
        return self.folder / key[:2] / key


def shelf(data: Path) -> Shelf:
    """Pictures that rows of the database name.  `data`: FEDI_DATA."""
    return Shelf(data / "media")


def portraits(data: Path) -> Shelf:
    """Copies of avatars and headers that other servers keep: may be deleted at any time."""
    return Shelf(data / "media" / "portraits")


def type_of(path: Path) -> str:
    """By our own extension, which we gave it after decoding it."""
    return TYPES[path.suffix.removeprefix(".")]


def _write(path: Path, data: bytes) -> None:
    """Whole or not at all, and still there after a power cut."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    handle, draft = tempfile.mkstemp(dir=path.parent, prefix="draft-")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        Path(draft).rename(path)
    except BaseException:
        Path(draft).unlink(missing_ok=True)
        raise
    _sync_folder(path.parent)


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _remove(path: Path) -> None:
    with suppress(FileNotFoundError):
        path.unlink()
