"""What an organisation has from its first start: a mode, secrets, and accounts of its own.

Safe to repeat, and however many processes start together.
"""

import asyncio
import secrets as random

from cryptography.fernet import Fernet
from msgspec.structs import replace

from fedi import clock, ids
from fedi.actions.people import local_account
from fedi.activitypub import keys
from fedi.config import Settings
from fedi.model.account import Account, Kind
from fedi.model.reach import Reach
from fedi.store import Conn, accounts, secrets, settings_table

SERVICES = {
    "fedi": Reach.INTERNAL,  # speaks for the server
    "desk": Reach.INTERNAL,  # brings held posts to approvers
    "reader": Reach.PUBLIC,  # follows outsiders on behalf of inside personas
}


async def ensure(conn: Conn, settings: Settings) -> None:
    """Make what is missing; what stands stays."""
    now = clock.now()
    await settings_table.lock(conn)
    for name, made in (
        ("bus", Fernet.generate_key()),
        ("media", random.token_bytes(32)),
        ("cookies", random.token_bytes(32)),
    ):
        await secrets.keep(conn, name, made)
    for name, value in (("mode", settings.federation), ("title", settings.domain)):
        await settings_table.keep(conn, name, value, at=now)
    if not await settings_table.has(conn, "instance_actor"):
        await _make_accounts(conn, settings)


async def _make_accounts(conn: Conn, settings: Settings) -> None:
    now = clock.now()
    name = settings.host.partition(":")[0]
    actor = local_account(settings, name, Kind.SERVICE, f"{settings.origin}/ap/actor", now)
    await _add(conn, actor, Reach.PUBLIC)
    await settings_table.keep(conn, "instance_actor", actor.id, at=now)
    for username, reach in SERVICES.items():
        uri = f"{settings.origin}/ap/actors/{ids.token()}"
        await _add(conn, local_account(settings, username, Kind.SERVICE, uri, now), reach)


async def _add(conn: Conn, account: Account, reach: Reach) -> None:
    private_pem, public_pem = await asyncio.to_thread(keys.generate)
    await accounts.add_local(
        conn,
        replace(account, max_reach=reach, default_reach=reach),
        key_id=f"{account.uri}#main-key",
        public_pem=public_pem,
        private_pem=private_pem,
    )
