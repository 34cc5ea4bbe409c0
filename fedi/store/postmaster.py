"""The server process itself: started as a child that dies with us, asked whether it answers.

Everything here is called by the one process that holds the lock of the data directory.
"""

import ctypes
import logging
import os
import signal
import socket
import struct
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO

from fedi.errors import Unavailable
from fedi.store.binaries import User, as_user

log = logging.getLogger("fedi.database")

Server = subprocess.Popen[bytes]

SOCKET = ".s.PGSQL.5432"

_PR_SET_PDEATHSIG = 1
_PROTOCOL_3 = 196608
_libc = ctypes.CDLL(None, use_errno=True)  # loaded here: a forked child should load nothing


def launch(programs: Path, files: Path, sockets: Path, user: User) -> Server:
    """Start the server and return when it answers, however long recovery after a crash takes.

    Must be called from the main thread: the server ends together with the thread that started it.
    Raises Unavailable with what PostgreSQL said when it gives up.
    """
    with tempfile.TemporaryFile() as output:  # until its own log collector takes over
        server = subprocess.Popen(  # noqa: S603 - a program of the wheel, by its full path
            [programs / "postgres", "-D", files, *_fixed_settings(sockets)],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,  # Ctrl-C is for us: we stop it when our work is drained
            preexec_fn=_die_with(os.getpid()),  # noqa: PLW1509 - before any thread of ours exists
            **as_user(user),
        )
        try:
            recovering = "PostgreSQL is recovering after a crash; nothing is lost"
            until(lambda: _ready(server, sockets, output), recovering)
        except BaseException:
            stop(server)
            raise
    return server


def stop(server: Server) -> None:
    """Fast shutdown: connections end, everything is written, no recovery at the next start."""
    if server.poll() is None:
        server.send_signal(signal.SIGINT)
    server.wait()


def answers(sockets: Path) -> bool:
    """Whether the server behind the socket is ready to ask for a password."""
    words = b"user\0postgres\0database\0postgres\0\0"
    with socket.socket(socket.AF_UNIX) as client:
        client.settimeout(1)
        try:
            client.connect(str(sockets / SOCKET))
            client.sendall(struct.pack("!II", len(words) + 8, _PROTOCOL_3) + words)
            return client.recv(1) == b"R"
        except OSError:
            return False


def end_leftovers(files: Path, sockets: Path) -> None:
    """End what an owner that died left running, then forget its pid.

    That pid may belong to anybody by now, and PostgreSQL would refuse to start because of it.
    """
    if not (files / "postmaster.pid").exists():
        return
    until(lambda: _all_gone(files), "Waiting for the last PostgreSQL of this directory to end")
    for stale in (files / "postmaster.pid", sockets / SOCKET, sockets / f"{SOCKET}.lock"):
        stale.unlink(missing_ok=True)


def until(done: Callable[[], bool], what: str) -> None:
    """Ask again and again, without a limit; log `what` after 3 s, then every 10 s."""
    pauses = _pauses(what)
    while not done():
        next(pauses)


def _fixed_settings(sockets: Path) -> list[str]:
    """What an operator must not change, on the command line, where it wins over every file."""
    settings = {
        "listen_addresses": "",
        "port": "5432",
        "unix_socket_directories": f'"{sockets}"',
        "unix_socket_permissions": "0700",
        "logging_collector": "on",
        "log_destination": "stderr",
        "log_directory": "log",
        "log_filename": "postgresql-%a.log",  # a week of days, each overwriting its predecessor
        "log_truncate_on_rotation": "on",
        "log_rotation_age": "1d",
        "log_rotation_size": "0",
    }
    return [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]


def _ready(server: Server, sockets: Path, output: IO[bytes]) -> bool:
    if server.poll() is None:
        return answers(sockets)
    output.seek(0)
    said = output.read(4000).decode(errors="replace").strip()
    raise Unavailable(f"PostgreSQL did not start; the log beside its files may say more. {said}")


def _die_with(parent: int) -> Callable[[], None]:
    """Runs in the child after it has become its user: changing users would undo it."""

    def in_child() -> None:
        _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGINT, 0, 0, 0)
        if os.getppid() != parent:  # it died in between: the signal will never come
            os._exit(1)

    return in_child


def _all_gone(files: Path) -> bool:
    postmaster = _written_pid(files)
    living = [pid for pid in _pids() if _works_in(files, pid, postmaster)]
    for pid in [postmaster] if postmaster in living else living:
        try:
            os.kill(pid, signal.SIGINT if pid == postmaster else signal.SIGTERM)
        except ProcessLookupError:
            continue
    return not living


def _written_pid(files: Path) -> int:
    try:
        return int((files / "postmaster.pid").read_text().split("\n", 1)[0])
    except (OSError, ValueError):
        return 0  # gone meanwhile, or cut short by a crash


def _pids() -> list[int]:
    return [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit()]


def _works_in(files: Path, pid: int, postmaster: int) -> bool:
    """Every process of a PostgreSQL server has its data directory as working directory."""
    process = Path("/proc", str(pid))
    try:
        if (process / "comm").read_text().strip() != "postgres":
            return False
        return (process / "cwd").readlink() == files
    except PermissionError:  # root in a container may not look: then believe the file
        return pid == postmaster
    except OSError:
        return False


def _pauses(what: str) -> Iterator[None]:
    begun, told = time.monotonic(), -7.0
    while True:
        time.sleep(0.01)
        waited = time.monotonic() - begun
        if waited - told >= 10:  # noqa: PLR2004
            told = waited
            log.info("%s (%.0f s so far)", what, waited)
        yield
