"""An account as the sign-in pages show it."""

from dataclasses import dataclass

from aiohttp import web

from fedi.auth.app import LINKS, SETTINGS
from fedi.model.account import Account, Kind


@dataclass(frozen=True, slots=True)
class Face:
    id: int
    name: str
    handle: str
    initial: str
    picture: str | None  # address of an avatar of our own
    company: bool


def of(request: web.Request, account: Account) -> Face:
    name = account.display_name or account.username
    return Face(
        id=account.id,
        name=name,
        handle=f"@{account.username}@{request.app[SETTINGS].domain}",
        initial=name[:1].upper(),
        picture=request.app[LINKS].portrait(account, "avatar") if account.avatar else None,
        company=account.kind is Kind.COMPANY,
    )
