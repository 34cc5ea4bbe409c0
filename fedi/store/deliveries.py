"""SQL for the delivery queue: what waits for whom.  Claiming and settling is in courier.py."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from fedi import ids
from fedi.model.event import Event, Kind
from fedi.model.reach import Reach
from fedi.policy.release import Released
from fedi.store import Conn, announce


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """One activity as bytes, built once and signed at each attempt (X-3)."""

    uri: str
    type: str
    actor_id: int
    status_id: int | None
    object_uri: str
    reach: Reach
    reach_domains: tuple[str, ...] | None
    body: bytes


@dataclass(frozen=True, slots=True)
class Recipient:
    host: str
    inbox: str


async def enqueue(
    conn: Conn, letter: Letter, parcels: Sequence[Released], *, now: datetime, due: datetime
) -> None:
    """Queue `letter` for every inbox that the door released: three statements, however many."""
    if not parcels:
        return
    outbound_id = await _keep(conn, letter, now)
    await conn.execute(
        """
        INSERT INTO deliveries (id, host, inbox, outbound_id, object_uri, due_at)
        SELECT id, host, inbox, $4, $5, $6
          FROM unnest($1::bigint[], $2::text[], $3::text[]) AS d (id, host, inbox)
        """,
        [ids.new() for _ in parcels],
        [parcel.host for parcel in parcels],
        [parcel.inbox for parcel in parcels],
        outbound_id,
        letter.object_uri,
        due,
    )
    await _wake_hosts(conn, sorted({parcel.host for parcel in parcels}), due)
    announce(conn, Event(Kind.DELIVERY))


async def followers_of(conn: Conn, account_id: int) -> list[Recipient]:
    """The inboxes that reach all remote followers: one per host where it shares one (X-2)."""
    rows = await conn.fetch(
        """
        SELECT DISTINCT a.domain AS host, coalesce(a.shared_inbox, a.inbox) AS inbox
          FROM follows f JOIN accounts a ON a.id = f.follower_id
         WHERE f.followed_id = $1 AND f.accepted AND a.domain IS NOT NULL
           AND a.suspended_at IS NULL
        """,
        account_id,
    )
    return [Recipient(**row) for row in rows]


async def named_in(conn: Conn, status_id: int, open_: bool) -> list[Recipient]:
    """Whom a status names, and, if it is open to read, whom it answers or boosts (X-1)."""
    rows = await conn.fetch(
        """
        SELECT DISTINCT a.domain AS host, coalesce(a.shared_inbox, a.inbox) AS inbox
          FROM (SELECT account_id FROM mentions WHERE status_id = $1 AND shown
                UNION
                SELECT o.author_id FROM statuses s
                  JOIN statuses o ON o.id IN (s.in_reply_to_id, s.reblog_of_id)
                 WHERE s.id = $1 AND $2) AS named
          JOIN accounts a ON a.id = named.account_id
         WHERE a.domain IS NOT NULL AND a.suspended_at IS NULL
        """,
        status_id,
        open_,
    )
    return [Recipient(**row) for row in rows]


async def had(conn: Conn, object_uri: str) -> list[Recipient]:
    """Everyone it was delivered to, or is on its way to: they get its Update and Delete (X-1)."""
    rows = await conn.fetch(
        """
        SELECT host, inbox FROM delivery_log WHERE object_uri = $1
        UNION
        SELECT host, inbox FROM deliveries WHERE object_uri = $1
        """,
        object_uri,
    )
    return [Recipient(**row) for row in rows]


async def cancel_unsent(conn: Conn, object_uri: str) -> None:
    """Drop what was never tried: nobody can have it."""
    await conn.execute("DELETE FROM deliveries WHERE object_uri = $1 AND attempts = 0", object_uri)


async def _keep(conn: Conn, letter: Letter, now: datetime) -> int:
    outbound_id = ids.new()
    await conn.execute(
        """
        INSERT INTO outbound (id, uri, type, actor_id, status_id, object_uri, reach, reach_domains,
                              body, created_at)
        VALUES ($1,$2,$3,$4,$5,$6,$7::reach,$8,$9,$10)
        """,
        outbound_id,
        letter.uri,
        letter.type,
        letter.actor_id,
        letter.status_id,
        letter.object_uri,
        letter.reach.value,
        None if letter.reach_domains is None else list(letter.reach_domains),
        letter.body,
        now,
    )
    return outbound_id


async def _wake_hosts(conn: Conn, hosts: Sequence[str], due: datetime) -> None:
    """Sorted by the caller: two posts at once must not lock each other's hosts crosswise."""
    await conn.execute(
        """
        INSERT INTO delivery_hosts AS h (host, due_at) SELECT unnest($1::text[]), $2
        ON CONFLICT (host) DO UPDATE
           SET due_at = least(h.due_at, greatest(excluded.due_at, h.open_until))
        """,
        hosts,
        due,
    )
