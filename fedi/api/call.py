"""One call of the client API: who asks, with which right, for what."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, TypeVar

import msgspec
from aiohttp import web

from fedi import clock
from fedi.api.view import View
from fedi.auth.alias import seen_at
from fedi.config import Settings
from fedi.errors import Invalid, NotFound, Unauthorized
from fedi.media.links import Links
from fedi.model.account import Account
from fedi.model.token import Token
from fedi.model.viewer import ANONYMOUS, Viewer, insider
from fedi.net import Client
from fedi.store import Conn, Database

# Scopes are written out: a route has no default.  Beside Mastodon's own there are two:
PUBLIC = "public"  # answers always: clients cannot sign in otherwise
ANYONE = "anyone"  # answers strangers with what the outside may see; "anyone|read:statuses"
MAX_ID = 2**63 - 1

Form = TypeVar("Form")


@dataclass(slots=True)
class Call:
    """What a route gets.

    `conn` is in a transaction, for GET just a connection.  A route with `own_transaction` must
    open its own on `db`: its `conn` is closed, so that no connection waits for the network.
    """

    request: web.Request
    settings: Settings
    db: Database
    client: Client
    links: Links
    conn: Conn
    token: Token | None
    account_or_none: Account | None
    form: dict[str, Any]
    headers: dict[str, str] = field(default_factory=dict)  # for the response: Link, …
    status: int = 200
    now: datetime = field(default_factory=clock.now)

    @property
    def account(self) -> Account:
        """Who acts.  Raises Unauthorized when nobody is signed in."""
        if self.account_or_none is None:
            raise Unauthorized
        return self.account_or_none

    @property
    def viewer(self) -> Viewer:
        return insider(self.account_or_none) if self.account_or_none else ANONYMOUS

    @property
    def view(self) -> View:
        """What entities are rendered with."""
        seen = seen_at(self.request, self.settings)
        links = replace(self.links, origin=seen.media_url or seen.origin)
        return View(seen, links, self.viewer, self.now)

    @property
    def id(self) -> int:
        return self.number("id")

    def number(self, name: str) -> int:
        """A number in the path.  Raises NotFound: nothing has another id."""
        number = id_of(self.request.match_info[name])
        if number is None:
            raise NotFound
        return number

    def read(self, form: type[Form]) -> Form:
        """Query, body and brackets as one typed form.  Raises Invalid naming the field."""
        try:
            return msgspec.convert(self.form, form, strict=False)
        except msgspec.ValidationError as error:
            raise Invalid(f"Validation failed: {error}") from None


def id_of(text: str) -> int | None:
    """None for what is no id; of thousands of digits Python would make an error, not a number."""
    if not text.isascii() or not text.isdecimal() or len(text) > len(str(MAX_ID)):
        return None
    number = int(text)
    return number if number <= MAX_ID else None


Handler = Callable[[Call], Awaitable[Any]]


@dataclass(frozen=True, slots=True)
class Route:
    """One endpoint.  `scope` is what the token must hold, or PUBLIC.

    `own_transaction`: the handler talks to other servers first, so it opens its own.
    """

    method: str
    path: str
    handler: Handler
    scope: str
    own_transaction: bool = False


Routes = tuple[Route, ...]
RawHandler = Callable[[web.Request], Awaitable[web.StreamResponse]]
Found = Mapping[str, str]
