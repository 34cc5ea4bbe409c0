"""Makes a database directory, once: initdb, its settings, and the passwords of its two logins."""

import logging
import os
import secrets
import shutil
import subprocess
import tempfile
from pathlib import Path

from fedi.errors import Invalid, Unavailable
from fedi.store import binaries, logins
from fedi.store.binaries import User, as_user

log = logging.getLogger("fedi.database")

SUPERUSER = "postgres"
APPLICATION = "fedi"  # owns the databases, and is no superuser

# For a small company's server; an operator may change them in postgresql.conf.
# What guards the data (fsync, full_page_writes, checksums) stays at PostgreSQL's default: on.
_TUNING = {
    "shared_buffers": "256MB",
    "work_mem": "8MB",
    "maintenance_work_mem": "128MB",
    "max_connections": "200",
    "max_wal_size": "2GB",
    "wal_compression": "on",
    "synchronous_commit": "on",
    "jit": "off",  # our queries are short: compiling them costs more than it saves
    "random_page_cost": "1.1",
    "password_encryption": "scram-sha-256",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_line_prefix": "%m [%p] %u@%d ",
}


def prepare(data: Path, files: Path, programs: Path, user: User) -> None:
    """Make `files` if missing, and the passwords kept in `data` valid; under the owner's lock.

    Raises Invalid when `files` was written by another major version of PostgreSQL.
    """
    if not files.exists():
        _make(data, files, programs, user)
        return
    _check_version(files)
    if not all(logins.known(data, login) for login in (SUPERUSER, APPLICATION)):
        log.warning("The passwords of the database were missing from %s: set anew", data)
        _set_passwords(data, files, programs, user)


def _make(data: Path, files: Path, programs: Path, user: User) -> None:
    """Under another name first: a crash half way leaves nothing that looks like a database.

    A new name each time: initdb of a start that was killed may still be writing to the last one.
    """
    log.info("Creating the database in %s, run by %s", files, user.pw_name)
    for abandoned in files.parent.glob("data-draft-*"):
        shutil.rmtree(abandoned, ignore_errors=True)
    draft = Path(tempfile.mkdtemp(prefix="data-draft-", dir=files.parent))
    os.chown(draft, user.pw_uid, user.pw_gid)
    with tempfile.NamedTemporaryFile(dir=files.parent) as throwaway:
        throwaway.write(secrets.token_hex().encode())
        throwaway.flush()
        os.chown(throwaway.name, user.pw_uid, user.pw_gid)
        _initdb(draft, Path(throwaway.name), programs, user)
    _set_passwords(data, draft, programs, user)
    draft.rename(files)


def _initdb(files: Path, password: Path, programs: Path, user: User) -> None:
    """The builtin C.UTF-8 collation: indexes survive an upgrade of the system's C library."""
    options = ["-D", str(files), "-U", SUPERUSER, "-A", "scram-sha-256", f"--pwfile={password}"]
    options += ["--locale-provider=builtin", "--locale=C.UTF-8", "--encoding=UTF8"]
    options += ["--data-checksums", "--no-instructions"]
    tuning = [word for name, value in _TUNING.items() for word in ("--set", f"{name}={value}")]
    _call([str(programs / "initdb"), *options, *tuning], user)


def _set_passwords(data: Path, files: Path, programs: Path, user: User) -> None:
    """In single-user mode, which asks for none; kept only once they are set."""
    chosen = {login: secrets.token_urlsafe(24) for login in (SUPERUSER, APPLICATION)}
    statements = [
        f"DO $$ BEGIN CREATE ROLE {APPLICATION}; EXCEPTION WHEN duplicate_object THEN NULL; END $$",
        f"ALTER ROLE {APPLICATION} LOGIN NOSUPERUSER CREATEDB CREATEROLE",
        *(f"ALTER ROLE {login} PASSWORD '{logins.verifier(chosen[login])}'" for login in chosen),
    ]
    command = [str(programs / "postgres"), "--single", "-D", str(files), SUPERUSER]
    said = _call(command, user, "\n".join(statements) + "\n")
    if "ERROR:" in said:  # single-user mode goes on after errors, and ends well
        raise Unavailable(f"The logins of the database could not be made: {said}")
    for login, password in chosen.items():
        logins.keep(data, login, password)


def _call(command: list[str], user: User, typed: str = "") -> str:
    done: subprocess.CompletedProcess[str] = subprocess.run(  # noqa: S603 - a program of the wheel, by its full path
        command, input=typed, text=True, capture_output=True, check=False, **as_user(user)
    )
    if done.returncode != 0:
        raise Unavailable(f"{Path(command[0]).name} failed: {done.stderr.strip() or done.stdout}")
    return done.stderr


def _check_version(files: Path) -> None:
    written = (files / "PG_VERSION").read_text().strip()
    ours = binaries.version().partition(".")[0]
    if written != ours:
        raise Invalid(
            f"The database in {files} was written by PostgreSQL {written}, and this fedi brings"
            f" PostgreSQL {ours}. Go back to the previous fedi, make a backup (fedi backup FILE),"
            " then restore it with this one into an empty data directory"
        )
