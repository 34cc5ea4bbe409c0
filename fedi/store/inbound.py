"""SQL for what came in: activities on their way to the handlers, and what must be remembered.

Writes: inbound, decisions, handled, undone, dead_letters.
"""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from fedi import ids
from fedi.policy.admit import Admitted
from fedi.policy.verdict import ALLOWED
from fedi.store import Conn, Row

REMEMBER_UNDONE = timedelta(hours=6)


@dataclass(frozen=True, slots=True)
class Waiting:
    """An accepted activity that was not applied yet."""

    id: int
    host: str
    signer: str
    activity_id: str
    body: bytes
    received_at: datetime
    attempts: int


async def append(conn: Conn, rows: Sequence[Admitted], *, at: datetime) -> None:
    """Keep `rows`, and that they were let in, as one statement, which is its own transaction.

    Runs on the outside login, which may insert and nothing else.  The order of `rows` is kept in
    `due_at`: ids of one millisecond are scrambled.
    """
    await conn.execute(
        """
        WITH i AS (
            SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::text[], $4::text[], $5::text[],
                                 $6::text[], $7::text[], $8::bytea[]) WITH ORDINALITY
                AS i (id, decision, host, signer, activity_id, type, object_uri, body, nth)),
        let_in AS (
            INSERT INTO decisions (id, at, door, host, activity, object_uri, allow, rule)
            SELECT decision, $9::timestamptz, 'admit', host, type, nullif(object_uri, ''), true, $10
              FROM i)
        INSERT INTO inbound (id, host, signer, activity_id, body, received_at, due_at)
        SELECT id, host, signer, activity_id, body, $9, $9 + nth * interval '1 microsecond' FROM i
        ON CONFLICT DO NOTHING
        """,
        [ids.new() for _ in rows],
        [ids.new() for _ in rows],
        [row.host for row in rows],
        [row.signer for row in rows],
        [row.activity_id for row in rows],
        [row.type for row in rows],
        [row.object_uri for row in rows],
        [row.body for row in rows],
        at,
        ALLOWED,
    )


async def due(conn: Conn, *, now: datetime, limit: int) -> list[Waiting]:
    """The eldest whose time has come, locked for this transaction; others' are passed over."""
    rows = await conn.fetch(
        """
        SELECT id, host, signer, activity_id, body, received_at, attempts FROM inbound
         WHERE due_at <= $1 ORDER BY due_at, id LIMIT $2 FOR UPDATE SKIP LOCKED
        """,
        now,
        limit,
    )
    return [_waiting(row) for row in rows]


async def again(conn: Conn, waiting_ids: Sequence[int]) -> list[Waiting]:
    """Those of `waiting_ids` that still wait and nobody else has in hand, locked."""
    rows = await conn.fetch(
        """
        SELECT id, host, signer, activity_id, body, received_at, attempts FROM inbound
         WHERE id = ANY($1) ORDER BY id FOR UPDATE SKIP LOCKED
        """,
        waiting_ids,
    )
    return [_waiting(row) for row in rows]


async def postpone(conn: Conn, waiting_ids: Sequence[int], *, until: datetime) -> None:
    await conn.execute("UPDATE inbound SET due_at = $2 WHERE id = ANY($1)", waiting_ids, until)


async def failed(conn: Conn, waiting: Waiting, *, due_at: datetime) -> None:
    """It raised: one attempt more, and not before `due_at`."""
    await conn.execute(
        "UPDATE inbound SET attempts = attempts + 1, due_at = $2 WHERE id = $1", waiting.id, due_at
    )


async def done(conn: Conn, waiting_ids: Sequence[int]) -> None:
    """Applied in this same transaction."""
    await conn.execute("DELETE FROM inbound WHERE id = ANY($1)", waiting_ids)


async def bury(conn: Conn, waiting: Waiting, *, reason: str, at: datetime) -> None:
    """Give up: the body stays among the dead letters, with the lines that raised."""
    await conn.execute(
        """
        INSERT INTO dead_letters (id, way, host, signer, body, reason, attempts, at)
        VALUES ($1, 'inbound', $2, $3, $4, $5, $6, $7)
        """,
        ids.new(),
        waiting.host,
        waiting.signer,
        waiting.body,
        reason,
        waiting.attempts + 1,
        at,
    )
    await done(conn, [waiting.id])


async def unhandled(
    conn: Conn, pairs: Sequence[tuple[str, str]], *, at: datetime
) -> set[tuple[str, str]]:
    """Those (signer, activity id) that never acted before; from now on they have (P-8)."""
    by_hash = {_hash(*pair): pair for pair in pairs}
    rows = await conn.fetch(
        """
        INSERT INTO handled (hash, at) SELECT unnest($1::bytea[]), $2
        ON CONFLICT DO NOTHING RETURNING hash
        """,
        sorted(by_hash),
        at,
    )
    return {by_hash[row["hash"]] for row in rows}


async def remember_undone(conn: Conn, actor_uri: str, activity_id: str, *, at: datetime) -> None:
    """Its original has not come yet: when it does, it is dropped."""
    await conn.execute(
        """
        INSERT INTO undone (actor_uri, activity_id, at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING
        """,
        actor_uri,
        activity_id,
        at,
    )


async def undone(
    conn: Conn, pairs: Iterable[tuple[str, str]], *, now: datetime
) -> set[tuple[str, str]]:
    """Those (actor, activity id) that were taken back before they came."""
    pairs = list(pairs)
    rows = await conn.fetch(
        """
        SELECT actor_uri, activity_id
          FROM unnest($1::text[], $2::text[]) AS p (actor_uri, activity_id)
          JOIN undone u USING (actor_uri, activity_id) WHERE u.at > $3
        """,
        [actor for actor, _ in pairs],
        [activity for _, activity in pairs],
        now - REMEMBER_UNDONE,
    )
    return {(row["actor_uri"], row["activity_id"]) for row in rows}


async def count(conn: Conn) -> int:
    """How many wait."""
    number: int = await conn.fetchval("SELECT count(*) FROM inbound")
    return number


def _hash(signer: str, activity_id: str) -> bytes:
    return hashlib.sha256(f"{signer}\n{activity_id}".encode()).digest()[:16]


def _waiting(row: Row) -> Waiting:
    return Waiting(**row)
