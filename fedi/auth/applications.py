"""Client applications: how one is registered, recognised, and where it may send people back to.

Spec: RFC 6749, 2.3.1 and 3.1.2; RFC 8252, 7.3 (loopback ports)
"""

import hmac
import re
from collections.abc import Sequence
from urllib.parse import urlsplit

from fedi import clock, ids
from fedi.auth.hashes import hash_of
from fedi.auth.refusals import BadClient
from fedi.errors import Invalid
from fedi.model.token import Application
from fedi.store import Conn, tokens

OOB = "urn:ietf:wg:oauth:2.0:oob"  # the code is shown on a page
LONGEST_NAME, LONGEST_URI, MOST_URIS = 60, 2_000, 20

# Any scheme of any app, whole and as it stands, but nothing that a header or a fragment would cut.
_REDIRECT = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[!$-;=?-\[\]-~]+")
_RUNS_IN_BROWSER = frozenset(("javascript", "data", "vbscript", "blob", "file", "about"))
_LOOPBACK = frozenset(("127.0.0.1", "::1", "localhost"))


async def register(
    conn: Conn,
    *,
    name: str,
    website: str | None = None,
    redirect_uris: Sequence[str],
    scopes: Sequence[str],
) -> tuple[Application, str]:
    """The application and its secret, which is not kept.  Raises Invalid."""
    application = Application(
        id=ids.new(),
        client_id=ids.token(32),
        name=_name(name),
        website=_website(website),
        redirect_uris=_redirects(redirect_uris),
        scopes=list(scopes),
        created_at=clock.now(),
    )
    secret = ids.token(32)
    await tokens.add_application(conn, application, secret_hash=hash_of(secret))
    return application, secret


async def authenticated(conn: Conn, client_id: str, secret: str) -> Application:
    """Raises BadClient, whatever is wrong."""
    found = await tokens.application(conn, client_id)
    if found is None or not hmac.compare_digest(found[1], hash_of(secret)):
        raise BadClient
    return found[0]


def may_return_to(application: Application, uri: str) -> bool:
    """Byte for byte what was registered; on loopback addresses any port will do."""
    if uri in application.redirect_uris:
        return True
    bare = _without_port(uri)
    return bare is not None and bare in map(_without_port, application.redirect_uris)


def _name(sent: str) -> str:
    name = " ".join(sent.replace("\x00", "").split())
    if not 0 < len(name) <= LONGEST_NAME:
        raise Invalid(f"Validation failed: client_name must have 1 to {LONGEST_NAME} characters")
    return name


def _website(sent: str | None) -> str | None:
    website = (sent or "").strip()
    if not website:
        return None
    if len(website) > LONGEST_URI or not re.fullmatch(r"https?://[^\s\x00\"<>]+", website):
        raise Invalid("Validation failed: website must be an http or https address")
    return website


def _redirects(sent: Sequence[str]) -> list[str]:
    uris = list(dict.fromkeys(sent))
    if not 0 < len(uris) <= MOST_URIS:
        raise Invalid(f"Validation failed: redirect_uris must name 1 to {MOST_URIS} addresses")
    for uri in uris:
        scheme = uri.partition(":")[0].lower()
        sound = len(uri) <= LONGEST_URI and _REDIRECT.fullmatch(uri) is not None
        if not sound or scheme in _RUNS_IN_BROWSER:
            raise Invalid(
                f"Validation failed: the redirect URI {uri[:100]!r} must be absolute,"
                " without a fragment"
            )
    return uris


def _without_port(uri: str) -> str | None:
    """None for everything that is not plain HTTP to this machine itself."""
    try:
        parts = urlsplit(uri)
        port = parts.port
    except ValueError:
        return None
    if parts.scheme != "http" or parts.hostname not in _LOOPBACK or "@" in parts.netloc:
        return None
    host = parts.netloc.removesuffix(f":{port}") if port is not None else parts.netloc
    return uri.replace(parts.netloc, host, 1)
