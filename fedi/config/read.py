"""How each setting is read from its text: one row per variable, one small function per kind.

A function refuses with a ValueError that ends the sentence "FEDI_X is 'y', but …".
"""

import ipaddress
import re
from collections.abc import Callable
from datetime import UTC, datetime
from ipaddress import IPv4Network, IPv6Network
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias
from urllib.parse import SplitResult, urlsplit

Network: TypeAlias = IPv4Network | IPv6Network


class Row(NamedTuple):
    variable: str
    default: str
    parse: Callable[[str], dict[str, Any]]
    secret: bool = False

    @property
    def key(self) -> str:
        """Its name in fedi.toml."""
        return self.variable.removeprefix("FEDI_").lower()


_NAME = r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?"
_DOMAIN = re.compile(rf"{_NAME}(?:\.{_NAME})*(?::\d{{1,5}})?")
_PATTERN = re.compile(r"(?=.{1,253}$)[a-z0-9*][a-z0-9.*-]*(?::(?:\d{1,5}|\*))?")
_ADDRESS = re.compile(r"(?:[A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\]):(\d{1,5})")
_LOOPBACK = (IPv4Network("127.0.0.0/8"), IPv6Network("::1/128"))
_HIGHEST_PORT = 65535


def _origin(text: str) -> str:
    parts = _split(text, ("http", "https"))
    if parts.path not in {"", "/"} or parts.query or parts.fragment or "@" in parts.netloc:
        raise ValueError("it must be scheme, host and port only, like https://social.acme.example")
    host = parts.hostname or ""
    if ":" in host:
        raise ValueError("an IPv6 address cannot be part of a handle; use a host name")
    host = host.encode("idna").decode()
    if not _DOMAIN.fullmatch(host):
        raise ValueError(f"{host!r} is not a host name")
    default = {"http": 80, "https": 443}[parts.scheme]
    return f"{parts.scheme}://{host}" + (
        f":{parts.port}" if parts.port not in {None, default} else ""
    )


def _split(text: str, schemes: tuple[str, ...]) -> SplitResult:
    parts = urlsplit(text)
    if parts.scheme not in schemes or not parts.hostname:
        raise ValueError(
            f"it must be a URL starting with {' or '.join(s + '://' for s in schemes)}"
        )
    _ = parts.port  # raises ValueError when it is none
    return parts


def _domain(text: str) -> str | None:
    if not text:
        return None
    name, colon, port = text.lower().partition(":")
    domain = name.encode("idna").decode() + colon + port
    if not _DOMAIN.fullmatch(domain):
        raise ValueError("it must be a host name, like acme.example")
    return domain


def _bind(text: str) -> str:
    if text.startswith("unix:/"):
        return text
    if not _is_address(text):
        raise ValueError("it must be address:port, like 127.0.0.1:8000, or unix:/path")
    return text


def _is_address(text: str) -> bool:
    match = _ADDRESS.fullmatch(text)
    return match is not None and int(match[1]) <= _HIGHEST_PORT


def _whole(least: int, most: int) -> Callable[[str], int]:
    def parse(text: str) -> int:
        if not re.fullmatch(r"\d{1,9}", text) or not least <= int(text) <= most:
            raise ValueError(f"it must be a whole number from {least} to {most}")
        return int(text)

    return parse


def _one_of(*choices: str) -> Callable[[str], str]:
    def parse(text: str) -> str:
        if text.lower() not in choices:
            raise ValueError(f"it must be one of: {', '.join(choices)}")
        return text.lower()

    return parse


def _switch(text: str) -> bool:
    return _one_of("on", "off")(text) == "on"


def _url(*schemes: str) -> Callable[[str], str | None]:
    def parse(text: str) -> str | None:
        return _split(text, schemes).geturl() if text else None

    return parse


def _database(text: str) -> str | None:
    """The host may be empty: then the driver takes it from `?host=/socket/directory`."""
    if text and not text.startswith(("postgresql://", "postgres://")):
        raise ValueError("it must be a URL starting with postgresql://")
    return text or None


