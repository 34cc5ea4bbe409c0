"""SQL for what could not be delivered or applied, and for looking into both queues.

A dead delivery keeps its id, and so its place in the order when it is put back.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import orjson

from fedi.model.event import Event, Kind
from fedi.store import Conn, Row, announce


@dataclass(frozen=True, slots=True, kw_only=True)
class Peer:
    """What waits from and for one host, and how it has answered."""

    host: str
    inbound: int
    deliveries: int
    dead_letters: int
    due_at: datetime | None
    failing_since: datetime | None
    open_until: datetime | None
    last_success: datetime | None
    last_error: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadLetter:
    id: int
    way: str  # inbound delivery
    host: str
    activity: str | None  # type; None where only the body would tell
    object_uri: str | None
    inbox: str | None
    reason: str
    attempts: int
    at: datetime


async def overview(conn: Conn, host: str | None = None) -> list[Peer]:
    """Every host that something waits for, or that is failing; or only `host`."""
    rows = await conn.fetch(
        """
        WITH i AS (SELECT host, count(*) AS n FROM inbound GROUP BY host),
             d AS (SELECT host, count(*) AS n FROM deliveries GROUP BY host),
             l AS (SELECT host, count(*) AS n FROM dead_letters GROUP BY host)
        SELECT host, coalesce(i.n, 0) AS inbound, coalesce(d.n, 0) AS deliveries,
               coalesce(l.n, 0) AS dead_letters, h.due_at, h.failing_since, h.open_until,
               h.last_success, h.last_error
          FROM i FULL JOIN d USING (host) FULL JOIN l USING (host)
               FULL JOIN delivery_hosts h USING (host)
         WHERE (i.n > 0 OR d.n > 0 OR l.n > 0 OR h.fails > 0) AND ($1::text IS NULL OR host = $1)
         ORDER BY host
        """,
        host,
    )
    return [Peer(**row) for row in rows]


async def listed(conn: Conn, host: str | None, *, limit: int) -> list[DeadLetter]:
    """The newest dead letters of `host`, or of all."""
    rows = await conn.fetch(
        """
        SELECT l.id, l.way, l.host, o.type AS activity, o.object_uri, l.inbox, l.reason,
               l.attempts, l.at
          FROM dead_letters l LEFT JOIN outbound o ON o.id = l.outbound_id
         WHERE $1::text IS NULL OR l.host = $1 ORDER BY l.at DESC, l.id DESC LIMIT $2
        """,
        host,
        limit,
    )
    return [DeadLetter(**row) for row in rows]


async def bury(
    conn: Conn, delivery_ids: Sequence[int], reasons: Sequence[str], *, at: datetime
) -> None:
    """Give these deliveries up; `reasons` stand in the same order."""
    await conn.execute(
        """
        WITH gone AS (DELETE FROM deliveries d USING unnest($1::bigint[], $2::text[]) AS f (id, why)
                       WHERE d.id = f.id
                      RETURNING d.id, d.host, d.inbox, d.outbound_id, d.attempts, f.why)
        INSERT INTO dead_letters (id, way, host, inbox, outbound_id, reason, attempts, at)
        SELECT id, 'delivery', host, inbox, outbound_id, why, attempts, $3 FROM gone
        """,
        delivery_ids,
        reasons,
        at,
    )


async def bury_hosts(conn: Conn, hosts: Sequence[str], *, at: datetime) -> None:
    """Give up all that waits for hosts that have been dead for days."""
    await conn.execute(
        """
        WITH gone AS (DELETE FROM deliveries WHERE host = ANY($1)
                      RETURNING id, host, inbox, outbound_id, attempts, error)
        INSERT INTO dead_letters (id, way, host, inbox, outbound_id, reason, attempts, at)
        SELECT id, 'delivery', host, inbox, outbound_id,
               concat_ws(': ', 'server dead', error), attempts, $2 FROM gone
        """,
        hosts,
        at,
    )


async def retry(conn: Conn, host: str | None, *, now: datetime) -> tuple[int, int]:
    """Put dead letters of `host`, or all, back into their queues: (inbound, deliveries).

    Their attempts start anew and their hosts are tried at once.  A delivery whose letter is gone
    with its author cannot come back; it is forgotten.
    """
    rows = await conn.fetch(
        "DELETE FROM dead_letters WHERE $1::text IS NULL OR host = $1 RETURNING *", host
    )
    inbound = [row for row in rows if row["way"] == "inbound"]
    await _receive_again(conn, inbound, now)
    delivered = await _deliver_again(conn, [row for row in rows if row["way"] == "delivery"], now)
    return len(inbound), delivered


async def drop(conn: Conn, host: str | None) -> int:
    """Forget the dead letters of `host`, or all."""
    tag = await conn.execute("DELETE FROM dead_letters WHERE $1::text IS NULL OR host = $1", host)
    return _count(tag)


async def forget_letters(conn: Conn, *, before: datetime) -> int:
    """Delete letters older than `before` that nobody waits for any more.  How many."""
    tag = await conn.execute(
        """
        DELETE FROM outbound o WHERE created_at < $1
           AND NOT EXISTS (SELECT FROM deliveries d WHERE d.outbound_id = o.id)
           AND NOT EXISTS (SELECT FROM dead_letters l WHERE l.outbound_id = o.id)
        """,
        before,
    )
    return _count(tag)


async def _receive_again(conn: Conn, rows: Sequence[Row], now: datetime) -> None:
    if not rows:
        return
    await conn.execute(
        """
        INSERT INTO inbound (id, host, signer, activity_id, body, received_at, due_at)
        SELECT id, host, signer, activity_id, body, at, $7
          FROM unnest($1::bigint[], $2::text[], $3::text[], $4::text[], $5::bytea[],
                      $6::timestamptz[]) AS l (id, host, signer, activity_id, body, at)
        """,
        [row["id"] for row in rows],
        [row["host"] for row in rows],
        [row["signer"] for row in rows],
        [str(orjson.loads(row["body"]).get("id", "")) for row in rows],
        [row["body"] for row in rows],
        [row["at"] for row in rows],
        now,
    )
    announce(conn, Event(Kind.INBOUND))


async def _deliver_again(conn: Conn, rows: Sequence[Row], now: datetime) -> int:
    if not rows:
        return 0
    tag = await conn.execute(
        """
        INSERT INTO deliveries (id, host, inbox, outbound_id, object_uri, due_at)
        SELECT l.id, l.host, l.inbox, o.id, o.object_uri, $5
          FROM unnest($1::bigint[], $2::text[], $3::text[], $4::bigint[])
            AS l (id, host, inbox, outbound_id)
          JOIN outbound o ON o.id = l.outbound_id
        """,
        [row["id"] for row in rows],
        [row["host"] for row in rows],
        [row["inbox"] for row in rows],
        [row["outbound_id"] for row in rows],
        now,
    )
    await conn.execute(
        """
        INSERT INTO delivery_hosts AS h (host, due_at) SELECT unnest($1::text[]), $2
        ON CONFLICT (host) DO UPDATE SET due_at = $2, open_until = NULL
        """,
        sorted({row["host"] for row in rows}),
        now,
    )
    announce(conn, Event(Kind.DELIVERY))
    return _count(tag)


def _count(tag: str) -> int:
    return int(tag.rpartition(" ")[2])
