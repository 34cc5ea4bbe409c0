"""Bring pictures of other servers home the first time that somebody here looks at them.

Loading them from there would show that server who reads what, and when.
Spec:   federation.md L-1, L-3; security.md section 5 (proxy).
Writes: media, files under FEDI_DATA/media.
Sends:  unsigned GET.
"""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

from fedi import clock
from fedi.errors import FediError, NotFound, Unavailable
from fedi.media import files, workers
from fedi.media.image import MAX_BYTES, Prepared
from fedi.media.links import Portrait, version_of
from fedi.media.workers import Pool
from fedi.net import Allow, Client, Failure
from fedi.policy import admit
from fedi.store import Database, media, peers
from fedi.store.media import Media

T = TypeVar("T")

AT_ONCE = 8
SWEEP_SECONDS = 3600.0
FAILED_SECONDS, FAILED_MOST = 600.0, 20_000
_ACCEPT = {"Accept": "image/webp,image/avif,image/*;q=0.8"}


class Pictures:
    """One per process: whoever asks for the same picture waits for the same fetch."""

    def __init__(self, db: Database, client: Client, pool: Pool, data: Path) -> None:
        self._db, self._client, self._pool = db, client, pool
        self._shelf, self._portraits = files.shelf(data), files.portraits(data)
        self._under_way: dict[str, asyncio.Task[Path]] = {}
        self._failed: OrderedDict[str, float] = OrderedDict()
        self._free = asyncio.Semaphore(AT_ONCE)

    async def attachment(self, file: Media, *, small: bool) -> Path:
        """Our file of an attachment, ours or fetched now.  Raises NotFound."""
        key = (file.small or file.file) if small else file.file
        if key is None and file.remote_url is not None:
            url = file.remote_url
            await self._once(f"media {file.id}", lambda: self._bring_attachment(file, url))
            async with self._db.reading() as conn:
                file = await media.by_id(conn, file.id)
            key = (file.small or file.file) if small else file.file
        return _found(self._shelf.find(key) if key else None)

    async def portrait(self, url: str, kind: Portrait) -> Path:
        """Our copy of the avatar or header that another server keeps at `url`.  Raises NotFound."""
        stem = version_of(f"{kind} {url}")
        held = await asyncio.to_thread(self._portraits.find_stem, stem)
        if held is not None:
            return held
        return await self._once(stem, lambda: self._bring_portrait(url, kind, stem))

    async def stop(self) -> None:
        tasks = list(self._under_way.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _once(self, name: str, bring: Callable[[], Awaitable[Path]]) -> Path:
        """A client that goes away cancels nothing for the others."""
        if self._failed.get(name, 0.0) > time.monotonic():
            raise NotFound
        task = self._under_way.get(name)
        if task is None:
            task = asyncio.create_task(self._brought(name, bring), name="picture")
            self._under_way[name] = task
            task.add_done_callback(lambda _: self._under_way.pop(name, None))
        return await asyncio.shield(task)

    async def _brought(self, name: str, bring: Callable[[], Awaitable[Path]]) -> Path:
        try:
            async with self._free:
                return await bring()
        except Unavailable:
            raise NotFound from None
        except FediError as error:
            if isinstance(error, Failure) and error.reason == "policy":
                raise NotFound from None  # an admin may allow that server this minute
            self._failed[name] = time.monotonic() + FAILED_SECONDS
            if len(self._failed) > FAILED_MOST:
                self._failed.popitem(last=False)
            raise NotFound from None

    async def _bring_attachment(self, file: Media, url: str) -> Path:
        picture = await workers.prepare(self._pool, await self._fetched(url))
        key, small = await self._shelf.keep_both(picture)
        async with self._db.transaction() as conn:
            kept = await media.fetched(conn, _known(file, picture, key, small))
        if not kept:  # its post was deleted meanwhile, or another process was faster
            await self._shelf.drop(key, small)
        return _found(self._shelf.find(key) if kept else None)

    async def _bring_portrait(self, url: str, kind: Portrait, stem: str) -> Path:
        picture = await workers.prepare(self._pool, await self._fetched(url), kind)
        key = await self._portraits.keep(picture.data, picture.content_type, stem=stem)
        return _found(self._portraits.find(key))

    async def _fetched(self, url: str) -> bytes:
        answer = await self._client.request(
            "GET",
            url,
            headers=_ACCEPT,
            max_bytes=MAX_BYTES,
            redirects=3,
            allow=await self._allowed(),
        )
        if answer.status != 200:  # noqa: PLR2004 - HTTP
            raise NotFound
        return answer.body

    async def _allowed(self) -> Allow:
        """L-3: the host of a file must itself be one that we speak with, at every hop."""
        async with self._db.reading() as conn:
            directory = await peers.directory(conn)
        return lambda host: admit.host(directory.standing(host, clock.now())).allow


async def sweep(db: Database, data: Path) -> int:
    """Delete files that no row names any more: of deleted posts, replaced avatars.  How many.

    Only those older than an hour: a newer one may belong to a row that is being written.
    """
    shelf = files.shelf(data)
    before = time.time() - SWEEP_SECONDS
    swept = 0
    for folder in await asyncio.to_thread(shelf.folders):
        keys = await asyncio.to_thread(shelf.older, folder, before)
        async with db.reading() as conn:
            named = await media.named(conn, keys) if keys else set()
        unnamed = [key for key in keys if key not in named]
        await shelf.drop(*unnamed)
        swept += len(unnamed)
    return swept


def _known(file: Media, picture: Prepared, key: str, small: str) -> Media:
    return replace(
        file,
        file=key,
        small=small,
        content_type=picture.content_type,
        width=picture.width,
        height=picture.height,
        small_width=picture.small_width,
        small_height=picture.small_height,
        blurhash=picture.blurhash,
    )


def _found(path: Path | None) -> Path:
    if path is None:
        raise NotFound
    return path
