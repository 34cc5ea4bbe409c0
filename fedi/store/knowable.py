"""SQL for what a remote actor can know of: nobody answers, likes or boosts a post it cannot see.

Spec: federation.md W-3, L-8, section 7 (Like, Announce).
"""

from collections.abc import Iterable

from fedi.store import Conn

Pair = tuple[int, int]


async def among(conn: Conn, pairs: Iterable[Pair]) -> set[Pair]:
    """Those (remote account, status) where the account may see the status."""
    wanted = sorted(set(pairs))
    if not wanted:
        return set()
    rows = await conn.fetch(
        """
        SELECT v.id AS account_id, s.id AS status_id
          FROM unnest($1::bigint[], $2::bigint[]) AS p (account_id, status_id)
          JOIN accounts v ON v.id = p.account_id
          JOIN statuses s ON s.id = p.status_id
          JOIN accounts a ON a.id = s.author_id
         WHERE s.release = 'released' AND a.suspended_at IS NULL
           AND NOT EXISTS (SELECT FROM blocks WHERE blocker_id = a.id AND blocked_id = v.id)
           AND (s.author_id = v.id
             OR s.visibility <= 'unlisted' AND s.reach = 'public'
             OR NOT s.local AND a.domain = v.domain
             OR s.reach > 'internal' AND (
                EXISTS (SELECT FROM mentions WHERE status_id = s.id AND account_id = v.id)
                OR s.visibility <> 'direct'
                   AND (s.reach_domains IS NULL OR v.domain = ANY (s.reach_domains))
                   AND EXISTS (SELECT FROM follows WHERE follower_id = v.id
                                  AND followed_id = a.id AND accepted)))
        """,
        [account for account, _ in wanted],
        [status for _, status in wanted],
    )
    return {(row["account_id"], row["status_id"]) for row in rows}
