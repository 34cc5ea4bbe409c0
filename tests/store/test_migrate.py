"""Migrations happen once, wholly or not at all; the outside login holds nothing but its grants."""

import asyncio
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import asyncpg
import pytest

from fedi.errors import Invalid
from fedi.store import embedded, logins
from fedi.store.embedded import Cluster
from fedi.store.migrate import INSERTABLE, grant_outside, migrate, outside_url, pending, print_roles

TABLES = """-- migrate:up
CREATE TABLE statuses (id bigint PRIMARY KEY, reach text NOT NULL);
INSERT INTO statuses VALUES (1, 'public'), (2, 'internal');
CREATE TABLE inbound (id bigint PRIMARY KEY, body text);

-- migrate:down
DROP TABLE statuses;
"""
COUNTED = """-- migrate:up
CREATE TABLE IF NOT EXISTS times (n integer);
INSERT INTO times VALUES (1);
SELECT pg_sleep(0.1);
"""
OUTSIDE = """-- migrate:up
CREATE SCHEMA outside;
CREATE VIEW outside.statuses WITH (security_barrier) AS
    SELECT id FROM public.statuses WHERE reach = 'public';
CREATE VIEW outside.schema_migrations WITH (security_barrier) AS
    SELECT version FROM public.schema_migrations;
"""


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    parent = Path(tempfile.mkdtemp(prefix="fedi-test-"))
    running = embedded.start(parent / "var")
    yield running
    running.stop()
    embedded.remove(parent / "var")
    shutil.rmtree(parent)


@pytest.fixture
async def database(cluster: Cluster, request: pytest.FixtureRequest) -> AsyncIterator[str]:
    """The name of an empty database of the application's."""
    name = f"d{abs(hash(request.node.name)) % 10**8}"
    await embedded.ensure_database(cluster.admin_url, name)
    yield name
    admin = await asyncpg.connect(cluster.admin_url)
    await admin.execute(f"DROP DATABASE {name} WITH (FORCE)")
    await admin.execute(f"DROP ROLE IF EXISTS fedi_outside_{name}")
    await admin.close()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "0001_tables.sql").write_text(TABLES)
    (tmp_path / "0002_counted.sql").write_text(COUNTED)
    (tmp_path / "0003_outside.sql").write_text(OUTSIDE)
    return tmp_path


async def migrated(cluster: Cluster, database: str, folder: Path) -> list[str]:
    password = cluster.outside_password(database)
    return await migrate(cluster.url(database), outside_password=password, folder=folder)


async def test_each_migration_is_applied_in_order_and_once(
    cluster: Cluster, database: str, folder: Path
) -> None:
    conn = await asyncpg.connect(cluster.url(database))
    assert await pending(conn, folder=folder) == ["0001", "0002", "0003"]
    assert await migrated(cluster, database, folder) == ["0001", "0002", "0003"]
    assert await migrated(cluster, database, folder) == []
    assert await pending(conn, folder=folder) == []
    assert await conn.fetchval("SELECT count(*) FROM statuses") == 2  # no migrate:down ran
    (folder / "0004_more.sql").write_text("-- migrate:up\nCREATE TABLE more ();")
    assert await pending(conn, folder=folder) == ["0004"]
    assert await migrated(cluster, database, folder) == ["0004"]
    await conn.close()


async def test_many_processes_may_migrate_at_once(
    cluster: Cluster, database: str, folder: Path
) -> None:
    done = await asyncio.gather(*(migrated(cluster, database, folder) for _ in range(4)))
    assert sorted(version for one in done for version in one) == ["0001", "0002", "0003"]
    conn = await asyncpg.connect(cluster.url(database))
    assert await conn.fetchval("SELECT sum(n) FROM times") == 1
    await conn.close()


