"""SQL for decisions: every answer of a door and the rule that gave it."""

from collections.abc import Sequence
from datetime import datetime

from fedi import ids
from fedi.model.decision import Decision
from fedi.store import Conn


async def record(conn: Conn, decisions: Sequence[Decision], *, at: datetime) -> None:
    """One statement, however many."""
    if not decisions:
        return
    await conn.execute(
        """
        INSERT INTO decisions (id, at, door, host, activity, account_id, object_uri, allow, rule)
        SELECT id, $2, door, host, activity, account_id, object_uri, allow, rule
          FROM unnest($1::bigint[], $3::text[], $4::text[], $5::text[], $6::bigint[], $7::text[],
                      $8::bool[], $9::text[])
            AS d (id, door, host, activity, account_id, object_uri, allow, rule)
        """,
        [ids.new() for _ in decisions],
        at,
        [d.door for d in decisions],
        [d.host for d in decisions],
        [d.activity for d in decisions],
        [d.account_id for d in decisions],
        [d.object_uri for d in decisions],
        [d.allow for d in decisions],
        [d.rule for d in decisions],
    )


async def refused(conn: Conn, host: str, rule: str) -> bool:
    """Whether a door ever refused `host` by this rule, as far back as is kept."""
    found = await conn.fetchval(
        "SELECT true FROM decisions WHERE host = $1 AND rule = $2 AND NOT allow LIMIT 1", host, rule
    )
    return bool(found)
