"""Where the embedded database of a data directory lives, and who may look inside."""

import hashlib
import logging
import os
import stat
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from fedi.errors import Invalid
from fedi.store import binaries, postmaster

log = logging.getLogger("fedi.database")

_ROOT = 0
_ROOT_HOMES = Path("/var/lib/fedi")
_LONGEST_SOCKET = 107  # bytes: what a unix socket address holds


@dataclass(frozen=True)
class Home:
    """The folders of one database."""

    data: Path  # FEDI_DATA: passwords
    folder: Path  # everything of PostgreSQL
    user: binaries.User  # who runs it

    @property
    def files(self) -> Path:
        return self.folder / "data"

    @property
    def sockets(self) -> Path:
        near = self.folder / "run"
        if len(os.fsencode(near / postmaster.SOCKET)) <= _LONGEST_SOCKET:
            return near
        return Path("/tmp", f"fedi-{self.user.pw_uid}-{_digest(self.folder)}")  # noqa: S108 - checked


def home_of(data: Path) -> Home:
    """The home of the database of `data`, made if missing.  Raises Invalid where it cannot be."""
    folder = _folder(data)
    files = folder / "data"
    user = binaries.user_for(folder, files)
    if files.exists() and files.stat().st_uid != user.pw_uid:
        raise Invalid(f"{files} belongs to another user: run fedi as that user, or as root")
    return Home(data.resolve(), folder, user)


def private_folder(folder: Path, user: binaries.User) -> None:
    """A folder only for `user`; what somebody else put at a known name under /tmp is refused."""
    with suppress(FileExistsError):
        folder.mkdir(mode=0o700)
        os.chown(folder, user.pw_uid, user.pw_gid)
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != user.pw_uid or found.st_mode & 0o077:
        raise Invalid(f"{folder} must be a private folder of {user.pw_name}: remove it")


def _folder(data: Path) -> Path:
    """`<data>/postgres`; made by root, it is a link to where an unprivileged user can reach it."""
    link = data / "postgres"
    try:
        data.mkdir(mode=0o700, parents=True, exist_ok=True)
        _make(link)
        reachable = link.exists()
    except OSError as error:
        raise Invalid(
            f"The data directory cannot be used: {error}."
            " Run fedi as the user it belongs to, or choose another FEDI_DATA"
        ) from error
    if not reachable:
        raise Invalid(
            f"The database of {data} is gone: it was in {link.readlink()}."
            f" Bring it back, or remove {link} to start with an empty one"
        )
    return link.resolve()


def _make(link: Path) -> None:
    if link.is_symlink():
        return
    if os.geteuid() != _ROOT:
        link.mkdir(mode=0o700, exist_ok=True)
    elif not link.exists():
        with suppress(FileExistsError):  # another process has just made it
            link.symlink_to(_root_home(link.parent))


def _root_home(data: Path) -> Path:
    home = _ROOT_HOMES / _digest(data.resolve())
    if (home / "data").exists():
        log.warning("%s was removed, its database was not: using %s again", data, home)
    for folder in (home.parent, home):
        if not folder.exists():
            folder.mkdir(exist_ok=True)
            folder.chmod(0o711)  # ours, whatever the umask; what exists stays as it is
    return home


def _digest(path: Path) -> str:
    return hashlib.sha256(os.fsencode(path)).hexdigest()[:16]
