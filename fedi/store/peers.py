"""SQL for peers and the mode: what we agreed with other servers."""

from datetime import datetime

from fedi.model.event import Event, Kind
from fedi.model.peer import Direction, Mode, Peer, Trust
from fedi.policy.directory import Directory
from fedi.store import Conn, Row, announce

COLUMNS = "domain, subdomains, trust, direction, slug, accounts, paused, expires_at, owner, reason"


def peer_of(row: Row) -> Peer:
    accounts = row["accounts"]
    return Peer(
        domain=row["domain"],
        subdomains=row["subdomains"],
        trust=Trust(row["trust"]),
        direction=Direction(row["direction"]),
        slug=row["slug"],
        accounts=None if accounts is None else frozenset(accounts),
        paused=row["paused"],
        expires_at=row["expires_at"],
        owner=row.get("owner") or "",
        reason=row.get("reason") or "",
    )


async def directory(conn: Conn) -> Directory:
    """The whole list, as this transaction sees it: a peer removed a moment ago is gone."""
    rows = await conn.fetch(f"SELECT {COLUMNS} FROM peers ORDER BY domain")
    return Directory(await mode(conn), [peer_of(row) for row in rows])


async def mode(conn: Conn) -> Mode:
    return Mode(await conn.fetchval("SELECT value #>> '{}' FROM settings WHERE name = 'mode'"))


async def set_mode(conn: Conn, value: Mode, *, at: datetime) -> None:
    await conn.execute(
        """
        INSERT INTO settings (name, value, changed_at) VALUES ('mode', to_jsonb($1::text), $2)
        ON CONFLICT (name) DO UPDATE SET value = excluded.value, changed_at = $2
        """,
        value.value,
        at,
    )
    announce(conn, Event(Kind.POLICY))


async def find(conn: Conn, domain: str) -> Peer | None:
    row = await conn.fetchrow(f"SELECT {COLUMNS} FROM peers WHERE domain = $1", domain)
    return peer_of(row) if row else None


async def put(conn: Conn, peer: Peer, *, at: datetime) -> None:
    """Add or replace the entry for `peer.domain`."""
    await conn.execute(
        """
        INSERT INTO peers (domain, subdomains, trust, direction, slug, accounts, paused,
                           expires_at, owner, reason, created_at, changed_at)
        VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$11)
        ON CONFLICT (domain) DO UPDATE SET
               subdomains = $2, trust = $3, direction = $4, slug = $5, accounts = $6, paused = $7,
               expires_at = $8, owner = $9, reason = $10, changed_at = $11
        """,
        peer.domain,
        peer.subdomains,
        peer.trust.value,
        peer.direction.value,
        peer.slug,
        None if peer.accounts is None else sorted(peer.accounts),
        peer.paused,
        peer.expires_at,
        peer.owner,
        peer.reason,
        at,
    )
    announce(conn, Event(Kind.POLICY))


async def remove(conn: Conn, domain: str) -> bool:
    """False when there was no such entry."""
    tag = await conn.execute("DELETE FROM peers WHERE domain = $1", domain)
    announce(conn, Event(Kind.POLICY))
    return tag == "DELETE 1"
