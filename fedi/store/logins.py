"""Database logins: their names, and passwords kept in files that only fedi can read."""

import base64
import hashlib
import hmac
import os
import re
import secrets
import tempfile
from pathlib import Path

from fedi.errors import Invalid

_NAME = re.compile(r"[a-z_][a-z0-9_]{0,62}")
_LONGEST = 63  # PostgreSQL cuts longer names short, silently
_ROUNDS = 4096  # PostgreSQL's own default; the passwords are random, not guessable


def outside(database: str) -> str:
    """The login of the outside doors; of one database, since all in a cluster share its roles."""
    name = f"fedi_outside_{database}"
    if len(name.encode()) > _LONGEST:
        raise Invalid(f"The database name {database!r} is too long: at most 50 characters")
    return name


def password(data: Path, login: str) -> str:
    """The password of `login`, made at the first call: the same for everyone who asks."""
    file = _file(data, login)
    if not file.exists():
        draft = _draft(file.parent, secrets.token_urlsafe(24))
        try:
            os.link(draft, file)  # unlike a rename, it never replaces what another process made
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    return file.read_text(encoding="utf-8")


def known(data: Path, login: str) -> bool:
    return _file(data, login).exists()


def keep(data: Path, login: str, text: str) -> None:
    """Replace the kept password of `login`."""
    file = _file(data, login)
    _draft(file.parent, text).rename(file)


def verifier(text: str) -> str:
    """What PostgreSQL stores of a password: given this, it never sees, and cannot log, the text."""
    salt = os.urandom(16)
    salted = hashlib.pbkdf2_hmac("sha256", text.encode(), salt, _ROUNDS)
    client = hmac.digest(salted, b"Client Key", "sha256")
    stored = base64.b64encode(hashlib.sha256(client).digest()).decode()
    server = base64.b64encode(hmac.digest(salted, b"Server Key", "sha256")).decode()
    return f"SCRAM-SHA-256${_ROUNDS}:{base64.b64encode(salt).decode()}${stored}:{server}"


def give(path: Path, like: Path) -> None:
    """What root makes for a data directory of another user must belong to that user."""
    owner = like.stat()
    if os.geteuid() == 0 and owner.st_uid != 0:
        os.chown(path, owner.st_uid, owner.st_gid, follow_symlinks=False)


def _file(data: Path, login: str) -> Path:
    if not _NAME.fullmatch(login):
        raise Invalid(f"{login!r} is not a name for a database login: use a-z, 0-9 and _")
    folder = data / "logins"
    if not folder.exists():
        folder.mkdir(mode=0o700, exist_ok=True)
        give(folder, data)
    return folder / login


def _draft(folder: Path, text: str) -> Path:
    """A file readable by its owner only, safely on disk, not yet under its name."""
    handle, name = tempfile.mkstemp(dir=folder)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(handle)
    give(Path(name), folder)
    return Path(name)
