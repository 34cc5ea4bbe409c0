"""`fedi migrate`: bring the database to the shape that this version needs."""

import asyncio
import os
from typing import Annotated
from urllib.parse import unquote, urlsplit

import asyncpg
import typer

from fedi.cli.say import Json, say
from fedi.config import Settings, load
from fedi.store import embedded, place
from fedi.store.embedded import Cluster
from fedi.store.migrate import pending, print_roles


def command(
    roles: Annotated[
        bool, typer.Option("--print-roles", help="Print the SQL for your DBA; change nothing.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Apply what is missing; `fedi serve` does it, too.  Example: fedi migrate"""
    settings = load(os.environ)
    if roles:
        sql = _roles(settings)
        say({"sql": sql}, sql, as_json=as_json)
        return
    cluster = None if settings.database_url else embedded.start(settings.data)
    try:
        applied = asyncio.run(_migrate(settings, cluster))
    finally:
        if cluster is not None:
            cluster.stop()
    done = f"Applied: {', '.join(applied)}." if applied else "Nothing was missing."
    say({"applied": applied}, done, as_json=as_json)


async def _migrate(settings: Settings, cluster: Cluster | None) -> list[str]:
    if cluster is not None:
        await embedded.ensure_database(cluster.admin_url, place.database_name(settings))
    conn = await asyncpg.connect(place.known(settings, cluster).url)
    try:
        missing = await pending(conn)
    finally:
        await conn.close()
    await place.prepare(settings, cluster)
    return missing


def _roles(settings: Settings) -> str:
    if settings.database_url is None:
        return print_roles(place.database_name(settings))
    parts = urlsplit(settings.database_url)
    return print_roles(unquote(parts.path).strip("/"), login=unquote(parts.username or "fedi"))
