"""What an operator can set: `fedi.toml` in the data directory, overridden by FEDI_* variables.

Every value is read from text by one row of the table in `read.py`, so the file, the environment and
`fedi config show` can never disagree.  A wrong value is refused with the name of its variable.
"""

import ipaddress
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Literal, NamedTuple
from urllib.parse import parse_qsl, urlencode, urlsplit

from fedi.config.read import TABLE, Network, Row
from fedi.errors import Invalid


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The effective settings of one process; immutable, read once at start."""

    data: Path  # absolute
    origin: str  # `https://social.acme.example`: no trailing slash, no default port
    handle_domain: str | None
    bind: str  # `127.0.0.1:8000` or `unix:/path`; see `listen`
    database_url: str | None  # None: embedded
    database_url_outside: str | None  # None: derived from the other
    workers: int
    federation: Literal["closed", "allowlist", "open"]
    outbox_hold: int  # seconds
    registration: Literal["closed", "invite", "approval", "open"]
    rate_limits: bool
    trusted_proxies: tuple[Network, ...]
    trust_unix_socket: bool
    public_pages: bool
    smtp_url: str | None
    media_url: str | None  # no trailing slash
    egress_proxy: str | None
    dev_peers: tuple[str, ...]
    dev_routes: dict[str, str]  # host pattern → address:port
    dev_clock: datetime | None
    log_format: Literal["json", "text"]
    log_level: Literal["debug", "info", "warning", "error"]

    @property
    def host(self) -> str:
        """Host of FEDI_URL, with its port only where the URL names one."""
        return urlsplit(self.origin).netloc

    @property
    def domain(self) -> str:
        """What stands after the @ in handles."""
        return self.handle_domain or self.host

    @property
    def listen(self) -> tuple[str, int] | Path:
        """FEDI_BIND taken apart: address and port, or the path of a unix socket."""
        if self.bind.startswith("unix:"):
            return Path(self.bind.removeprefix("unix:"))
        address, _, port = self.bind.rpartition(":")
        return address.strip("[]"), int(port)


class Explained(NamedTuple):
    """One line of `fedi config show`."""

    name: str
    value: str  # secrets masked; empty = unset
    source: str  # `default`, `environment`, or the path of the file


def load(environ: Mapping[str, str]) -> Settings:
    """Read and check everything.  Raises Invalid with a sentence naming the variable."""
    values: dict[str, Any] = {}
    for row, text, _ in _effective(environ):
        values |= _read(row, text)
    settings = Settings(**values)
    _refuse_development_in_public(settings)
    return settings


def explain(environ: Mapping[str, str]) -> list[Explained]:
    """Every setting with where it came from, in the order of the documentation."""
    return [
        Explained(row.variable, _masked(text) if row.secret else text, source)
        for row, text, source in _effective(environ)
    ]


def _effective(environ: Mapping[str, str]) -> list[tuple[Row, str, str]]:
    """(row, text, source) of each setting.  An empty variable counts as not given."""
    data = Path(environ.get("FEDI_DATA", "").strip() or "./var").expanduser().absolute()
    file = data / "fedi.toml"
    from_file = _file(file)
    found = []
    for row in TABLE:
        if text := environ.get(row.variable, "").strip():
            found.append((row, text, "environment"))
        elif row.key in from_file:
            found.append((row, from_file[row.key], str(file)))
        else:
            found.append((row, row.default, "default"))
    return found


def _file(path: Path) -> dict[str, str]:
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise Invalid(f"{path} cannot be read: {error}") from error
    known = {row.key for row in TABLE} - {"data"}  # the file lies in it, so it cannot move it
    if unknown := sorted(set(content) - known):
        raise Invalid(f"{path} sets {unknown[0]!r}, which is not a setting; see `fedi config show`")
    return {key: _as_text(value) for key, value in content.items()}


def _as_text(value: object) -> str:
    match value:
        case bool():
            return "on" if value else "off"
        case list():
            return ",".join(_as_text(item) for item in value)
        case dict():
            return ",".join(f"{key}={_as_text(item)}" for key, item in value.items())
        case _:
            return str(value).strip()


def _read(row: Row, text: str) -> dict[str, Any]:
    try:
        return row.parse(text)
    except ValueError as error:
        shown = _masked(text) if row.secret else text
        raise Invalid(f"{row.variable} is {shown!r}, but {error}") from error


def _masked(text: str) -> str:
    """A URL without its password; anything that is not plainly a URL is hidden whole."""
    if not text:
        return ""
    try:
        parts = urlsplit(text)
    except ValueError:
        return "***"
    if not parts.scheme or not parts.netloc:
        return "***"
    user, at, place = parts.netloc.rpartition("@")
    netloc = (user.partition(":")[0] + ":***" if ":" in user else user) + at + place
    query = [
        (key, "***" if "pass" in key.lower() else value)
        for key, value in parse_qsl(parts.query, keep_blank_values=True)
    ]
    return parts._replace(netloc=netloc, query=urlencode(query, safe="*/")).geturl()


def _refuse_development_in_public(settings: Settings) -> None:
    """Development settings switch off protections: never where strangers can reach us."""
    used = {
        "FEDI_DEV_PEERS": settings.dev_peers,
        "FEDI_DEV_ROUTES": settings.dev_routes,
        "FEDI_DEV_CLOCK": settings.dev_clock,
    }
    name = next((name for name, value in used.items() if value), None)
    if name is None:
        return
    if not _is_loopback(settings.listen):
        raise Invalid(
            f"{name} is for development: it needs FEDI_BIND on a loopback address"
            f" (127.0.0.1:8000), and it is {settings.bind}. Unset {name}, or change FEDI_BIND"
        )
    host = urlsplit(settings.origin).hostname or ""
    if host != "localhost" and not host.endswith((".localhost", ".test", ".example")):
        raise Invalid(
            f"{name} is for development: the host of FEDI_URL must be localhost or end in"
            f" .localhost, .test or .example, and it is {host}. Unset {name}, or change FEDI_URL"
        )


def _is_loopback(listen: tuple[str, int] | Path) -> bool:
    if isinstance(listen, Path):
        return False  # whatever stands in front of the socket may well be public
    try:
        return ipaddress.ip_address(listen[0]).is_loopback
    except ValueError:
        return listen[0] == "localhost"
