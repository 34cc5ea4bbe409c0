"""The toot command line, unmodified: signs in through the browser flow and does a day's work."""

import asyncio
import os
import sys
from pathlib import Path

import aiohttp
import pytest

from tests.clients.browser import Browser
from tests.house import House

TOOT = Path(sys.executable).parent / "toot"
PASSWORD = "correct horse battery"


class Shell:
    """Runs toot with a configuration of its own."""

    def __init__(self, house: House, folder: Path) -> None:
        self._house = house
        self._environ = {
            **os.environ,
            "XDG_CONFIG_HOME": str(folder),
            "HOME": str(folder),
            "BROWSER": "true",
            "PYTHONWARNINGS": "ignore",
        }

    async def login(self, name: str) -> None:
        toot = await self._start("login", "--instance", self._house.base)
        assert toot.stdin is not None
        assert toot.stdout is not None
        url = await self._address(toot.stdout)
        toot.stdin.write(b"n\n")
        toot.stdin.write(f"{await self._code(url, name)}\n".encode())
        await toot.stdin.drain()
        rest, _ = await toot.communicate()
        assert toot.returncode == 0, rest.decode()

    async def run(self, *words: str) -> str:
        toot = await self._start("--no-color", *words)
        out, _ = await toot.communicate()
        assert toot.returncode == 0, out.decode()
        return out.decode()

    async def _start(self, *words: str) -> asyncio.subprocess.Process:
        pipe = asyncio.subprocess.PIPE
        return await asyncio.create_subprocess_exec(
            str(TOOT),
            *words,
            stdin=pipe,
            stdout=pipe,
            stderr=asyncio.subprocess.STDOUT,
            env=self._environ,
        )

    async def _address(self, out: asyncio.StreamReader) -> str:
        seen = b""
        async with asyncio.timeout(20):
            while True:
                seen += await out.read(4096)
                for word in seen.decode().split():
                    if "/oauth/authorize" in word and b"\n" in seen.split(word.encode())[-1]:
                        return word

    async def _code(self, url: str, name: str) -> str:
        jar = aiohttp.CookieJar(unsafe=True)
        async with aiohttp.ClientSession(cookie_jar=jar) as session:
            browser = Browser(session)
            consent = await browser.sign_in(url, name, PASSWORD)
            done = await browser.submit(consent, {})
        return next(word for word in done.text.split() if len(word) >= 32)


@pytest.fixture
async def shell(house: House, tmp_path: Path) -> Shell:
    await house.person("alice", password=PASSWORD, display_name="Alice Lee")
    shell = Shell(house, tmp_path / "toot")
    await shell.login("alice")
    return shell


async def test_toot_signs_in_posts_and_reads(shell: Shell) -> None:
    assert "alice" in await shell.run("whoami")
    await shell.run("post", "written with toot")
    assert "written with toot" in await shell.run("timelines", "home")


async def test_toot_replies_favourites_boosts_and_finds(house: House, shell: Shell) -> None:
    bob = await house.person("bob")
    asked = await bob.say("any ideas about the pelican?")
    await shell.run("post", "--reply-to", asked["id"], "@bob plenty")
    await shell.run("favourite", asked["id"])
    await shell.run("reblog", asked["id"])
    seen = await bob.get(f"/api/v1/statuses/{asked['id']}")
    counts = (seen["replies_count"], seen["favourites_count"], seen["reblogs_count"])
    assert counts == (1, 1, 1)
    assert "plenty" in await shell.run("thread", asked["id"])
    assert "bob" in await shell.run("search", "bob")
    await shell.run("follow", "bob")
    assert "bob" in await shell.run("following", "alice")
