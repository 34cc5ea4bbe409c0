"""SQL for the courier: lease hosts, take what is due for them, write down what became of it.

One courier works for a host at a time.  A courier that dies gives back by the end of its lease, so
a crash at any moment repeats deliveries and loses none.  Locks are taken deliveries first, hosts
after, each in one order, so that it never waits in a circle with somebody who posts or deletes.

Spec: federation.md X-1, X-5, X-6.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from fedi.model.reach import Reach
from fedi.policy.directory import Directory
from fedi.store import Conn, Row, dead_letters, peers
from fedi.store.deliveries import Letter

LEASE = timedelta(seconds=60)
AT_ONCE = 20  # deliveries that one lease takes
LIMIT = 5  # failures in a row that open a host's circuit; then one delivery at a time probes it


@dataclass(frozen=True, slots=True)
class Health:
    """How a host has answered lately.  `fails` in a row, the first of them at `failing_since`."""

    fails: int = 0
    failing_since: datetime | None = None
    open_until: datetime | None = None  # nothing is tried before
    dead: bool = False  # what waits for it is given up


@dataclass(frozen=True, slots=True)
class Waiting:
    """One delivery in hand.  `attempts` counts the one that is about to be made."""

    id: int
    host: str
    inbox: str
    outbound_id: int
    attempts: int


@dataclass(frozen=True, slots=True)
class Claim:
    """A host that is ours until `until`, and what to bring there: each of another object."""

    host: str
    until: datetime
    health: Health
    waiting: tuple[Waiting, ...]


@dataclass(frozen=True, slots=True)
class Sealed:
    """A letter, and what has become of its author and its status since it was queued."""

    letter: Letter
    author_outside: bool  # the author still exists outside and is not suspended
    intact: bool  # its status, if it is about one, is still out there with the same reach


class End(StrEnum):
    SENT = "sent"
    FAILED = "failed"  # to be tried again
    DEAD = "dead"
    UNTRIED = "untried"


@dataclass(frozen=True, slots=True)
class Outcome:
    waiting: Waiting
    end: End
    error: str | None = None
    due_at: datetime | None = None  # FAILED only


@dataclass(frozen=True, slots=True)
class Done:
    """All that came of a claim."""

    claim: Claim
    outcomes: Sequence[Outcome]
    health: Health


async def claim(conn: Conn, *, now: datetime, most: int) -> list[Claim]:
    """Lease up to `most` hosts, longest due first, and take what may go to them now.

    An attempt counts from here, so whatever was never claimed was certainly never sent.
    """
    until = now + LEASE
    hosts = await conn.fetch(
        """
        UPDATE delivery_hosts h SET lease_until = $2
          FROM (SELECT host FROM delivery_hosts
                 WHERE due_at <= $1 AND (lease_until IS NULL OR lease_until <= $1)
                   AND (open_until IS NULL OR open_until <= $1)
                 ORDER BY due_at LIMIT $3 FOR UPDATE SKIP LOCKED) AS due
         WHERE h.host = due.host
        RETURNING h.host, h.fails, h.failing_since, h.open_until
        """,
        now,
        until,
        most,
    )
    waiting = await _take(conn, hosts, now) if hosts else {}
    return [
        Claim(
            row["host"],
            until,
            Health(row["fails"], row["failing_since"], row["open_until"]),
            tuple(waiting.get(row["host"], ())),
        )
        for row in hosts
    ]


async def sealed(conn: Conn, outbound_ids: Iterable[int]) -> dict[int, Sealed]:
    """The letters with these ids, and the facts for the second look at the door (X-2)."""
    rows = await conn.fetch(
        """
        SELECT o.id, o.uri, o.type, o.actor_id, o.status_id, o.object_uri, o.reach, o.reach_domains,
               o.body, a.max_reach > 'internal' AND a.suspended_at IS NULL AS author_outside,
               o.status_id IS NULL
               OR EXISTS (SELECT FROM outside.statuses s
                           WHERE s.id = o.status_id AND s.reach = o.reach
                             AND s.reach_domains IS NOT DISTINCT FROM o.reach_domains) AS intact
          FROM outbound o JOIN accounts a ON a.id = o.actor_id
         WHERE o.id = ANY($1)
        """,
        list(set(outbound_ids)),
    )
    return {row["id"]: _sealed(row) for row in rows}


async def directory(conn: Conn, hosts: Iterable[str]) -> Directory:
    """The entries that may speak for `hosts`: in a long list, the others would cost the most."""
    split = [host.split(".") for host in set(hosts)]
    names = {".".join(labels[at:]) for labels in split for at in range(len(labels))}
    query = f"SELECT {peers.COLUMNS} FROM peers WHERE domain = ANY($1)"
    rows = await conn.fetch(query, list(names))
    return Directory(await peers.mode(conn), map(peers.peer_of, rows))


async def drop(conn: Conn, delivery_ids: Sequence[int]) -> None:
    """Forget deliveries that the door refused."""
    if delivery_ids:
        await conn.execute("DELETE FROM deliveries WHERE id = ANY($1)", delivery_ids)


async def settle(conn: Conn, done: Sequence[Done], *, now: datetime) -> None:
    """Write down what came of claims, and free their hosts.  Safe to repeat."""
    ends: dict[End, list[Outcome]] = defaultdict(list)
    outcomes = (outcome for one in done for outcome in one.outcomes)
    for outcome in sorted(outcomes, key=lambda outcome: outcome.waiting.id):
        ends[outcome.end].append(outcome)
    if ends[End.SENT]:
        await _keep_sent(conn, ends[End.SENT], now)
    if ends[End.FAILED]:
        await _put_off(conn, ends[End.FAILED])
    if untried := _ids(ends[End.UNTRIED]):
        query = "UPDATE deliveries SET attempts = attempts - 1 WHERE id = ANY($1)"
        await conn.execute(query, untried)
    if dead := ends[End.DEAD]:
        await dead_letters.bury(conn, _ids(dead), [one.error or "" for one in dead], at=now)
    if hosts := [one.claim.host for one in done if one.health.dead]:
        await dead_letters.bury_hosts(conn, hosts, at=now)
    await _free(conn, sorted(done, key=lambda one: one.claim.host), now)


async def revive(conn: Conn, hosts: Collection[str]) -> None:
    """`hosts` have just proved that they live, by signed requests: close their circuits (X-5).

    Costs one index look-up each when they were never thought dead.
    """
    await conn.execute(
        f"""
        UPDATE delivery_hosts h
           SET fails = 0, failing_since = NULL, open_until = NULL, due_at = ({_NEXT})
         WHERE host = ANY($1) AND fails > 0
        """,
        sorted(hosts),
    )


# a delivery waits until the earlier letters about its object have left for its host.  The
# copies of one letter do not wait for each other.
_FIRST = """NOT EXISTS (SELECT FROM deliveries e
                         WHERE e.host = d.host AND e.object_uri = d.object_uri AND e.id < d.id
                           AND e.outbound_id <> d.outbound_id)"""
_NEXT = f"""SELECT d.due_at FROM deliveries d WHERE d.host = h.host AND {_FIRST}
             ORDER BY d.due_at LIMIT 1"""


async def _take(conn: Conn, hosts: Sequence[Row], now: datetime) -> dict[str, list[Waiting]]:
    rows = await conn.fetch(
        f"""
        UPDATE deliveries t SET attempts = t.attempts + 1
          FROM unnest($1::text[], $2::int[]) AS h (host, most)
               CROSS JOIN LATERAL
               (SELECT d.id FROM deliveries d
                 WHERE d.host = h.host AND d.due_at <= $3 AND {_FIRST}
                 ORDER BY d.due_at, d.id LIMIT h.most FOR UPDATE SKIP LOCKED) AS due
         WHERE t.id = due.id
        RETURNING t.id, t.host, t.inbox, t.outbound_id, t.attempts
        """,
        [row["host"] for row in hosts],
        [AT_ONCE if row["fails"] < LIMIT else 1 for row in hosts],
        now,
    )
    taken: dict[str, list[Waiting]] = defaultdict(list)
    for row in sorted(rows, key=lambda row: row["id"]):
        taken[row["host"]].append(Waiting(*row.values()))
    return taken


def _sealed(row: Row) -> Sealed:
    domains = row["reach_domains"]
    letter = Letter(
        uri=row["uri"],
        type=row["type"],
        actor_id=row["actor_id"],
        status_id=row["status_id"],
        object_uri=row["object_uri"],
        reach=Reach(row["reach"]),
        reach_domains=None if domains is None else tuple(domains),
        body=row["body"],
    )
    return Sealed(letter, row["author_outside"], row["intact"])


async def _keep_sent(conn: Conn, sent: Sequence[Outcome], now: datetime) -> None:
    await conn.execute(
        """
        WITH gone AS (DELETE FROM deliveries WHERE id = ANY($1)
                      RETURNING object_uri, host, inbox),
             kept AS (INSERT INTO delivery_log (object_uri, host, inbox, at)
                      SELECT object_uri, host, inbox, $2 FROM gone ORDER BY object_uri, inbox
                      ON CONFLICT DO NOTHING)
        INSERT INTO disclosures (object_uri, host, way, at)
        SELECT object_uri, host, 'delivery', $2 FROM gone ORDER BY object_uri, host
        ON CONFLICT DO NOTHING
        """,
        _ids(sent),
        now,
    )


async def _put_off(conn: Conn, failed: Sequence[Outcome]) -> None:
    await conn.execute(
        """
        UPDATE deliveries d SET due_at = f.due_at, error = f.error
          FROM unnest($1::bigint[], $2::timestamptz[], $3::text[]) AS f (id, due_at, error)
         WHERE d.id = f.id
        """,
        _ids(failed),
        [outcome.due_at for outcome in failed],
        [outcome.error for outcome in failed],
    )


async def _free(conn: Conn, done: Sequence[Done], now: datetime) -> None:
    """Of a host that another courier has taken over meanwhile, nothing is said."""
    hosts, until = [one.claim.host for one in done], [one.claim.until for one in done]
    # Locked before the next statement looks at what waits: what somebody queues meanwhile is
    # either seen by it, or wakes the host after it.
    await conn.execute(
        "SELECT FROM delivery_hosts WHERE host = ANY($1) ORDER BY host FOR UPDATE", hosts
    )
    await conn.execute(
        f"""
        UPDATE delivery_hosts h
           SET lease_until = NULL, fails = f.fails, failing_since = f.since, open_until = f.open,
               last_success = CASE WHEN f.sent THEN $8 ELSE h.last_success END,
               last_error = coalesce(f.error, h.last_error),
               due_at = (SELECT greatest(n.due_at, f.open) FROM ({_NEXT}) AS n)
          FROM unnest($1::text[], $2::timestamptz[], $3::int[], $4::timestamptz[],
                      $5::timestamptz[], $6::bool[], $7::text[])
            AS f (host, until, fails, since, open, sent, error)
         WHERE h.host = f.host AND h.lease_until = f.until
        """,
        hosts,
        until,
        [one.health.fails for one in done],
        [one.health.failing_since for one in done],
        [one.health.open_until for one in done],
        [any(outcome.end is End.SENT for outcome in one.outcomes) for one in done],
        [next((o.error for o in one.outcomes if o.error), None) for one in done],
        now,
    )


def _ids(outcomes: Sequence[Outcome]) -> list[int]:
    return [outcome.waiting.id for outcome in outcomes]
