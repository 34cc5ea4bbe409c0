"""Runs `fedi …` as a process of its own, as an admin would, beside a running organisation."""

import asyncio
import os
import sys
from dataclasses import dataclass
from typing import Any

import orjson

from tests.house import House

MAIN = "from fedi.cli import main; main()"


@dataclass(frozen=True, slots=True)
class Ran:
    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """Fails unless stdout is exactly one JSON document."""
        return orjson.loads(self.out)


def clean_environ() -> dict[str, str]:
    """Ours, without any setting of fedi."""
    return {name: value for name, value in os.environ.items() if not name.startswith("FEDI_")}


async def start(*words: str, **environ: str) -> asyncio.subprocess.Process:
    """`environ` replaces every FEDI_* variable of ours."""
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        MAIN,
        *words,
        env={**clean_environ(), **environ},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )


async def run(*words: str, **environ: str) -> Ran:
    process = await start(*words, **environ)
    out, err = await process.communicate()
    return Ran(process.returncode or 0, out.decode(), err.decode())


def settings_of(house: House) -> dict[str, str]:
    """The environment of somebody on the host of `house`."""
    settings = house.served.settings
    return {
        "FEDI_DATA": str(settings.data),
        "FEDI_URL": settings.origin,
        "FEDI_BIND": settings.bind,
        "FEDI_DEV_PEERS": "*.localhost",
        "FEDI_DATABASE_URL": house.place.url,
    }


async def fedi(house: House, *words: str) -> Ran:
    return await run(*words, **settings_of(house))


async def done(house: House, *words: str) -> Any:
    """The JSON of a command that must succeed."""
    ran = await fedi(house, *words, "--json")
    assert ran.code == 0, ran
    return ran.json