async def test_what_is_pending_can_be_read_while_a_migration_runs(
    cluster: Cluster, database: str, folder: Path
) -> None:
    await migrated(cluster, database, folder)
    (folder / "0004_slow.sql").write_text("-- migrate:up\nSELECT pg_sleep(1);")
    conn = await asyncpg.connect(cluster.url(database))
    running = asyncio.create_task(migrated(cluster, database, folder))
    await asyncio.sleep(0.3)
    async with asyncio.timeout(0.5):
        assert await pending(conn, folder=folder) == ["0004"]
    await running
    assert await pending(conn, folder=folder) == []
    await conn.close()


async def test_a_failing_migration_leaves_nothing_and_stops_the_rest(
    cluster: Cluster, database: str, folder: Path
) -> None:
    bad = folder / "0002_counted.sql"
    bad.write_text("-- migrate:up\nCREATE TABLE half (n int);\nINSERT INTO half VALUES ('x');")
    with pytest.raises(Invalid, match=r"0002_counted\.sql failed"):
        await migrated(cluster, database, folder)
    conn = await asyncpg.connect(cluster.url(database))
    assert await conn.fetchval("SELECT to_regclass('half')") is None
    assert await conn.fetchval("SELECT to_regclass('statuses')") is not None
    assert await pending(conn, folder=folder) == ["0002", "0003"]
    bad.write_text(COUNTED)
    assert await migrated(cluster, database, folder) == ["0002", "0003"]
    await conn.close()


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("0002_second.sql", TABLES),
        ("tables.sql", TABLES),
        ("0009_nothing.sql", "CREATE TABLE x ();"),
        ("0009_open.sql", "-- migrate:up transaction:false\nCREATE TABLE x ();"),
    ],
)
async def test_a_file_that_is_no_migration_is_refused_before_anything_happens(
    cluster: Cluster, database: str, folder: Path, name: str, text: str
) -> None:
    (folder / name).write_text(text)
    with pytest.raises(Invalid, match=name):
        await migrated(cluster, database, folder)
    conn = await asyncpg.connect(cluster.url(database))
    assert await conn.fetchval("SELECT to_regclass('public.schema_migrations')") is None
    await conn.close()


async def test_the_outside_login_reads_its_schema_and_no_table(
    cluster: Cluster, database: str, folder: Path
) -> None:
    await migrated(cluster, database, folder)
    outside = await asyncpg.connect(cluster.outside_url(database))
    owner = await asyncpg.connect(cluster.url(database))
    assert await outside.fetchval("SELECT array_agg(id) FROM outside.statuses") == [1]
    assert await pending(outside, folder=folder) == []
    for forbidden in (
        "SELECT id FROM public.statuses",
        "SELECT body FROM public.inbound",
        "SELECT version FROM public.schema_migrations",
        "SELECT count(*) FROM pg_stat_activity",
    ):
        await owner.fetch(forbidden)  # the control: there is something to read
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await outside.fetch(forbidden)
    await owner.close()
    await outside.close()


async def test_the_outside_login_hands_in_and_can_take_nothing_back(
    cluster: Cluster, database: str, folder: Path
) -> None:
    await migrated(cluster, database, folder)
    outside = await asyncpg.connect(cluster.outside_url(database))
    for _ in range(2):
        await outside.execute("INSERT INTO inbound VALUES (1, 'x') ON CONFLICT DO NOTHING")
    for forbidden in (
        "INSERT INTO inbound VALUES (2, 'x') RETURNING body",
        "UPDATE inbound SET body = ''",
        "DELETE FROM inbound",
        "TRUNCATE inbound",
        "INSERT INTO statuses VALUES (3, 'public')",
        "INSERT INTO outside.statuses VALUES (3)",
        "CREATE TABLE public.mine ()",
        "CREATE TABLE outside.mine ()",
        "CREATE TEMPORARY TABLE mine ()",
        "CREATE ROLE mine",
        "SET ROLE fedi",
    ):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await outside.execute(forbidden)
    await outside.close()
    owner = await asyncpg.connect(cluster.url(database))
    assert await owner.fetchval("SELECT array_agg(id || body) FROM inbound") == ["1x"]
    await owner.close()


