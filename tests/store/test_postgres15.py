"""An operator's own PostgreSQL, as old as Debian 12's: everything of ours runs on it."""

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path

import aiohttp
import asyncpg
import pytest

from fedi import clock, config
from fedi.cli.serving import serving
from fedi.model.viewer import insider
from fedi.store import embedded, outside, postmaster, statuses, timelines
from fedi.store.binaries import as_user
from fedi.store.migrate import migrate, pending
from fedi.store.notifications import Notice
from fedi.store.notifications import add as notify
from fedi.store.place import Place
from fedi.store.timelines import Page
from tests.house import House, free_port

PROGRAMS = Path("/usr/lib/postgresql/15/bin")
NAME = "fedi_fifteen"
PASSWORD = "only for this test"
pytestmark = pytest.mark.skipif(
    not (PROGRAMS / "postgres").exists(),
    reason="needs Debian's PostgreSQL 15: apt-get install postgresql-15",
)


@dataclass(frozen=True, slots=True)
class Fifteen:
    sockets: Path

    def url(self, login: str, database: str) -> str:
        password = PASSWORD.replace(" ", "%20")
        return f"postgresql://{login}:{password}@/{database}?host={self.sockets}"


@pytest.fixture(scope="module")
def fifteen() -> Iterator[Fifteen]:
    """A server of nobody important on a socket of its own; gone with everything at the end."""
    user = pwd.getpwnam("nobody") if os.geteuid() == 0 else pwd.getpwuid(os.geteuid())
    folder = Path(tempfile.mkdtemp(prefix="fedi-15-"))
    (folder / "password").write_text(PASSWORD)
    for path in (folder, folder / "password"):
        os.chown(path, user.pw_uid, user.pw_gid)
    data = folder / "data"
    options = ["-U", "postgres", "-A", "scram-sha-256", "--locale=C.UTF-8", "--no-sync"]
    subprocess.run(
        [PROGRAMS / "initdb", "-D", data, "--pwfile", folder / "password", *options],
        check=True,
        capture_output=True,
        **as_user(user),
    )
    server = subprocess.Popen(
        [PROGRAMS / "postgres", "-D", data, "-k", folder, "-c", "listen_addresses="],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        **as_user(user),
    )
    try:
        end = time.monotonic() + 20
        while not postmaster.answers(folder):
            assert server.poll() is None
            assert time.monotonic() < end
            time.sleep(0.05)
        yield Fifteen(folder)
    finally:
        server.send_signal(signal.SIGINT)
        server.wait()
        shutil.rmtree(folder)


@pytest.fixture
async def place(fifteen: Fifteen) -> AsyncIterator[Place]:
    """An empty database of a login that is no superuser."""
    admin_url = fifteen.url("postgres", "postgres")
    admin = await asyncpg.connect(admin_url)
    await admin.execute(f"CREATE ROLE fedi LOGIN CREATEROLE PASSWORD '{PASSWORD}'")
    await embedded.ensure_database(admin_url, NAME)
    try:
        yield Place(fifteen.url("fedi", NAME), fifteen.url(f"fedi_outside_{NAME}", NAME))
    finally:
        await admin.execute(f"DROP DATABASE {NAME} WITH (FORCE)")
        await admin.execute(f"DROP ROLE IF EXISTS fedi_outside_{NAME}")
        await admin.execute("DROP ROLE fedi")
        await admin.close()


@pytest.fixture
async def house(place: Place, tmp_path: Path) -> AsyncIterator[House]:
    """An organisation that runs on it."""
    await migrate(place.url, outside_password=PASSWORD)
    port = free_port()
    settings = config.load(
        {
            "FEDI_DATA": str(tmp_path),
            "FEDI_URL": f"http://acme.localhost:{port}",
            "FEDI_BIND": f"127.0.0.1:{port}",
            "FEDI_DEV_PEERS": "*.localhost",
            "FEDI_OUTBOX_HOLD": "0",
        }
    )
    async with aiohttp.ClientSession() as session, serving(settings, place) as served:
        yield House(served, place, session)


async def test_every_migration_applies_and_the_outside_login_gets_its_views_only(
    place: Place,
) -> None:
    assert await migrate(place.url, outside_password=PASSWORD)
    assert await migrate(place.url, outside_password=PASSWORD) == []
    assert place.outside_url is not None
    login = await asyncpg.connect(place.outside_url)
    assert login.get_server_version().major == 15
    assert await pending(login) == []
    views = await login.fetch("SELECT viewname FROM pg_views WHERE schemaname = 'outside'")
    assert views
    for view in views:
        await login.fetch(f"SELECT * FROM outside.{view['viewname']}")
    for forbidden in ("SELECT * FROM public.statuses", "DELETE FROM public.inbound"):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await login.execute(forbidden)
    await login.close()


async def test_the_store_answers_as_on_the_database_that_we_bring(house: House) -> None:
    alice, bob = await house.person("alice"), await house.person("bob")
    desk = await house.company("acme", alice)
    await bob.post(f"/api/v1/accounts/{desk.account.id}/follow")
    said = await desk.say("@public hello from fifteen #new")
    hidden = await alice.say("@bob between us")
    async with house.db.transaction() as conn:
        notice = Notice(alice.account.id, "favourite", bob.account.id, int(hidden["id"]))
        for _ in range(2):  # telling twice is telling once
            await notify(conn, [notice], at=clock.now(), new_since=clock.now())
        (seen,) = await timelines.home(conn, insider(bob.account), Page())
        stored = await statuses.by_uris(conn, [said["uri"]])
        assert stored[said["uri"]] == seen
    assert seen.id == int(said["id"])
    assert len(await alice.get("/api/v1/notifications?types[]=favourite")) == 1
    assert [one["type"] for one in await bob.get("/api/v1/notifications")] == ["mention"]


async def test_the_outside_doors_know_what_is_public_and_nothing_else(house: House) -> None:
    desk = await house.company("acme", await house.person("alice"))
    said, hidden = await desk.say("@public for all"), await desk.say("@internal for us")
    async with house.served.parts.outside.reading() as conn:
        assert await conn.fetchval("SELECT current_user") == f"fedi_outside_{NAME}"
        assert await outside.post_by_uri(conn, house.served.site, said["uri"]) is not None
        assert await outside.post_by_uri(conn, house.served.site, hidden["uri"]) is None
    finger = f"/.well-known/webfinger?resource=acct:acme@{house.domain}"
    assert (await house.call("GET", finger)).status == 200
    assert (await house.call("GET", finger.replace("acme@", "alice@"))).status == 404
