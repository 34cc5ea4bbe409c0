"""An access token: (client, acting account, human)."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Application:
    id: int
    client_id: str
    name: str
    website: str | None
    redirect_uris: list[str]
    scopes: list[str]
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """`account_id` None: the client itself, nobody signed in."""

    id: int
    application_id: int
    account_id: int | None
    human_id: int | None
    scopes: list[str]
    created_at: datetime

    def allows(self, scope: str) -> bool:
        """`scope` such as `write:statuses`; several, any of which is enough, joined by `|`."""
        return any(covers(held, one) for one in scope.split("|") for held in self.scopes)


LEGACY_FOLLOW = frozenset(
    {"read:blocks", "write:blocks", "read:follows", "write:follows", "read:mutes", "write:mutes"}
)


def covers(held: str, asked: str) -> bool:
    """`read` covers `read:statuses`; the legacy `follow` covers relations."""
    if held == asked or asked.startswith(held + ":"):
        return True
    return held == "follow" and asked in LEGACY_FOLLOW
