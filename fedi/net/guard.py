"""Which URLs fedi may ask at all, decided from the text of the URL.

Spec: security.md section 2; contract.md FEDI_DEV_PEERS, FEDI_DEV_ROUTES.
"""

import ipaddress
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import quote

from yarl import URL

from fedi import errors
from fedi.net import hosts

_LOOPBACK = "127.0.0.1"
_NOT_ASCII = re.compile(r"[^\x21-\x7e]+")


@dataclass(frozen=True, slots=True)
class Target:
    """A URL that may be asked."""

    host: str  # the peer's name, and the Host header
    url: str  # in ASCII, without fragment: what is signed
    wire: URL  # where we connect; differs in scheme only where a development route matches
    dev: bool  # stays on this machine, so no proxy


class Guard:
    """The rules for URLs, with the exemptions of development.

    `dev_peers`: host patterns (`*.localhost`, `*.localhost:8001`); they may be private, carry a
    port, speak http, and are looked for on 127.0.0.1.  `dev_routes`: host pattern to `ip:port`,
    where https hosts are served in plain HTTP; every other rule stays.
    """

    def __init__(
        self, dev_peers: Sequence[str] = (), dev_routes: Mapping[str, str] | None = None
    ) -> None:
        self.dev_peers = tuple(dev_peers)
        self._routes = {p: _address(to) for p, to in (dev_routes or {}).items()}
        # A delivery worker asks the same inboxes over and over; the answer is a pure function.
        self.target = lru_cache(4096)(self._target)

    def host_of(self, url: str) -> str:
        """Like `fedi.net.host_of`, knowing the development peers."""
        return hosts.host_of(url, self.dev_peers)

    def named(self, host: str) -> str:
        """The one spelling of a bare host as found in a handle.  Raises errors.Invalid."""
        if any(mark in host for mark in "/?#"):
            raise errors.Invalid("The address does not name a server")
        return self.host_of(f"https://{host}")

    def origin_of(self, host: str) -> str:
        """Where to ask about `host` when all we know is its name (webfinger): its origin."""
        dev = hosts.matches(hosts.split(f"https://{host}"), self.dev_peers)
        return f"{'http' if dev else 'https'}://{host}"

    def fixed(self, name: str, port: int) -> tuple[str, int] | None:
        """The (ip, port) that development settings give for `name`; None = ask the DNS."""
        parts = hosts.Parts("https", name, port, "")
        for pattern, address in self._routes.items():
            if hosts.matches(parts, [pattern]):
                return address
        return (_LOOPBACK, port) if hosts.matches(parts, self.dev_peers) else None

    def _target(self, url: str) -> Target:
        parts = hosts.split(url)
        dev = hosts.matches(parts, self.dev_peers)
        if not dev:
            _refuse(parts)
        routed = parts.scheme == "https" and any(hosts.matches(parts, [p]) for p in self._routes)
        rest = parts.rest if parts.rest.startswith("/") else f"/{parts.rest}"
        # Only what is not ASCII: the rest of an id must reach its server byte for byte.
        path = _NOT_ASCII.sub(lambda found: quote(found[0]), rest)
        scheme = "http" if routed else parts.scheme
        wire = URL(f"{scheme}://{parts.host}{path}", encoded=True)
        return Target(parts.host, f"{parts.scheme}://{parts.host}{path}", wire, dev or routed)


def _refuse(parts: hosts.Parts) -> None:
    hosts.refuse_private(parts.name)
    if parts.scheme != "https":
        raise errors.Invalid("The address must start with https://")
    if parts.port != hosts.DEFAULT_PORT["https"]:
        raise errors.Invalid("The address may not name a port")


def _address(text: str) -> tuple[str, int]:
    ip, _, port = text.rpartition(":")
    ip = _LOOPBACK if ip == "localhost" else ip.strip("[]")
    try:
        return str(ipaddress.ip_address(ip)), int(port)
    except ValueError as error:
        raise errors.Invalid(f"FEDI_DEV_ROUTES: {text!r} is not ip:port") from error
