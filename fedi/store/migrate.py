"""Brings a database to the shape this version needs, and makes the login of the outside doors.

Migrations are plain SQL in dbmate's format, so operators may apply them with dbmate instead.

Writes: schema_migrations, roles and grants.
"""

import re
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, urlsplit

import asyncpg

from fedi.errors import Invalid
from fedi.store import Conn, logins

# All that the outside doors may write: they hand things in, and can read none of it back.
INSERTABLE = ("inbound", "seen_keys", "decisions", "disclosures", "replay")

_PACKAGE = Path(__file__).resolve().parents[1]
_FOLDERS = (_PACKAGE / "migrations", _PACKAGE.parent / "migrations")  # in the wheel; in the source
_FILE = re.compile(r"(\d+)_\w+\.sql")
_UP = re.compile(r"^-- *migrate:up(.*)$", re.MULTILINE)
_DOWN = re.compile(r"^-- *migrate:down.*$", re.MULTILINE)


async def migrate(
    url: str, *, outside_password: str | None, folder: Path | None = None
) -> list[str]:
    """Apply what is missing, in order; returns the versions applied by this call.

    However many processes call it at once, each migration happens once.  With `outside_password`
    the login of the outside doors is made too; without, its grants are renewed if it exists.
    Raises Invalid when a migration fails (it then left nothing), or when this login may not make
    roles.
    """
    steps = _steps(folder)
    conn = await asyncpg.connect(url, server_settings={"application_name": "fedi migrate"})
    try:
        await _make_table(conn)
        applied = [step.version for step in steps if await _apply(conn, step)]
        async with conn.transaction():
            await _lock(conn)
            if outside_password is not None:
                await _make_login(conn, outside_password)
            await grant_outside(conn)
    finally:
        await conn.close()
    return applied


async def pending(conn: Conn, *, folder: Path | None = None) -> list[str]:
    """Versions that this fedi needs and the database does not have; for `/readyz`.

    The outside login may ask too: it reads the view in its own schema.
    """
    table = await conn.fetchval(_READABLE)
    rows = await conn.fetch(f"SELECT version FROM {table}") if table else []
    done = {row["version"] for row in rows}
    return [step.version for step in _steps(folder) if step.version not in done]


async def grant_outside(conn: Conn) -> None:
    """Give the outside login of this database exactly what it may have; nothing if there is none.

    Call it inside a transaction: for a moment, everything is revoked.
    """
    database = await conn.fetchval("SELECT current_database()")
    if not await _exists(conn, logins.outside(database)):
        return
    tables = await conn.fetchval(_EXISTING, list(INSERTABLE))
    schema = await conn.fetchval("SELECT to_regnamespace('outside') IS NOT NULL")
    await conn.execute(_grants(database, tables, schema=schema))


def print_roles(database: str, *, login: str = "fedi") -> str:
    """What a DBA runs, in `database`, where fedi's own `login` may not make roles."""
    role = logins.outside(database)
    return (
        f"-- Run as an administrator, connected to {database}, after `fedi migrate` made its\n"
        "-- tables, and again after each upgrade.  Choose a password, and put the login into\n"
        f"-- FEDI_DATABASE_URL_OUTSIDE=postgresql://{role}:PASSWORD@HOST/{database}\n"
        f"CREATE ROLE \"{role}\" {_RESTRICTED} PASSWORD 'PASSWORD';\n"
        f'GRANT CONNECT, TEMPORARY ON DATABASE "{database}" TO "{login}";\n'
        f"{_grants(database, list(INSERTABLE), schema=True)}"
        f"{''.join(f'REVOKE ALL ON {view} FROM PUBLIC;{_NEWLINE}' for view in _STATISTICS)}"
    )


def outside_url(url: str, password: str) -> str:
    """The URL of the outside login of the database that `url` names (its path)."""
    parts = urlsplit(url)
    login = logins.outside(parts.path.strip("/"))
    place = parts.netloc.rpartition("@")[2]
    return parts._replace(netloc=f"{login}:{quote(password, safe='')}@{place}").geturl()


@dataclass(frozen=True)
class _Step:
    version: str
    name: str
    sql: str


def _steps(folder: Path | None) -> list[_Step]:
    folder = folder or next((known for known in _FOLDERS if known.is_dir()), _FOLDERS[0])
    steps = [_read(path) for path in sorted(folder.glob("*.sql"))]
    seen: dict[str, str] = {}
    for step in steps:
        if (other := seen.setdefault(step.version, step.name)) != step.name:
            raise Invalid(f"Migrations {other} and {step.name} have the same number: rename one")
    return steps


