"""One spelling for the name of a server, so that what is checked is what is used.

Spec: security.md section 2; CVE-2023-42451 (check and use normalised differently).
"""

import re
from collections.abc import Sequence
from typing import NamedTuple

import idna

from fedi import errors

DEFAULT_PORT = {"https": 443, "http": 80}
_LONGEST_URL = 2048
_LONGEST_NAME = 253
_LAST_PORT = 65535
_URL = re.compile(r"(https?)://([^/?#]*)([^#]*)", re.IGNORECASE)
_PORT = re.compile(r"[1-9][0-9]{0,4}")
_LABEL = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
# Resolvers read a name as an address if its last label is a number: 127.1, 0x7f.1, 017700000001.
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")
_PRIVATE = (".local", ".internal", ".localhost", ".onion", ".i2p", ".home.arpa")


class Parts(NamedTuple):
    """A URL taken apart: `name` is a lower-case A-label without port, `rest` path and query."""

    scheme: str
    name: str
    port: int
    rest: str

    @property
    def host(self) -> str:
        """The name, with the port if it is not the scheme's own."""
        usual = self.port == DEFAULT_PORT[self.scheme]
        return self.name if usual else f"{self.name}:{self.port}"


def host_of(url: str, dev_peers: Sequence[str] = ()) -> str:
    """The server that `url` names: lower-case A-label, `:port` only if it is not the default.

    Names matching `dev_peers` (FEDI_DEV_PEERS) may be private or a single label.
    Raises errors.Invalid for what no public server is called.
    """
    parts = split(url)
    if not matches(parts, dev_peers):
        refuse_private(parts.name)
    return parts.host


def split(url: str) -> Parts:
    """Take `url` apart, private names included.  Raises errors.Invalid for odd spellings."""
    # isprintable() is False for controls, surrogates, bidi marks and every space but U+0020.
    if len(url) > _LONGEST_URL or not url.isprintable() or " " in url or "\\" in url:
        raise errors.Invalid("The address contains characters that no address has")
    found = _URL.match(url)
    if found is None:
        raise errors.Invalid("The address does not start with https://")
    scheme, authority, rest = found[1].lower(), found[2], found[3]
    name, colon, port = authority.partition(":")
    number = _port(port) if colon else DEFAULT_PORT[scheme]
    if scheme == "http" and number == DEFAULT_PORT["https"]:
        raise errors.Invalid("The address speaks plain HTTP to a TLS port")
    return Parts(scheme, _name(name), number, rest)


def matches(parts: Parts, patterns: Sequence[str]) -> bool:
    """Is the name one of `patterns`, such as `*.localhost` (any depth) or `a.localhost:8001`?"""
    return any(_matches(parts, *pattern.partition(":")[::2]) for pattern in patterns)


def refuse_private(name: str) -> None:
    """Raise errors.Invalid for a name that only means something inside a network."""
    if "." not in name or f".{name}".endswith(_PRIVATE):
        raise errors.Invalid("The address is not one of a public server")


def _matches(parts: Parts, pattern: str, port: str) -> bool:
    if port and port != str(parts.port):
        return False
    if pattern.startswith("*."):
        return parts.name.endswith(pattern[1:])
    return parts.name == pattern


def _port(text: str) -> int:
    if not _PORT.fullmatch(text) or int(text) > _LAST_PORT:
        raise errors.Invalid("The port of the address is not a number")
    return int(text)


def _name(text: str) -> str:
    name = (text if text.isascii() else _a_label(text)).lower().removesuffix(".")
    labels = name.split(".")
    if len(name) > _LONGEST_NAME or not all(map(_LABEL.fullmatch, labels)):
        raise errors.Invalid("The address does not name a server")
    if _NUMBER.fullmatch(labels[-1]):
        raise errors.Invalid("The address is a number; servers are known by name")
    return name


def _a_label(text: str) -> str:
    try:
        return idna.encode(text, uts46=True).decode("ascii")
    except UnicodeError as error:  # idna.IDNAError is one
        raise errors.Invalid("The address does not name a server") from error
