"""SQL for peers and the mode: what we agreed with other servers."""

from collections.abc import Sequence
from datetime import datetime

from fedi.model.event import Event, Kind
from fedi.model.peer import Direction, Mode, Peer, Trust
from fedi.policy.directory import Directory
from fedi.store import Conn, Row, announce

COLUMNS = "domain, subdomains, trust, direction, slug, accounts, paused, expires_at, owner, reason"
# An account's handle may live on another domain than its server (D-5): both names count (L-3).
HOST_OF_URI = "lower(split_part(uri, '/', 3))"


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


async def hosts(conn: Conn) -> set[str]:
    """Every server that we follow, are followed by, or are about to send to, by all its names."""
    rows = await conn.fetch(
        f"""
        SELECT domain AS host FROM accounts WHERE domain IS NOT NULL
        UNION SELECT {HOST_OF_URI} FROM accounts WHERE domain IS NOT NULL
        UNION SELECT host FROM deliveries
        UNION SELECT lower(split_part(inbox, '/', 3)) FROM deliveries
        """
    )
    return {row["host"] for row in rows}


async def cancel_deliveries(conn: Conn, hosts: Sequence[str]) -> int:
    """Drop what waits for `hosts` (L-7).  How many; what is under way is asked about once more."""
    tag = await conn.execute(
        """
        DELETE FROM deliveries
         WHERE host = ANY($1) OR lower(split_part(inbox, '/', 3)) = ANY($1)
            OR inbox IN (SELECT unnest(ARRAY[inbox, shared_inbox]) FROM accounts
                          WHERE domain = ANY($1))
        """,
        hosts,
    )
    return int(tag.rpartition(" ")[2])


async def sever(conn: Conn, hosts: Sequence[str]) -> int:
    """End every follow between us and accounts of `hosts`, whichever way (L-7).  How many.

    Homes lose what came by such a follow, and counters count it no more.
    """
    number: int = await conn.fetchval(
        f"""
        WITH theirs AS (
            SELECT id FROM accounts WHERE domain IS NOT NULL
               AND (domain = ANY($1) OR {HOST_OF_URI} = ANY($1))),
        gone AS (
            DELETE FROM follows
             WHERE follower_id IN (SELECT id FROM theirs) OR followed_id IN (SELECT id FROM theirs)
            RETURNING follower_id, followed_id, accepted),
        homes AS (
            DELETE FROM home_entries h USING gone
             WHERE h.account_id = gone.follower_id AND h.via_id = gone.followed_id),
        counts AS (
            SELECT id, sum(following)::int AS following, sum(followers)::int AS followers
              FROM (SELECT follower_id AS id, 1 AS following, 0 AS followers
                      FROM gone WHERE accepted
                    UNION ALL
                    SELECT followed_id, 0, 1 FROM gone WHERE accepted) AS ends
             GROUP BY id),
        counted AS (
            UPDATE accounts a
               SET following_count = greatest(0, a.following_count - c.following),
                   followers_count = greatest(0, a.followers_count - c.followers)
              FROM counts c WHERE a.id = c.id)
        SELECT count(*) FROM gone
        """,
        hosts,
    )
    return number