def _read(path: Path) -> _Step:
    text = path.read_text(encoding="utf-8")
    name, up = _FILE.fullmatch(path.name), _UP.search(text)
    if name is None or up is None:
        raise Invalid(f"{path.name} is not a migration: 0001_name.sql with a line -- migrate:up")
    if "transaction:false" in up[1]:
        raise Invalid(f"{path.name} asks for no transaction: a failure would leave half of it")
    return _Step(name[1], path.name, _DOWN.split(text[up.end() :])[0])


async def _make_table(conn: Conn) -> None:
    # IF NOT EXISTS looks before it leaps: another process may be faster.
    with suppress(asyncpg.UniqueViolationError, asyncpg.DuplicateObjectError):
        await conn.execute(
            "CREATE TABLE IF NOT EXISTS public.schema_migrations (version text PRIMARY KEY)"
        )


async def _apply(conn: Conn, step: _Step) -> bool:
    async with conn.transaction():
        await _lock(conn)
        known = "SELECT true FROM public.schema_migrations WHERE version = $1"
        if await conn.fetchval(known, step.version):
            return False
        try:
            await conn.execute(step.sql)
        except asyncpg.PostgresError as error:
            raise Invalid(f"Migration {step.name} failed, and left nothing: {error}") from error
        await conn.execute("INSERT INTO public.schema_migrations VALUES ($1)", step.version)
    return True


async def _lock(conn: Conn) -> None:
    """One migration at a time; readers go on, so `/readyz` can say what is pending meanwhile."""
    await conn.execute("LOCK TABLE public.schema_migrations IN SHARE ROW EXCLUSIVE MODE")


async def _make_login(conn: Conn, password: str) -> None:
    database = await conn.fetchval("SELECT current_database()")
    role = logins.outside(database)
    exists = await _exists(conn, role)
    verb = "ALTER" if exists else "CREATE"
    command = f"{verb} ROLE \"{role}\" {_RESTRICTED} PASSWORD '{logins.verifier(password)}'"
    try:
        async with conn.transaction():
            await conn.execute(command)
    except asyncpg.InsufficientPrivilegeError as error:
        if exists:
            return  # made by a DBA, who then also chose its password
        raise Invalid(
            f"This database login may not create the role {role}: give your DBA the output of"
            " `fedi migrate --print-roles`, then set FEDI_DATABASE_URL_OUTSIDE"
        ) from error


async def _exists(conn: Conn, role: str) -> bool:
    found = await conn.fetchval("SELECT true FROM pg_roles WHERE rolname = $1", role)
    return bool(found)


def _grants(database: str, tables: list[str], *, schema: bool) -> str:
    role = f'"{logins.outside(database)}"'
    lines = [
        f'REVOKE CONNECT, TEMPORARY ON DATABASE "{database}" FROM PUBLIC',
        f'GRANT CONNECT ON DATABASE "{database}" TO {role}',
        f"REVOKE ALL ON ALL TABLES IN SCHEMA public FROM {role}",
        f"GRANT USAGE ON SCHEMA public TO {role}",
        *(f"GRANT INSERT ON public.{table} TO {role}" for table in tables),
    ]
    if schema:
        lines += [
            f"REVOKE ALL ON ALL TABLES IN SCHEMA outside FROM {role}",
            f"GRANT USAGE ON SCHEMA outside TO {role}",
            f"GRANT SELECT ON ALL TABLES IN SCHEMA outside TO {role}",
        ]
    return "".join(f"{line};\n" for line in lines)


_NEWLINE = "\n"
_RESTRICTED = "LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS"
_STATISTICS = (
    "pg_stat_activity",
    "pg_stat_all_tables",
    "pg_stat_user_tables",
    "pg_stat_all_indexes",
    "pg_stat_user_indexes",
    "pg_statio_all_tables",
    "pg_statio_user_tables",
    "pg_stat_database",
    "pg_stat_replication",
)
_EXISTING = """
SELECT coalesce(array_agg(name), '{}') FROM unnest($1::text[]) name
WHERE to_regclass('public.' || name) IS NOT NULL
"""
_READABLE = """
SELECT name FROM unnest('{public.schema_migrations,outside.schema_migrations}'::text[]) name
WHERE has_schema_privilege(to_regnamespace(split_part(name, '.', 1)), 'USAGE')
  AND has_table_privilege(to_regclass(name), 'SELECT')
LIMIT 1
"""
