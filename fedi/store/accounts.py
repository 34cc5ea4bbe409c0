"""SQL for accounts: who there is."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from enum import StrEnum

from fedi import ids
from fedi.errors import NotFound
from fedi.model.account import Account, Kind, Role
from fedi.model.reach import Reach
from fedi.store import Conn, Row

COLUMNS = ", ".join(Account.__struct_fields__)
REACHES = {reach.value: reach for reach in Reach}


def account_of(row: Row) -> Account:
    """The row of `SELECT {COLUMNS}` (others may follow) as an Account."""
    values = list(row[: len(_NAMES)])
    for at, members in _ENUMS:
        values[at] = members[values[at]]
    return Account(*values)


# By place, and looked up: a page has hundreds of fields, and a tenth of the time is enough.
_NAMES = Account.__struct_fields__
_ENUMS: tuple[tuple[int, Mapping[str, StrEnum]], ...] = (
    (_NAMES.index("kind"), {kind.value: kind for kind in Kind}),
    (_NAMES.index("role"), {role.value: role for role in Role}),
    (_NAMES.index("max_reach"), REACHES),
    (_NAMES.index("default_reach"), REACHES),
)


async def find(conn: Conn, account_id: int) -> Account | None:
    row = await conn.fetchrow(f"SELECT {COLUMNS} FROM accounts WHERE id = $1", account_id)
    return account_of(row) if row else None


async def by_id(conn: Conn, account_id: int) -> Account:
    """Raises NotFound."""
    return _found(await find(conn, account_id))


async def by_ids(conn: Conn, account_ids: Iterable[int]) -> dict[int, Account]:
    rows = await conn.fetch(
        f"SELECT {COLUMNS} FROM accounts WHERE id = ANY($1)", list(set(account_ids))
    )
    return {row["id"]: account_of(row) for row in rows}


async def find_by_uri(conn: Conn, uri: str) -> Account | None:
    row = await conn.fetchrow(f"SELECT {COLUMNS} FROM accounts WHERE uri = $1", uri)
    return account_of(row) if row else None


async def by_uris(conn: Conn, uris: Iterable[str]) -> dict[str, Account]:
    rows = await conn.fetch(f"SELECT {COLUMNS} FROM accounts WHERE uri = ANY($1)", list(set(uris)))
    return {row["uri"]: account_of(row) for row in rows}


async def find_local(conn: Conn, username: str) -> Account | None:
    row = await conn.fetchrow(
        f"SELECT {COLUMNS} FROM accounts WHERE domain IS NULL AND lower(username) = lower($1)",
        username,
    )
    return account_of(row) if row else None


async def find_remote(conn: Conn, username: str, domain: str) -> Account | None:
    """Suspended ones too."""
    row = await conn.fetchrow(
        f"SELECT {COLUMNS} FROM accounts WHERE lower(username) = lower($1) AND domain = $2",
        username,
        domain,
    )
    return account_of(row) if row else None


async def local(conn: Conn, username: str) -> Account:
    """Raises NotFound."""
    return _found(await find_local(conn, username))


async def by_handles(
    conn: Conn, handles: Sequence[tuple[str, str | None]]
) -> dict[tuple[str, str | None], Account]:
    """Known accounts for (username, domain or None for ours), keyed in lower case."""
    rows = await conn.fetch(
        f"""
        SELECT {COLUMNS} FROM accounts a
          JOIN unnest($1::text[], $2::text[]) AS h (name, host)
            ON lower(a.username) = h.name AND a.domain IS NOT DISTINCT FROM h.host
         WHERE a.suspended_at IS NULL
        """,
        [name.lower() for name, _ in handles],
        [host.lower() if host else None for _, host in handles],
    )
    return {(row["username"].lower(), row["domain"]): account_of(row) for row in rows}


async def add_local(
    conn: Conn, account: Account, *, key_id: str, public_pem: str, private_pem: str
) -> bool:
    """A new account of ours with its keys.  False when the name is taken."""
    inserted = await conn.fetchval(
        """
        INSERT INTO accounts (id, uri, username, kind, display_name, note, fields, url, inbox,
                              shared_inbox, followers_uri, locked, bot, discoverable, role,
                              max_reach, default_reach, created_at)
        VALUES ($1,$2,$3,$4,$5,'','[]',$6,$7,$8,$9,$10,$11,$12,$13,$14::reach,$15::reach,$16)
        ON CONFLICT DO NOTHING RETURNING true
        """,
        account.id,
        account.uri,
        account.username,
        account.kind.value,
        account.display_name,
        account.url,
        account.inbox,
        account.shared_inbox,
        account.followers_uri,
        account.locked,
        account.bot,
        account.discoverable,
        account.role.value,
        account.max_reach.value,
        account.default_reach.value,
        account.created_at,
    )
    if inserted:
        await add_key(
            conn, key_id, account.id, public_pem, private_pem=private_pem, at=account.created_at
        )
    return bool(inserted)


async def add_key(
    conn: Conn,
    key_id: str,
    account_id: int,
    public_pem: str,
    *,
    private_pem: str | None = None,
    at: datetime,
) -> None:
    """Bind a key.  A key id that is bound to another account stays there (S-13)."""
    await conn.execute(
        """
        INSERT INTO account_keys (key_id, account_id, public_pem, private_pem, fetched_at)
        VALUES ($1, $2, $3, $4, $5)
        ON CONFLICT (key_id) DO UPDATE SET public_pem = $3, fetched_at = $5
         WHERE account_keys.account_id = $2
        """,
        key_id,
        account_id,
        public_pem,
        private_pem,
        at,
    )


async def signing_keys(conn: Conn, account_ids: Iterable[int]) -> dict[int, tuple[str, str]]:
    """{account id: (key id, private PEM)} of our own actors."""
    rows = await conn.fetch(
        """
        SELECT account_id, key_id, private_pem FROM account_keys
         WHERE account_id = ANY($1) AND private_pem IS NOT NULL
        """,
        list(set(account_ids)),
    )
    return {row["account_id"]: (row["key_id"], row["private_pem"]) for row in rows}


async def save_remote(conn: Conn, account: Account, *, fetched_at: datetime) -> Account:
    """Add or refresh a remote actor, by its id (D-8: a rename is legal).  Returns what stands.

    Rows of ours are never touched.
    """
    row = await conn.fetchrow(
        f"""
        INSERT INTO accounts AS a (id, uri, username, domain, kind, display_name, note, fields, url,
                                   inbox, shared_inbox, followers_uri, locked, bot, discoverable,
                                   avatar_remote, header_remote, created_at, moved_to_uri,
                                   fetched_at)
        VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12,$13,$14,$15,$16,$17,$18,$19,$20)
        ON CONFLICT (uri) DO UPDATE SET
               username = $3, kind = $5, display_name = $6, note = $7, fields = $8, url = $9,
               inbox = $10, shared_inbox = $11, followers_uri = $12, locked = $13, bot = $14,
               discoverable = $15, avatar_remote = $16, header_remote = $17, moved_to_uri = $19,
               fetched_at = $20
         WHERE a.domain IS NOT NULL
        RETURNING {COLUMNS}
        """,
        account.id or ids.new(),
        account.uri,
        account.username,
        account.domain,
        account.kind.value,
        account.display_name,
        account.note,
        account.fields,
        account.url,
        account.inbox,
        account.shared_inbox,
        account.followers_uri,
        account.locked,
        account.bot,
        account.discoverable,
        account.avatar_remote,
        account.header_remote,
        account.created_at,
        account.moved_to_uri,
        fetched_at,
    )
    if row is None:
        raise NotFound
    return account_of(row)


def _found(account: Account | None) -> Account:
    if account is None:
        raise NotFound
    return account
