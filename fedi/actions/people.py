"""Accounts of ours: made, changed and ended by admins.

Writes: accounts, people, desk roles, an audit row for each deed.
"""

import asyncio
import re
import secrets
from datetime import datetime

from msgspec.structs import replace

from fedi import clock, ids
from fedi.actions import passwords
from fedi.activitypub import keys
from fedi.config import Settings
from fedi.errors import Invalid
from fedi.model.account import Account, DeskRole, Kind, Role
from fedi.model.reach import Reach
from fedi.store import Conn, accounts, desk, people, tokens
from fedi.text.words import is_reserved

NAME = re.compile(r"[A-Za-z0-9_]{1,30}")
SHORTEST_PASSWORD = 8


async def create(  # noqa: PLR0913 - what an account is made of
    conn: Conn,
    settings: Settings,
    *,
    username: str,
    kind: Kind = Kind.EMPLOYEE,
    email: str | None = None,
    password: str | None = None,
    display_name: str = "",
    role: Role = Role.EMPLOYEE,
    max_reach: Reach | None = None,
    default_reach: Reach | None = None,
    locked: bool = False,
) -> tuple[Account, str | None]:
    """The new account, and its password if one had to be invented (people only).

    Employees are inside only, companies public, unless told otherwise.  Raises Invalid.
    """
    _check_name(username, settings)
    now = clock.now()
    largest, default = _reaches(kind, max_reach, default_reach)
    uri = f"{settings.origin}/ap/actors/{ids.token()}"
    account = replace(
        local_account(settings, username, kind, uri, now),
        display_name=display_name,
        role=role,
        max_reach=largest,
        default_reach=default,
        locked=locked,
    )
    invented = secrets.token_urlsafe(12) if kind is Kind.EMPLOYEE and not password else None
    (private_pem, public_pem), hashed = await asyncio.gather(  # both take their time, side by side
        asyncio.to_thread(keys.generate), _hash_for(kind, password or invented)
    )
    added = await accounts.add_local(
        conn,
        account,
        key_id=f"{account.uri}#main-key",
        public_pem=public_pem,
        private_pem=private_pem,
    )
    if not added or await people.was_somebody(conn, account):
        raise Invalid(f"The name {username} is taken.")
    if hashed and not await people.add(conn, account.id, email=email, password_hash=hashed, at=now):
        raise Invalid("This e-mail address is taken.")
    await people.record(conn, "account.create", {"account": username}, at=now)
    return account, invented


async def set_password(conn: Conn, account: Account, password: str) -> None:
    """Every token and session of this human ends."""
    now = clock.now()
    await people.set_password(conn, account.id, await passwords.hashed(_strong(password)))
    await tokens.revoke_all(conn, account.id, at=now)
    await people.record(conn, "account.password", {"account": account.username}, at=now)


async def suspend(conn: Conn, account: Account) -> None:
    now = clock.now()
    await people.suspend(conn, account.id, now)
    await tokens.revoke_all(conn, account.id, at=now)
    await people.record(conn, "account.suspend", {"account": account.username}, at=now)


async def unsuspend(conn: Conn, account: Account) -> None:
    await people.suspend(conn, account.id, None)
    await people.record(conn, "account.unsuspend", {"account": account.username}, at=clock.now())


async def delete(conn: Conn, account: Account) -> None:
    now = clock.now()
    await tokens.revoke_all(conn, account.id, at=now)
    await people.delete(conn, account, at=now)
    await people.record(conn, "account.delete", {"account": account.username}, at=now)


async def set_role(conn: Conn, account: Account, role: Role) -> None:
    await people.set_role(conn, account.id, role.value)
    detail = {"account": account.username, "role": role.value}
    await people.record(conn, "account.set_role", detail, at=clock.now())


