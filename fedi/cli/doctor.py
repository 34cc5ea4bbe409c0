"""`fedi doctor`: is everything as it should be, and if not, what to do."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import asyncpg
import typer

from fedi import clock, config
from fedi.cli.say import Json, columns, say
from fedi.config import Settings
from fedi.errors import FediError
from fedi.media import workers
from fedi.model.peer import Mode
from fedi.store import checkup, embedded, open_pool, peers
from fedi.store.embedded import Cluster
from fedi.store.migrate import pending
from fedi.store.place import Place, known

OLDEST_DATABASE = 15
DRIFT = 60  # seconds
WEB = Path(__file__).resolve().parents[1] / "web" / "index.html"


@dataclass(frozen=True, slots=True)
class Finding:
    """`state`: ok, warn or fail.  `advice` says what to do about it."""

    check: str
    state: str
    found: str
    advice: str = ""


def command(as_json: Json = False) -> None:
    """Look everything over; exits with 1 if something fails.  Example: fedi doctor"""
    settings = config.load(os.environ)
    findings = [_data(settings), *_development(settings), _web()]
    cluster = None
    try:
        cluster = None if settings.database_url else embedded.start(settings.data)
        findings += asyncio.run(_all(settings, cluster))
    except FediError as error:
        findings.append(Finding("database", "fail", error.say, "Start it, or see above"))
    finally:
        if cluster is not None:
            cluster.stop()
    failed = any(one.state == "fail" for one in findings)
    lines = columns([[one.state, one.check, one.found] for one in findings])
    told = [
        f"{line}\n      → {one.advice}" if one.advice else line
        for line, one in zip(lines, findings, strict=True)
    ]
    say({"ok": not failed, "checks": [asdict(one) for one in findings]}, *told, as_json=as_json)
    if failed:
        print("fedi doctor: something must be mended", file=sys.stderr)
        raise typer.Exit(1)


def _data(settings: Settings) -> Finding:
    data = settings.data
    if not data.is_dir():
        return Finding(
            "data directory", "warn", f"{data} is not there yet", "`fedi serve` makes it"
        )
    if not os.access(data, os.W_OK):
        return Finding(
            "data directory", "fail", f"{data} cannot be written", "Run fedi as its owner"
        )
    return Finding("data directory", "ok", str(data))


def _development(settings: Settings) -> list[Finding]:
    used = {
        "FEDI_DEV_PEERS": settings.dev_peers,
        "FEDI_DEV_ROUTES": settings.dev_routes,
        "FEDI_DEV_CLOCK": settings.dev_clock,
    }
    on = [name for name, value in used.items() if value]
    if on:
        names = ", ".join(on)
        return [Finding("development", "warn", f"{names} set", "Unset where strangers can come")]
    return [Finding("development", "ok", "no development settings")]


def _web() -> Finding:
    if WEB.is_file():
        return Finding("web client", "ok", "built")
    return Finding("web client", "warn", "not built: /app/ is empty", "make setup")


async def _all(settings: Settings, cluster: Cluster | None) -> list[Finding]:
    found = [one async for one in _of_database(settings, cluster)]
    return [*found, await _media()]


async def _of_database(settings: Settings, cluster: Cluster | None) -> AsyncIterator[Finding]:
    place = known(settings, cluster)
    try:
        pool = await open_pool(place.url, size=1)
    except asyncpg.InvalidCatalogNameError:
        yield Finding("database", "warn", "not made yet", "`fedi serve` or `fedi migrate` makes it")
        return
    except (OSError, asyncpg.PostgresError) as error:
        yield Finding("database", "fail", type(error).__name__, "Check FEDI_DATABASE_URL")
        return
    try:
        async with pool.acquire() as conn:
            missing = await pending(conn)
            yield _migrations(missing)
            if missing:
                return
            figures = await checkup.figures(conn, now=clock.now())
            mode = await peers.mode(conn)
        for finding in (*_numbers(figures), _mode(mode, figures.peers)):
            yield finding
        yield await _outside(place)
    finally:
        await pool.close()


def _migrations(missing: list[str]) -> Finding:
    if missing:
        return Finding("migrations", "fail", f"missing: {', '.join(missing)}", "fedi migrate")
    return Finding("migrations", "ok", "all applied")


def _numbers(figures: checkup.Figures) -> list[Finding]:
    major = figures.version // 10_000
    old = major < OLDEST_DATABASE
    drift = abs((figures.clock - clock.now()).total_seconds())
    dead = figures.dead_letters
    return [
        Finding(
            "database",
            "fail" if old else "ok",
            f"PostgreSQL {major}",
            f"fedi needs {OLDEST_DATABASE} or newer" if old else "",
        ),
        Finding(
            "clock",
            "warn" if drift > DRIFT else "ok",
            f"{drift:.0f} s from the database's",
            "Run NTP on both: peers refuse signatures with a wrong time" if drift > DRIFT else "",
        ),
        Finding(
            "dead letters", "warn" if dead else "ok", f"{dead}", "fedi queue show" if dead else ""
        ),
    ]


def _mode(mode: Mode, number: int) -> Finding:
    found = f"{mode.value}, {number} servers allowed"
    match mode:
        case Mode.OPEN:
            return Finding(
                "federation", "warn", found, "`fedi policy mode allowlist` is the default"
            )
        case Mode.ALLOWLIST if number == 0:
            return Finding("federation", "ok", f"{found}: nobody outside can do anything")
        case _:
            return Finding("federation", "ok", found)


async def _outside(place: Place) -> Finding:
    name, advice = "outside login", "fedi migrate --print-roles, then FEDI_DATABASE_URL_OUTSIDE"
    if place.outside_url is None:
        return Finding(name, "fail", "the outside doors can read everything", advice)
    try:
        reads = await checkup.can_read_inside(place.outside_url)
    except (OSError, asyncpg.PostgresError) as error:
        return Finding(name, "fail", f"cannot be used: {type(error).__name__}", advice)
    if reads:
        return Finding(name, "fail", "reads what is internal", advice)
    return Finding(name, "ok", "reads only what the outside may see")


async def _media() -> Finding:
    pool = workers.start(1)
    try:
        number: Any = await workers.run(pool, os.getpid)
    except (FediError, OSError) as error:
        return Finding("media workers", "fail", type(error).__name__, "Pictures cannot be posted")
    finally:
        await workers.stop(pool)
    return Finding("media workers", "ok", f"process {number} answered")