def _proxies(text: str) -> dict[str, Any]:
    """Addresses, networks, and the words `loopback`, `unix` and `none`."""
    networks: list[Network] = []
    words = _items(text)
    for word in words:
        if word == "loopback":
            networks += _LOOPBACK
        elif word not in {"unix", "none"}:
            networks.append(_network(word))
    return {"trusted_proxies": tuple(networks), "trust_unix_socket": "unix" in words}


def _network(word: str) -> Network:
    try:
        return ipaddress.ip_network(word, strict=False)
    except ValueError as error:
        raise ValueError(
            f"{word!r} is not an address, a network like 10.0.0.0/8, loopback, unix or none"
        ) from error


def _items(text: str) -> list[str]:
    return [item.strip() for item in text.split(",") if item.strip()]


def _peers(text: str) -> tuple[str, ...]:
    return tuple(_pattern(item) for item in _items(text))


def _pattern(item: str) -> str:
    if not _PATTERN.fullmatch(item.lower()):
        raise ValueError(f"{item!r} is not a host pattern like *.localhost")
    return item.lower()


def _routes(text: str) -> dict[str, str]:
    routes = {}
    for item in _items(text):
        pattern, _, address = item.partition("=")
        if not _is_address(address.strip()):
            raise ValueError(f"{item!r} is not a route like *.example=127.0.0.1:9000")
        routes[_pattern(pattern.strip())] = address.strip()
    return routes


def _moment(text: str) -> datetime | None:
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise ValueError("it must be a time like 2026-01-31T12:00:00Z") from error
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def _log(text: str) -> dict[str, Any]:
    chosen = {"log_format": "text", "log_level": "info"}
    for word in _items(text.lower().replace(" ", ",")):
        if word in {"json", "text"}:
            chosen["log_format"] = word
        elif word in {"debug", "info", "warning", "error"}:
            chosen["log_level"] = word
        else:
            raise ValueError("it must be json or text, and debug, info, warning or error")
    return dict(chosen)


def _as(field: str, parse: Callable[[str], object]) -> Callable[[str], dict[str, Any]]:
    return lambda text: {field: parse(text)}


TABLE = (
    Row("FEDI_DATA", "./var", _as("data", lambda text: Path(text).expanduser().absolute())),
    Row("FEDI_URL", "http://localhost:8000", _as("origin", _origin)),
    Row("FEDI_DOMAIN", "", _as("handle_domain", _domain)),
    Row("FEDI_BIND", "127.0.0.1:8000", _as("bind", _bind)),
    Row("FEDI_DATABASE_URL", "", _as("database_url", _database), secret=True),
    Row("FEDI_DATABASE_URL_OUTSIDE", "", _as("database_url_outside", _database), secret=True),
    Row("FEDI_WORKERS", "1", _as("workers", _whole(1, 256))),
    Row("FEDI_FEDERATION", "allowlist", _as("federation", _one_of("closed", "allowlist", "open"))),
    Row("FEDI_OUTBOX_HOLD", "30", _as("outbox_hold", _whole(0, 86_400))),
    Row(
        "FEDI_REGISTRATION",
        "closed",
        _as("registration", _one_of("closed", "invite", "approval", "open")),
    ),
    Row("FEDI_RATE_LIMITS", "on", _as("rate_limits", _switch)),
    Row("FEDI_TRUSTED_PROXIES", "loopback,unix", _proxies),
    Row("FEDI_PUBLIC_PAGES", "on", _as("public_pages", _switch)),
    Row("FEDI_SMTP_URL", "", _as("smtp_url", _url("smtp", "smtps")), secret=True),
    Row("FEDI_MEDIA_URL", "", _as("media_url", lambda text: _origin(text) if text else None)),
    Row("FEDI_EGRESS_PROXY", "", _as("egress_proxy", _url("http", "https")), secret=True),
    Row("FEDI_DEV_PEERS", "", _as("dev_peers", _peers)),
    Row("FEDI_DEV_ROUTES", "", _as("dev_routes", _routes)),
    Row("FEDI_DEV_CLOCK", "", _as("dev_clock", _moment)),
    Row("FEDI_LOG", "text,info", _log),
)