async def set_reach(
    conn: Conn, account: Account, *, largest: Reach | None, default: Reach | None
) -> None:
    """Narrowing the maximum narrows the default with it."""
    largest = largest or account.max_reach.widest(default or Reach.INTERNAL)
    default = (default or account.default_reach).narrowest(largest)
    await people.set_reach(conn, account.id, largest=largest, default=default)
    detail = {"account": account.username, "max": largest.value, "default": default.value}
    await people.record(conn, "account.set_reach", detail, at=clock.now())


async def allow_outside_direct(conn: Conn, account: Account, allowed: bool) -> None:
    await people.set_outside_direct(conn, account.id, allowed)
    detail = {"account": account.username, "outside_direct": allowed}
    await people.record(conn, "account.allow", detail, at=clock.now())


async def grant(conn: Conn, company: Account, employee: Account, role: DeskRole) -> None:
    if company.kind is not Kind.COMPANY:
        raise Invalid(f"{company.username} is no company account.")
    if employee.kind is not Kind.EMPLOYEE:
        raise Invalid(f"{employee.username} is no employee.")
    now = clock.now()
    await desk.grant(conn, company.id, employee.id, role, at=now)
    await _record_desk(conn, "desk.grant", company, employee, role.value)


async def revoke(conn: Conn, company: Account, employee: Account) -> None:
    if not await desk.revoke(conn, company.id, employee.id):
        raise Invalid(f"{employee.username} has no desk role on {company.username}.")
    await _record_desk(conn, "desk.revoke", company, employee, None)


async def _record_desk(
    conn: Conn, deed: str, company: Account, employee: Account, role: str | None
) -> None:
    detail = {"company": company.username, "employee": employee.username, "role": role}
    await people.record(conn, deed, detail, at=clock.now())


def _check_name(username: str, settings: Settings) -> None:
    if not NAME.fullmatch(username):
        raise Invalid("A name has 1 to 30 letters, digits or underscores.")
    if is_reserved(username, settings.host):
        raise Invalid(f"The name {username} is reserved.")


def local_account(
    settings: Settings, username: str, kind: Kind, uri: str, now: datetime
) -> Account:
    """An account of ours before anybody decided anything about it.  `uri` survives renames."""
    return Account(
        id=ids.new(),
        uri=uri,
        username=username,
        domain=None,
        kind=kind,
        display_name="",
        note="",
        note_source="",
        fields=[],
        url=f"{settings.origin}/@{username}",
        inbox=f"{uri}/inbox",
        shared_inbox=f"{settings.origin}/inbox",
        followers_uri=f"{uri}/followers",
        locked=False,
        bot=kind is Kind.SERVICE,
        discoverable=False,
        avatar=None,
        header=None,
        avatar_remote=None,
        header_remote=None,
        role=Role.EMPLOYEE,
        max_reach=Reach.INTERNAL,
        default_reach=Reach.INTERNAL,
        require_word=False,
        outside_direct=False,
        created_at=now,
        last_status_at=None,
        suspended_at=None,
        moved_to_uri=None,
        statuses_count=0,
        followers_count=0,
        following_count=0,
    )


def _reaches(kind: Kind, largest: Reach | None, default: Reach | None) -> tuple[Reach, Reach]:
    usual = Reach.PUBLIC if kind is Kind.COMPANY else Reach.INTERNAL
    largest = largest or usual.widest(default or Reach.INTERNAL)
    default = default or usual.narrowest(largest)
    if default.rank > largest.rank:
        raise Invalid("The default reach cannot be wider than the maximum reach.")
    return largest, default


async def _hash_for(kind: Kind, password: str | None) -> str | None:
    """Only humans sign in; who acts for the other kinds does so as a human."""
    return await passwords.hashed(_strong(password or "")) if kind is Kind.EMPLOYEE else None


def _strong(password: str) -> str:
    if len(password) < SHORTEST_PASSWORD:
        raise Invalid(f"A password has at least {SHORTEST_PASSWORD} characters.")
    return password