async def test_no_other_login_may_connect(cluster: Cluster, database: str, folder: Path) -> None:
    other = f"{database}x"
    await embedded.ensure_database(cluster.admin_url, other)
    await migrated(cluster, database, folder)
    await migrate(cluster.url(other), outside_password="its own", folder=folder)
    stranger = cluster.url(database, user=f"fedi_outside_{other}", password="its own")
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await asyncpg.connect(stranger)
    at_home = await asyncpg.connect(outside_url(cluster.url(other), "its own"))  # the control
    await at_home.close()
    admin = await asyncpg.connect(cluster.admin_url)
    await admin.execute(f"DROP DATABASE {other}")
    await admin.execute(f"DROP ROLE fedi_outside_{other}")
    await admin.close()


async def test_a_grant_that_should_not_be_there_is_taken_away(
    cluster: Cluster, database: str, folder: Path
) -> None:
    await migrated(cluster, database, folder)
    owner = await asyncpg.connect(cluster.url(database))
    outside = await asyncpg.connect(cluster.outside_url(database))
    await owner.execute(f"GRANT SELECT, DELETE ON statuses TO fedi_outside_{database}")
    await outside.fetch("SELECT id FROM public.statuses")
    async with owner.transaction():
        await grant_outside(owner)
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await outside.fetch("SELECT id FROM public.statuses")
    await outside.fetch("SELECT id FROM outside.statuses")
    await outside.close()
    await owner.close()


async def test_without_an_outside_password_no_login_is_made(
    cluster: Cluster, database: str, folder: Path
) -> None:
    assert len(await migrate(cluster.url(database), outside_password=None, folder=folder)) == 3
    with pytest.raises(asyncpg.InvalidPasswordError):
        await asyncpg.connect(cluster.outside_url(database))
    assert await migrated(cluster, database, folder) == []
    await (await asyncpg.connect(cluster.outside_url(database))).close()


async def test_where_roles_cannot_be_made_the_dba_gets_the_sql(
    cluster: Cluster, database: str, folder: Path
) -> None:
    """As with a FEDI_DATABASE_URL whose login owns its schema and nothing else."""
    others = "".join(f"CREATE TABLE {table} ();" for table in INSERTABLE if table != "inbound")
    (folder / "0004_others.sql").write_text(f"-- migrate:up\n{others}")
    admin = await asyncpg.connect(cluster.admin_url, database=database)
    await admin.execute(f"CREATE ROLE plain LOGIN PASSWORD '{logins.verifier('plain')}'")
    await admin.execute(f"GRANT CREATE ON DATABASE {database} TO plain")
    await admin.execute("GRANT ALL ON SCHEMA public TO plain")
    url = cluster.url(database, user="plain", password="plain")
    with pytest.raises(Invalid, match="fedi migrate --print-roles"):
        await migrate(url, outside_password="secret", folder=folder)
    await admin.execute(print_roles(database, login="plain").replace("'PASSWORD'", "'chosen'"))
    assert await migrate(url, outside_password="not the DBA's", folder=folder) == []
    outside = await asyncpg.connect(outside_url(url, "chosen"))
    assert await outside.fetchval("SELECT array_agg(id) FROM outside.statuses") == [1]
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await outside.fetch("SELECT id FROM public.statuses")
    await outside.close()
    await admin.execute("DROP OWNED BY plain CASCADE")
    await admin.execute("DROP ROLE plain")
    await admin.close()


def test_the_outside_url_differs_in_login_and_password_only() -> None:
    url = "postgresql://app:secret@db.example:5433/acme?sslmode=require"
    changed = "postgresql://fedi_outside_acme:p%2Fw@db.example:5433/acme?sslmode=require"
    assert outside_url(url, "p/w") == changed


async def test_the_migrations_of_this_version_apply(cluster: Cluster, database: str) -> None:
    conn = await asyncpg.connect(cluster.url(database))
    expected = await pending(conn)
    assert expected
    password = cluster.outside_password(database)
    assert await migrate(cluster.url(database), outside_password=password) == expected
    assert await pending(conn) == []
    await conn.close()
